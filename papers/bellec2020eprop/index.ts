import type { Claim, Paper } from 'volley/io';
import { checkSettings } from './check.ts';
import { RULE_TITLES, RULES } from './rule-names.ts';
import { settings } from './settings.ts';

/** One claim for every rule; where no published number could be checked, `paper` is left out. */
const claimsOf = (
  task: string,
  label: string,
  rest: Pick<Claim, 'source' | 'evidence' | 'unit'> & { readonly paper?: number },
): Claim[] =>
  RULES.map((rule) => ({
    metric: `${task}.${rule}`,
    label: `${label}, ${RULE_TITLES[rule]}`,
    paper: null,
    ...rest,
  }));

/** A solution to the learning dilemma for recurrent networks of spiking neurons (supervised part). */
export const paper: Paper<typeof settings> = {
  id: 'bellec2020eprop',
  title: 'E-prop: eligibility traces and learning signals in place of BPTT',
  citation:
    'Bellec, Scherr, Subramoney, Hajek, Salaj, Legenstein, Maass (2020). A solution to the learning dilemma for recurrent networks of spiking neurons. Nature Communications 11:3625. doi:10.1038/s41467-020-17236-y',
  status: 'partly',
  settings,
  presets: {
    smoke: {
      minutes: 0.2,
      doc: 'a few iterations of each task by each rule; shows that everything runs',
      settings: {
        patternIterations: 100,
        cuesIterations: 6,
        cuesLifIterations: 4,
        cuesBatch: 8,
        cuesShards: 2,
        recallIterations: 3,
        recallBatch: 8,
        recallShards: 2,
        digitsIterations: 0,
      },
    },
    quick: {
      minutes: 6,
      doc: 'cue accumulation with batches of 32, a learning rate that falls, at most 500 iterations; all else as published',
      settings: { cuesBatch: 32, cuesIterations: 500, cuesDecay: 0.7, digitsIterations: 0 },
    },
    paper: {
      minutes: 30,
      doc: 'one seed of every task and rule, without stopping early; needs the recordings of spoken digits',
      settings: { cuesStop: 0 },
    },
  },
  claims: [
    ...claimsOf('pattern', 'pattern generation: squared error / power of the target, last 20 iterations', {
      source: 'number not seen',
      evidence: 'unverified',
    }),
    ...claimsOf('cues', 'cue accumulation: lowest mean error of 10 successive batches', {
      paper: 0.07,
      source: "error at which the authors' tutorial stops; Fig. 3 says that BPTT and random e-prop solve the task",
      evidence: 'read',
      unit: '%',
    }),
    {
      metric: 'cues.lif',
      label: 'cue accumulation: the same, LIF only, random e-prop',
      paper: null,
      source: 'Fig. 3 says that LIF neurons do not solve the task; chance is 50 %',
      evidence: 'quoted',
      unit: '%',
    },
    ...claimsOf('storeRecall', 'store-recall: mean error of the last 20 batches', {
      source: 'arXiv:1901.09049; number not seen',
      evidence: 'unverified',
      unit: '%',
    }),
    ...claimsOf('digits', 'spoken digits: error on the test recordings after training', {
      source: 'not in the paper; stands in for its TIMIT task, which needs licensed data',
      evidence: 'unverified',
      unit: '%',
    }),
  ],
  check: checkSettings,
  run: async (context) => (await import('./run.ts')).run(context),
};

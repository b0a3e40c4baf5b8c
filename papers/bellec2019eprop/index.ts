import type { Claim, Paper } from 'volley/io';
import { checkSettings } from './check.ts';
import { settings } from './settings.ts';

/** A number of ours beside which the preprint's could not be put. */
const claimOf = (metric: string, label: string, unit?: string): Claim => ({
  ...{ metric, label, paper: null, evidence: 'unverified' },
  source: 'sizes and numbers of the preprint were not available',
  ...(unit ? { unit } : {}),
});

const copyClaim = (variant: string, label: string): Claim =>
  claimOf(`copy.${variant}`, `delayed copy, wrong symbols: ${label}`, '%');

/** Biologically inspired alternatives to backpropagation through time (e-prop 2 and e-prop 3). */
export const paper: Paper<typeof settings> = {
  id: 'bellec2019eprop',
  title: 'E-prop 2 and 3: learning signals from a second network, and synthetic gradients',
  citation:
    'Bellec, Scherr, Hajek, Salaj, Legenstein, Maass (2019). Biologically inspired alternatives to backpropagation through time for learning in recurrent neural nets. arXiv:1901.09049',
  status: 'not tried',
  settings,
  presets: {
    smoke: {
      minutes: 0.1,
      doc: 'a few iterations of everything with small networks; shows that everything runs',
      settings: {
        signalsIterations: 6,
        signalsBatch: 8,
        signalsTrainee: 30,
        signalsGenerator: 40,
        signalsTest: 2,
        signalsCurveEvery: 2,
        copyIterations: 8,
        copyBatch: 8,
        copyEvery: 4,
        copyNeurons: 30,
        copyFutureHidden: 16,
        copyAlignmentAfter: 4,
        copyAlignmentBatches: 2,
      },
    },
    quick: {
      minutes: 4,
      doc: 'learning signals as in the paper preset, 200 updates of each variant of delayed copy',
      settings: { copyIterations: 200 },
    },
    paper: {
      minutes: 6,
      doc: '500 updates of each variant of delayed copy; the sizes are ours, those of the preprint were not available',
      settings: {},
    },
  },
  claims: [
    claimOf('signals', 'learning signals: squared error on new trajectories after one update / that of an output of 0'),
    claimOf('signalsBefore', 'the same before the update'),
    claimOf('signalsOfAnother', 'the same after an update for another trajectory'),
    copyClaim('truncated', 'backpropagation within windows of 20 ms'),
    copyClaim('traces', 'with eligibility traces'),
    copyClaim('synthetic', 'with synthetic gradients'),
    copyClaim('traces+synthetic', 'with both (e-prop 3)'),
    copyClaim('bptt', 'backpropagation through time'),
  ],
  check: checkSettings,
  run: async (context) => (await import('./run.ts')).run(context),
};

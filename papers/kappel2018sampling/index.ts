import type { Claim, Paper } from 'volley/io';
import { settings } from './settings.ts';

const PROGRAM = 'another program with these settings, 1 h';

const measured = (metric: string, label: string, paper: number, source = PROGRAM, unit?: string): Claim => ({
  ...{ metric, label, paper, source, evidence: 'measured' },
  ...(unit ? { unit } : {}),
});

const quoted = (metric: string, label: string, paper: number | null, source: string): Claim => ({
  ...{ metric, label, paper, source, evidence: 'quoted' },
});

/** Reward-based synaptic sampling: synapses that come and go, and learn from reward. */
export const paper: Paper<typeof settings> = {
  id: 'kappel2018sampling',
  title: 'Reward-based synaptic sampling',
  citation:
    'Kappel, Legenstein, Habenschuss, Hsieh, Maass (2018). A dynamic connectome supports the emergence of stable computational function of neural circuits through reward-based learning. eNeuro 5(2). arXiv:1704.04238',
  status: 'partly',
  settings,
  presets: {
    smoke: {
      minutes: 0.1,
      doc: 'a minute or two of everything; shows that it runs',
      settings: {
        minutes: 2,
        controlMinutes: 1,
        leverMinutes: 1,
        leverSwap: 0.5,
        leverFrozenMinutes: 0.5,
        blockMinutes: 0.5,
        leverCopies: 2,
      },
    },
    quick: {
      minutes: 6,
      doc: 'an hour of pattern routing with its controls, an hour of the lever press',
      settings: {},
    },
    paper: {
      minutes: 120,
      doc: 'ten hours of pattern routing, 30 hours of the lever press whose roles are swapped after 24, six of them twice; resumable',
      settings: {
        minutes: 600,
        controlMinutes: 600,
        leverMinutes: 1800,
        leverSwap: 1440,
        leverFrozenMinutes: 360,
        blockMinutes: 15,
      },
    },
  },
  claims: [
    measured('accuracy', 'pattern routing, 1 h, last 7.5 min', 0.974, `${PROGRAM}: 96.4 to 98.3 %, 5 seeds`, '%'),
    measured('meanReward', 'same, reward while a pattern is on', 0.53, `${PROGRAM}: 0.46 to 0.60`),
    measured('rate', 'same, mean rate, Hz', 5),
    measured('functionalFraction', 'same, functional synapses', 0.145, `${PROGRAM}: 14 to 15 %`, '%'),
    measured('accuracyNoReward', 'same without reward', 0.485, `${PROGRAM}: 42 to 55 %`, '%'),
    measured('accuracyCold', 'same at temperature 0', 0.975, `${PROGRAM}: 97 to 98 %`, '%'),
    measured('functionalFractionCold', 'same, functional synapses', 0.037, `${PROGRAM}: 2.8 to 4.6 %`, '%'),
    measured('accuracyUniform', 'same with uniform noise', 0.9765, `${PROGRAM}: 96.7 to 98.6 %`, '%'),
    quoted('accuracyWaiting', 'same with waiting times', null, 'Fig. 3: similar'),
    quoted('leverSeconds', 'lever press, mean time from cue to end, s', 1, 'Fig. 3: below 1 s after about 8 h'),
    quoted('leverSecondsFrozen', 'same, connectome frozen at the swap', null, 'Fig. 3: significantly worse'),
  ],
  run: async (context) => (await import('./run.ts')).run(context),
};

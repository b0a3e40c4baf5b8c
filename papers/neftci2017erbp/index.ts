import type { Claim, Paper } from 'volley/io';
import { checkSettings } from './check.ts';
import { settings } from './settings.ts';

const PROGRAM = 'another program with these settings';

const measured = (metric: string, label: string, paper: number | null, source: string, unit?: string): Claim => ({
  ...{ metric, label, paper, source, evidence: 'measured' },
  ...(unit ? { unit } : {}),
});

/** Event-driven random back-propagation: a spiking classifier that learns while it runs. */
export const paper: Paper<typeof settings> = {
  id: 'neftci2017erbp',
  title: 'Event-driven random back-propagation',
  citation:
    'Neftci, Augustine, Paul, Detorakis (2017). Event-driven random back-propagation: enabling neuromorphic deep learning machines. Front. Neurosci. 11:324',
  status: 'partly',
  settings,
  presets: {
    smoke: {
      minutes: 0.1,
      doc: '300 images in steps of 0.5 ms; shows that everything runs',
      settings: {
        dt: 0.5,
        samples: 300,
        blockSamples: 50,
        curveEvery: 100,
        curveImages: 20,
        testImages: 60,
        hidden1: 50,
        eta: 6e-3,
      },
    },
    quick: {
      minutes: 3,
      doc: '784-100-10, 10,000 images, with numbers and with 8 bits as weights',
      settings: {},
    },
    paper: {
      minutes: 120,
      doc: '784-200-10, ten passes over 60,000 images; resumable',
      settings: {
        rows: 'float',
        hidden1: 200,
        samples: 600_000,
        testImages: 10_000,
        curveEvery: 20_000,
        curveImages: 1000,
        etaEvery: 60_000,
      },
    },
  },
  claims: [
    measured('accuracy', 'MNIST, 784-100-10, 10,000 images', 0.914, `${PROGRAM}: 91.4 % of 2,000 at most`, '%'),
    measured('quantised', 'same, 8 bits with stochastic rounding', 0.883, PROGRAM, '%'),
    measured('firstSpike', 'same, the first spike answers', 0.35, `${PROGRAM}: 28 to 35 %`, '%'),
    measured('synapticEvents', 'spikes times synapses per image, 250 ms', 6e5, PROGRAM),
    measured('errorSpikes', 'error spikes per training image, all', 25, `${PROGRAM}: of the first 5,000 images`),
  ],
  check: checkSettings,
  run: async (context) => (await import('./run.ts')).run(context),
};

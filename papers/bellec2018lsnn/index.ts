import type { Paper } from 'volley/io';
import { checkSettings } from './check.ts';
import { settings } from './settings.ts';

/** Long short-term memory and learning-to-learn in networks of spiking neurons (LSNN part). */
export const paper: Paper<typeof settings> = {
  id: 'bellec2018lsnn',
  title: 'LSNN: LIF and adaptive LIF neurons trained by BPTT',
  citation:
    'Bellec, Salaj, Subramoney, Legenstein, Maass (2018). Long short-term memory and learning-to-learn in networks of spiking neurons. NeurIPS 31. arXiv:1803.09574',
  status: 'partly',
  settings,
  presets: {
    smoke: {
      minutes: 0.3,
      doc: 'a few iterations of each network on 14 x 14 pixels; shows that everything runs',
      settings: {
        pool: 2,
        regular: 30,
        adaptive: 20,
        tauA: 200,
        batch: 32,
        shards: 2,
        iterations: 30,
        testImages: 256,
        curveEvery: 20,
        curveImages: 64,
        recallIterations: 4,
        recallBatch: 8,
        recallShards: 2,
      },
    },
    quick: {
      minutes: 7,
      doc: '14 x 14 pixels (T = 224), 66 LIF + 54 ALIF, and store-recall; shows the effect of adaptation',
      settings: {
        pool: 2,
        regular: 66,
        adaptive: 54,
        tauA: 200,
        batch: 128,
        shards: 4,
        iterations: 5000,
        readoutGain: 15,
        learningRate: 0.005,
        schedule: 'cosine',
        clipNorm: 0.5,
        curveEvery: 500,
      },
    },
    paper: {
      minutes: 1800,
      doc: '784 pixels, 1 ms each, 120 LIF + 100 ALIF, batch 256, 36,000 iterations; resumable',
      settings: { recallIterations: 500, recallDecayEvery: 200 },
    },
  },
  claims: [
    {
      metric: 'lsnn',
      label: 'sequential MNIST, LSNN',
      paper: 0.942,
      source: 'Table S1, mean of 12 runs with DEEP R',
      evidence: 'quoted',
      unit: '%',
    },
    {
      metric: 'lif',
      label: 'sequential MNIST, LIF only',
      paper: 0.609,
      source: 'Table S1, mean',
      evidence: 'quoted',
      unit: '%',
    },
    {
      metric: 'storeRecallError',
      label: 'store-recall, LSNN, decision error',
      paper: 0.05,
      source: "authors' stopping criterion",
      evidence: 'read',
      unit: '%',
    },
    {
      metric: 'storeRecallLifError',
      label: 'store-recall, LIF only, decision error',
      paper: null,
      source: 'chance is 50 %',
      evidence: 'measured',
      unit: '%',
    },
  ],
  check: checkSettings,
  run: async (context) => (await import('./run.ts')).run(context),
};

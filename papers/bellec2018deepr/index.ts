import type { Paper } from 'volley/io';
import { settings } from './settings.ts';

/** Deep rewiring: training very sparse deep networks (the feed-forward networks on MNIST). */
export const paper: Paper<typeof settings> = {
  id: 'bellec2018deepr',
  title: 'DEEP R: training within a budget of connections',
  citation:
    'Bellec, Kappel, Maass, Legenstein (2018). Deep Rewiring: Training very sparse deep networks. ICLR. arXiv:1711.05136',
  status: 'partly',
  settings,
  presets: {
    smoke: {
      minutes: 0.2,
      doc: 'six epochs of 2,000 images; shows that everything runs',
      settings: { trainImages: 2000, testImages: 500, epochs: 6, lsnnIterations: 4, lsnnSize: 'smoke' },
    },
    quick: {
      minutes: 6,
      doc: 'ten epochs at 1.33 % connectivity: rewired, fixed, all connections, pruned; the LSNN with --set lsnnIterations=5000',
      settings: {
        lsnnSize: 'quick',
        lsnnLearningRate: 0.02,
        lsnnClipNorm: 1,
        lsnnDale: false,
        lsnnReadoutConnectivity: 0.4,
        lsnnReadoutGain: 15,
      },
    },
    paper: {
      minutes: 150,
      doc: 'the same at 0.67, 2.56, 5.66 and 20.2 % connectivity too, and the LSNN of 220 neurons; resumable',
      settings: {
        sweep: true,
        lsnnIterations: 10_000,
        lsnnSchedule: 'cosine',
        lsnnLearningRate: 0.005,
        lsnnClipNorm: 1,
        lsnnDale: false,
        lsnnReadoutConnectivity: 0.4,
        lsnnReadoutGain: 15,
      },
    },
  },
  claims: [
    {
      metric: 'deepr',
      label: 'MNIST, DEEP R, 1.33 % connectivity',
      paper: 0.965,
      source: "another program with the settings of the authors' script: 96.5 % (3 seeds)",
      evidence: 'measured',
      unit: '%',
    },
    {
      metric: 'fixedMask',
      label: 'MNIST, random fixed connections and signs, 1.33 %',
      paper: 0.882,
      source: 'the same program: 87.4, 88.4, 88.7 %',
      evidence: 'measured',
      unit: '%',
    },
    {
      metric: 'dense',
      label: 'MNIST, all connections',
      paper: null,
      source: 'number not seen',
      evidence: 'unverified',
      unit: '%',
    },
    {
      metric: 'lsnn',
      label: 'sequential MNIST, LSNN at 12 % connectivity',
      paper: 0.942,
      source: 'Bellec et al. 2018 (LSNN), Table S1, mean of 12 runs',
      evidence: 'quoted',
      unit: '%',
    },
    {
      metric: 'pruned',
      label: 'MNIST, pruned by magnitude to 1.33 % and trained on',
      paper: null,
      source: 'not in the paper',
      evidence: 'measured',
      unit: '%',
    },
  ],
  run: async (context) => (await import('./run.ts')).run(context),
};

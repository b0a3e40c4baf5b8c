import type { Paper } from 'volley/io';
import { claims } from './claims.ts';
import { checkLists, listsAmong } from './lists.ts';
import { settings } from './settings.ts';

/** Few-spike conversion of trained networks, rate coding beside. */
export const paper: Paper<typeof settings> = {
  id: 'stoeckl2021fs',
  title: 'Few-spike conversion: trained networks with a few spikes per neuron',
  citation:
    'Stöckl, Maass (2021). Optimized spiking neurons can classify images with high accuracy through temporal coding with two spikes. Nature Machine Intelligence 3, 230-238. arXiv:2002.00860',
  status: 'partly',
  settings,
  presets: {
    smoke: {
      minutes: 0.1,
      doc: 'the dense networks on 300 digits; shows that everything runs',
      settings: {
        ...{ calibrationImages: 200, testImages: 300, detailImages: 100, rateImages: 100, rateSteps: '4 16' },
        ...{ reluSteps: '4 8', percentileSteps: '', codedSteps: '', noiseSteps: '4', noise: '0.05', weightBits: '' },
        ...{ siluSteps: '8', cnnSteps: '' },
      },
    },
    quick: {
      minutes: 5,
      doc: 'three networks on MNIST: K, fits, noise, coarse weights, and rate coding',
      settings: {},
    },
    paper: {
      minutes: 120,
      doc: 'residual networks on CIFAR-10 and EfficientNet-Lite0 on ImageNet samples too; resumable',
      settings: {
        cifarReluSteps: '4 5 6 7 8 10 12 16',
        cifarSiluSteps: '4 6 8 10 12 16',
        imagenetSteps: '4 5 6 7 8 10 12 16',
      },
    },
  },
  check: (values) => checkLists(values, listsAmong(settings)),
  claims,
  run: async (context) => (await import('./run.ts')).run(context),
};

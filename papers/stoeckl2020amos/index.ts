import type { Paper } from 'volley/io';
import { checkLists, listsAmong } from '../stoeckl2021fs/lists.ts';
import { settings } from './settings.ts';

/** Conversion to networks whose neurons spike at most once per image. */
export const paper: Paper<typeof settings> = {
  id: 'stoeckl2020amos',
  title: 'AMOS conversion: at most one spike per neuron',
  citation: 'Stöckl, Maass (2020). Recognizing images with at most one spike per neuron. arXiv:2001.01682',
  status: 'partly',
  settings,
  presets: {
    smoke: {
      minutes: 0.1,
      doc: 'the dense networks on 300 digits; shows that everything runs',
      settings: {
        ...{ calibrationImages: 200, testImages: 300, detailImages: 100, unitInputs: 100 },
        ...{ reluSteps: '4 8', siluSteps: '8', cnnSteps: '' },
      },
    },
    quick: {
      minutes: 2,
      doc: 'three networks on MNIST',
      settings: {},
    },
    paper: {
      minutes: 30,
      doc: 'residual networks on CIFAR-10 and EfficientNet-Lite0 on ImageNet samples too; resumable',
      settings: { cifarReluSteps: '10', cifarSiluSteps: '8 12', imagenetSteps: '10' },
    },
  },
  check: (values) => checkLists(values, listsAmong(settings)),
  claims: [
    {
      ...{
        metric: 'cifarRelu.k10.accuracy',
        label: 'CIFAR-10, 10 neurons per ReLU: accuracy (published: ResNet-50, ANN 92.99 %)',
      },
      ...{ paper: 0.9239, source: "authors' log", evidence: 'read', unit: '%' },
    },
    {
      ...{ metric: 'cifarRelu.k10.spikesPerGate', label: 'same, spikes per ReLU (published: ResNet-50)' },
      ...{ paper: 1.3624, source: "authors' log", evidence: 'read' },
    },
    {
      ...{
        metric: 'cifarSilu.k12.spikesPerGate',
        label: 'CIFAR-10, 12 neurons per SiLU: spikes per gate (published: Swish of EfficientNet-B7)',
      },
      ...{ paper: 1.95, source: "authors' log, one image", evidence: 'read' },
    },
    {
      ...{ metric: 'efficientnetB7.accuracy', label: 'EfficientNet-B7, ImageNet, everything spiking (ANN 85.0 %)' },
      ...{ paper: 0.8097, source: 'abstract', evidence: 'read', unit: '%' },
    },
    {
      ...{ metric: 'efficientnetB7.exactProduct.accuracy', label: 'same, products computed exactly' },
      ...{ paper: 0.83862, source: "authors' log", evidence: 'read', unit: '%' },
    },
  ],
  run: async (context) => (await import('./run.ts')).run(context),
};

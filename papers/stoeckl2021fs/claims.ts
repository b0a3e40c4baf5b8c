import type { Claim } from 'volley/io';

const OTHER = 'another program, a network of the same sizes trained anew';

/** Agreement and spikes per neuron that another program measured, by row. */
const MEASURED: readonly (readonly [key: string, label: string, agreement: number, spikes: number])[] = [
  ['relu.k3.percentile.floor', 'ReLU, K = 3, 99.9th percentile, truncated', 0.985, 0.38],
  ['relu.k3.percentile.round', 'ReLU, K = 3, 99.9th percentile, rounded', 0.9932, 0.55],
  ['relu.k4.floor', 'ReLU, K = 4, truncated', 0.9888, 0.41],
  ['relu.k4.round', 'ReLU, K = 4, rounded', 0.9933, 0.58],
  ['relu.k5.floor', 'ReLU, K = 5, truncated', 0.9949, 0.7],
  ['relu.k5.round', 'ReLU, K = 5, rounded', 0.9972, 0.81],
  ['relu.k6.floor', 'ReLU, K = 6, truncated', 0.9973, 0.99],
  ['relu.k6.round', 'ReLU, K = 6, rounded', 0.9987, 1.06],
  ['relu.k8.floor', 'ReLU, K = 8, truncated', 0.9995, 1.56],
  ['relu.k8.round', 'ReLU, K = 8, rounded', 0.9998, 1.59],
  ['relu.k8.coded', 'ReLU, K = 8, coded input', 0.9996, 1.56],
  ['relu.k10.round', 'ReLU, K = 10, rounded', 1, 2.14],
  ['silu.k4.uniform', 'SiLU, K = 4, uniform fit', 0.9895, 0.53],
  ['silu.k6.uniform', 'SiLU, K = 6, uniform fit', 0.9935, 0.97],
  ['silu.k8.uniform', 'SiLU, K = 8, uniform fit', 0.9966, 2.11],
  ['silu.k12.uniform', 'SiLU, K = 12, uniform fit', 0.9975, 3.82],
  ['silu.k16.uniform', 'SiLU, K = 16, uniform fit', 0.9981, 5.8],
  ['silu.k4.weighted', 'SiLU, K = 4, weighted fit', 0.9936, 0.63],
  ['silu.k6.weighted', 'SiLU, K = 6, weighted fit', 0.9959, 1.19],
  ['silu.k8.weighted', 'SiLU, K = 8, weighted fit', 0.9976, 2.5],
  ['silu.k12.weighted', 'SiLU, K = 12, weighted fit', 0.9983, 3.45],
  ['silu.k16.weighted', 'SiLU, K = 16, weighted fit', 0.9989, 5.9],
  ['relu.k8.noise5permille', 'ReLU, K = 8, noise of 0.005 α', 0.999, NaN],
  ['relu.k8.noise10permille', 'ReLU, K = 8, noise of 0.01 α', 0.998, NaN],
  ['relu.k8.noise20permille', 'ReLU, K = 8, noise of 0.02 α', 0.995, NaN],
  ['relu.k8.noise50permille', 'ReLU, K = 8, noise of 0.05 α', 0.984, NaN],
  ['relu.k4.noise10permille', 'ReLU, K = 4, noise of 0.01 α', 0.989, NaN],
  ['relu.k4.noise50permille', 'ReLU, K = 4, noise of 0.05 α', 0.967, NaN],
  ['relu.k8.weights8', 'ReLU, K = 8, weights of 8 bits', 0.9992, NaN],
  ['relu.k8.weights6', 'ReLU, K = 8, weights of 6 bits', 0.9985, NaN],
  ['relu.k8.weights5', 'ReLU, K = 8, weights of 5 bits', 0.9971, NaN],
  ['relu.k8.weights4', 'ReLU, K = 8, weights of 4 bits', 0.9932, NaN],
  ['relu.k8.weights3', 'ReLU, K = 8, weights of 3 bits', 0.9469, NaN],
];

const shares = MEASURED.map(
  ([key, label, paper]): Claim => ({
    ...{ metric: `${key}.agreement`, label: `MNIST, ${label}: same answer`, paper },
    ...{ source: OTHER, evidence: 'measured', unit: '%' },
  }),
);

/** Rows whose spikes are compared: they depend on how sparse the trained network is. */
const SPIKES_OF = new Set(['relu.k4.round', 'relu.k8.round', 'silu.k8.weighted', 'silu.k16.weighted']);

const spikes = MEASURED.filter(([key]) => SPIKES_OF.has(key)).map(
  ([key, label, , paper]): Claim => ({
    ...{ metric: `${key}.spikesPerNeuron`, label: `MNIST, ${label}: spikes per neuron`, paper },
    ...{ source: OTHER, evidence: 'measured' },
  }),
);

/** What stands beside the figures of a run. Where ours is another network, the label names the published one. */
export const claims: readonly Claim[] = [
  {
    ...{ metric: 'cifarRelu.k10.accuracy', label: 'CIFAR-10, K = 10: accuracy (published: ResNet-20)', paper: 0.9145 },
    ...{ source: "authors' log", evidence: 'read', unit: '%' },
  },
  {
    ...{ metric: 'cifarRelu.k10.spikesPerNeuron', label: 'CIFAR-10, K = 10: spikes per neuron (published: ResNet-50)' },
    ...{ paper: 1.3624, source: "authors' README and log", evidence: 'read' },
  },
  {
    ...{ metric: 'efficientnetB7.accuracy', label: 'EfficientNet-B7, ImageNet, SiLU K = 16, sigmoid K = 12: accuracy' },
    ...{ paper: 0.83578, source: "authors' log (ANN 85.0 %, abstract)", evidence: 'read', unit: '%' },
  },
  ...shares,
  ...spikes,
];

import type { Setting } from 'volley/io';
import { CHOICE, list, shared, whole } from './shared-settings.ts';

const CODE = "authors' code, fs_weights.py";

/** Every number of the experiment; presets override some. Lists are numbers apart by spaces; an empty list leaves a part out. */
export const settings = {
  ...shared,
  reluSteps: list('4 5 6 8 10', `${CODE} (10) and fewer`, 'K of the ReLU network on MNIST, rounded and truncated'),
  percentileSteps: list('3', CHOICE, 'K of the same with the 99.9th percentile as range'),
  codedSteps: list('8', CHOICE, 'K of the same with a coded input'),
  noiseSteps: list('8 4', CHOICE, 'K of the same with noise on the membrane'),
  noise: list('0.005 0.01 0.02 0.05', CHOICE, 'standard deviations of that noise, relative to the range'),
  weightBits: list('8 6 5 4 3', CHOICE, 'bits of weights, with K = 8'),
  siluSteps: list('4 6 8 12 16', `${CODE} (16) and fewer`, 'K of the SiLU network on MNIST, two kinds of fit'),
  cnnSteps: list('4 6 8 10', CHOICE, 'K of the convolutional ReLU network on MNIST'),
  cifarReluSteps: list('', `${CODE} (10) and around`, 'K of the residual ReLU network on CIFAR-10'),
  cifarSiluSteps: list('', `${CODE} (16; sigmoid 12) and around`, 'K of the residual SiLU network on CIFAR-10'),
  imagenetSteps: list('', CHOICE, 'K of EfficientNet-Lite0'),
  rateSteps: list('2 4 8 16 32 64 128 256', CHOICE, 'time steps at which the rate-coded networks are looked at'),
  rateImages: whole(10_000, CHOICE, 'test images of the rate-coded networks on MNIST; 0 leaves them out'),
  cifarRateImages: whole(500, CHOICE, 'test images of the rate-coded network on CIFAR-10; 0 leaves it out'),
  exportImages: whole(10_000, 'all', 'test images on which the exported files are compared, evenly taken; 0 for none'),
} as const satisfies Record<string, Setting>;

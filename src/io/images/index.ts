export { CIFAR10_CLASSES, type Cifar10Options, loadCifar10 } from './cifar10.ts';
export type { ImageSet } from './image-set.ts';
export { type ImageNetSamplesOptions, loadImageNetSamples } from './imagenet-samples.ts';

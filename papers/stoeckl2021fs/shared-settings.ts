import type { Setting } from 'volley/io';

export const whole = (value: number, origin: string, doc: string, min = 0, max = 1_000_000) =>
  ({ value, origin, doc, min, max, integer: true }) satisfies Setting;

/** Numbers apart by spaces; an empty list leaves a part out. */
export const list = (value: string, origin: string, doc: string) => ({ value, origin, doc }) satisfies Setting;

export const CHOICE = 'our choice';

/** Which networks are converted, and on how many images: the same for both kinds of neurons. */
export const shared = {
  only: {
    value: 'all',
    origin: CHOICE,
    doc: 'the network to convert',
    choices: ['all', 'relu', 'silu', 'cnn', 'cifarRelu', 'cifarSilu', 'efficientnet'],
  },
  calibrationImages: whole(
    2000,
    'our choice; one to two thousand are usual',
    'training images that ranges are taken from',
    1,
  ),
  testImages: whole(10_000, 'the whole test set', 'test images of MNIST and CIFAR-10', 1, 10_000),
  batch: whole(100, CHOICE, 'images at once', 1, 1000),
  imagenetImages: whole(1000, 'all there are', 'ImageNet samples', 1, 1000),
  detailImages: whole(500, CHOICE, 'test images behind the charts per layer', 1, 10_000),
} as const satisfies Record<string, Setting>;

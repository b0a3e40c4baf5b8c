import type { Setting } from 'volley/io';

const whole = (value: number, origin: string, doc: string, min = 0, max = 1_000_000) =>
  ({ value, origin, doc, min, max, integer: true }) satisfies Setting;
const list = (value: string, origin: string, doc: string) => ({ value, origin, doc }) satisfies Setting;

const CHOICE = 'our choice';
const LOGS = "authors' logs";

/** Every number of the experiment; presets override some. Lists are numbers apart by spaces; an empty list leaves a part out. */
export const settings = {
  only: {
    value: 'all',
    origin: 'our choice',
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
  reluSteps: list(
    '4 6 8 10',
    `${LOGS} (10 neurons per ReLU) and fewer`,
    'neurons per unit of the ReLU network on MNIST',
  ),
  siluSteps: list('8 12', `${LOGS} (8 and 12 neurons per Swish)`, 'neurons per unit of the SiLU network on MNIST'),
  cnnSteps: list('10', `${LOGS} (10 neurons per ReLU)`, 'neurons per unit of the convolutional network on MNIST'),
  cifarReluSteps: list(
    '',
    `${LOGS} (10 neurons per ReLU)`,
    'neurons per unit of the residual ReLU network on CIFAR-10',
  ),
  cifarSiluSteps: list(
    '',
    `${LOGS} (12 neurons per Swish)`,
    'neurons per SiLU of the residual SiLU network on CIFAR-10',
  ),
  sigmoidSteps: whole(8, `${LOGS} (8 neurons per sigmoid)`, 'neurons per sigmoid of that network', 1, 32),
  imagenetSteps: list('', `${LOGS} (10 neurons per ReLU)`, 'neurons per unit of EfficientNet-Lite0'),
  imagenetImages: whole(1000, 'all there are', 'ImageNet samples', 1, 1000),
  unitInputs: whole(
    1000,
    CHOICE,
    'inputs on which each gate is run as a circuit with delays, beside the few-spike neuron',
  ),
  detailImages: whole(500, CHOICE, 'test images behind the charts per layer', 1, 10_000),
} as const satisfies Record<string, Setting>;

import type { Setting } from 'volley/io';
import { CHOICE, list, shared, whole } from '../stoeckl2021fs/shared-settings.ts';

const LOGS = "authors' logs";

/** Every number of the experiment; presets override some. Lists are numbers apart by spaces; an empty list leaves a part out. */
export const settings = {
  ...shared,
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
  unitInputs: whole(
    1000,
    CHOICE,
    'inputs on which each gate is run as a circuit with delays, beside the few-spike neuron',
  ),
} as const satisfies Record<string, Setting>;

import type { Setting } from 'volley/io';

const whole = (value: number, origin: string, doc: string, min = 1) =>
  ({ value, origin, doc, min, integer: true }) satisfies Setting;
const real = (value: number, origin: string, doc: string, max?: number) =>
  ({ value, origin, doc, min: 0, ...(max === undefined ? {} : { max }) }) satisfies Setting;

const SCRIPT = "authors' MNIST script, hard constraint";
const LSNN = "authors' LSNN code, default flags";

/** Every number of the experiment; presets override some. */
export const settings = {
  rows: {
    value: 'all',
    origin: 'our choice',
    doc: 'which networks to train; pruned trains the dense one first, sweep is DEEP R at other connectivities',
    choices: ['all', 'deepr', 'fixedMask', 'freeSigns', 'dense', 'pruned', 'sweep', 'none'],
  },
  sweep: { value: false, origin: 'our choice', doc: 'whether "all" includes DEEP R at other connectivities' },
  hidden1: whole(300, SCRIPT, 'ReLU units of the first hidden layer'),
  hidden2: whole(100, SCRIPT, 'ReLU units of the second hidden layer'),
  connectivity1: real(0.01, SCRIPT, 'connectivity from the pixels to the first hidden layer', 1),
  connectivity2: real(0.03, SCRIPT, 'connectivity from the first to the second hidden layer', 1),
  connectivity3: real(0.3, SCRIPT, 'connectivity from the second hidden layer to the classes', 1),
  trainImages: { ...whole(55_000, SCRIPT, 'training images, the last ones of the set'), max: 60_000 },
  testImages: { ...whole(10_000, 'the whole test set', 'test images'), max: 10_000 },
  batch: whole(10, SCRIPT, 'images per step'),
  epochs: whole(10, SCRIPT, 'passes over the training images'),
  learningRate: real(0.5, SCRIPT, 'learning rate of gradient descent in the first epoch'),
  denseLearningRate: real(0.1, 'our choice', 'the same for the dense network and after pruning'),
  decay: real(0.8, SCRIPT, 'factor of the learning rate from one epoch to the next', 1),
  l1: real(1e-5, SCRIPT, 'strength of the L1 prior'),
  gradientNoise: real(1e-5, SCRIPT, 'standard deviation of the noise on gradients'),
  lsnnIterations: whole(0, 'our choice', 'training steps of the LSNN on sequential MNIST; 0 leaves it out', 0),
  lsnnSize: {
    value: 'paper',
    origin: 'our choice',
    doc: 'preset of bellec2018lsnn whose sizes and settings the LSNN has; quick is 14 x 14 pixels',
    choices: ['smoke', 'quick', 'paper'],
  },
  lsnnLearningRate: real(0, 'our choice', "Adam's learning rate of the LSNN; 0 takes that of its preset"),
  lsnnConnectivity: real(0.12, LSNN, 'connectivity of the LSNN, all projections together; 1 does not rewire', 1),
  lsnnReadoutConnectivity: real(
    0,
    'our choice',
    'connectivity of the readout at the start, which counts in the budget; 0 is that of the other projections',
    1,
  ),
  lsnnHiddenGain: real(1, 'our choice', 'factor of the initial input and recurrent weights of the LSNN'),
  lsnnReadoutGain: real(1, 'our choice', 'factor of the initial readout weights of the LSNN'),
  lsnnSchedule: {
    value: 'preset',
    origin: 'our choice',
    doc: 'learning rate of the LSNN over iterations: that of its preset, steps or cosine',
    choices: ['preset', 'steps', 'cosine'],
  },
  lsnnClipNorm: real(0, 'our choice', "largest norm of the LSNN's gradient; 0 does not clip"),
  lsnnL1: real(0.01, LSNN, 'strength of the L1 prior of the LSNN'),
  lsnnTemperature: real(0, LSNN, 'temperature of the LSNN'),
  lsnnDale: { value: true, origin: LSNN, doc: 'whether all connections of an LSNN neuron have the same sign' },
  lsnnExcitatory: real(0.75, LSNN, 'fraction of excitatory neurons and input channels of the LSNN', 1),
} as const satisfies Record<string, Setting>;

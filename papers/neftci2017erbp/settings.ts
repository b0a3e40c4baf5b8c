import type { Setting } from 'volley/io';

const whole = (value: number, origin: string, doc: string, min = 1) =>
  ({ value, origin, doc, min, integer: true }) satisfies Setting;
const real = (value: number, origin: string, doc: string, unit = '1', max?: number) =>
  ({ value, origin, doc, unit, min: 0, ...(max === undefined ? {} : { max }) }) satisfies Setting;

const CODE = "authors' code, MNIST driver";
const OURS = 'our choice';

/** Every number of the experiment; presets override some. */
export const settings = {
  rows: { value: 'all', origin: OURS, doc: 'which weights to train', choices: ['all', 'float', 'quantised'] },
  hidden1: whole(100, 'paper, smallest network', 'neurons of the first hidden layer'),
  hidden2: whole(0, OURS, 'neurons of the second hidden layer; 0 leaves it out', 0),
  samples: whole(10_000, OURS, 'training images shown, every one once per pass'),
  testImages: { ...whole(2000, OURS, 'test images at the end, the first ones'), max: 10_000 },
  curveEvery: whole(2500, OURS, 'training images between two points of the curve, a multiple of blockSamples'),
  curveImages: { ...whole(500, OURS, 'test images at a point of the curve'), max: 10_000 },
  blockSamples: whole(500, OURS, 'training images after which neurons start anew at rest; a run resumes there'),
  dt: real(0.1, CODE, 'time step', 'ms', 1),
  trainMs: real(250, CODE, 'time for which a training image is shown', 'ms'),
  testMs: real(250, 'our choice; 400 in the code', 'time for which a test image is shown', 'ms'),
  burnInMs: real(50, CODE, 'time after a change of image without learning', 'ms'),
  eta: real(2e-3, 'our choice; 6e-4 in the code', 'learning rate'),
  etaDecay: real(0.75, 'our choice; 1 in the code', 'factor of the learning rate every etaEvery images', '1', 1),
  etaEvery: whole(10_000, OURS, 'training images between two changes of the learning rate'),
  p: real(0.65, CODE, 'probability that a synapse transmits a spike, and learns from it', '1', 1),
  window: real(0.6, CODE, 'a synapse learns while the gate is between minus this and this'),
  gate: {
    value: 'current',
    origin: CODE,
    doc: 'what the window looks at: the synaptic current or the membrane potential',
    choices: ['current', 'membrane'],
  },
  trainHidden: { value: true, origin: 'paper', doc: 'whether the hidden layers learn' },
  weightScale: real(2, 'our choice; 7 in the code', 's of the initial range ± sqrt(s / (fan-in + fan-out))'),
  bits: { ...whole(8, OURS, 'bits of a quantised weight', 2), max: 16 },
  weightRange: real(1, OURS, 'quantised weights lie between minus this and this'),
  tauM: real(1, CODE, 'time constant of the soma', 'ms'),
  tauS: real(4, CODE, 'time constant of the synaptic current', 'ms'),
  tauD: real(5, CODE, 'time constant of the dendrite', 'ms'),
  theta: real(0.1, CODE, 'threshold of all neurons'),
  tRef: real(3.9, CODE, 'refractory time of hidden and prediction neurons', 'ms'),
  errorJump: real(0.09, CODE, 'jump of label and prediction into error neurons, and of these into predictions'),
  pixelHazard: real(
    5000,
    "reconstructed from the authors' current files",
    'hazard per grey above pixelThreshold',
    'Hz',
  ),
  pixelThreshold: real(
    0.43,
    "reconstructed from the authors' current files",
    'grey, of 1, below which a pixel is silent',
  ),
  labelHazard: real(4800, "reconstructed from the authors' current files", 'hazard of the label', 'Hz'),
  sourceTRef: real(4, CODE, 'refractory time of pixels and labels', 'ms'),
} as const satisfies Record<string, Setting>;

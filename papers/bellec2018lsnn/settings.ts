import type { Setting } from 'volley/io';
import { real, whole } from '../common/settings.ts';

const TUTORIAL = "authors' tutorial, default flags";
const RECALL = "authors' store-recall script";

/** Every number of the experiment; presets override some. Defaults are those of the paper's own size. */
export const settings = {
  models: {
    value: 'both',
    origin: 'our choice',
    doc: 'which networks to train on sequential MNIST',
    choices: ['both', 'lsnn', 'lif'],
  },
  rule: {
    value: 'bptt',
    origin: 'our choice: eprop is not in this paper',
    doc: 'how sequential MNIST is learned: bptt, or eprop with symmetric feedback',
    choices: ['bptt', 'eprop'],
  },
  pool: {
    ...whole(
      1,
      'our choice: 2 is a smaller variant',
      'side of the squares of pixels that are averaged; 2 gives 14 x 14',
    ),
    max: 2,
  },
  permuted: { value: false, origin: "authors' flag --prm", doc: 'present the pixels in one fixed random order' },
  regular: whole(120, TUTORIAL, 'LIF neurons'),
  adaptive: whole(100, TUTORIAL, 'adaptive LIF neurons; in the LIF network they do not adapt'),
  channels: { ...whole(80, TUTORIAL, 'input neurons of the threshold-crossing code'), min: 4 },
  tauM: real(20, TUTORIAL, 'membrane time constant', 'ms', 0.001),
  tauOut: real(20, TUTORIAL, 'readout time constant', 'ms', 0.001),
  tauA: real(700, TUTORIAL, 'adaptation time constant', 'ms', 0.001),
  beta: real(1.8, TUTORIAL, 'threshold rise per unit of adaptation'),
  vTh: real(0.01, TUTORIAL, 'baseline threshold', undefined, 1e-9),
  nRef: whole(5, TUTORIAL, 'steps from a spike to the first that may follow', 0),
  dampening: real(0.3, TUTORIAL, 'height of the pseudo-derivative'),
  readoutGain: real(1, 'our choice', 'factor of the initial readout weights on sequential MNIST'),
  batch: whole(256, TUTORIAL, 'images per iteration'),
  shards: whole(16, 'our choice', 'equal parts of a batch that are computed independently'),
  iterations: whole(36_000, TUTORIAL, 'training steps'),
  learningRate: real(0.01, TUTORIAL, "Adam's learning rate at the start"),
  schedule: {
    value: 'steps',
    origin: "authors' tutorial: steps",
    doc: 'learning rate over iterations: steps (x decay every decayEvery) or cosine (to 0 at the end)',
    choices: ['steps', 'cosine'],
  },
  decay: real(0.8, TUTORIAL, 'factor of the learning rate at each step of the schedule'),
  decayEvery: whole(2500, TUTORIAL, 'iterations between the steps of the schedule'),
  clipNorm: real(0, 'our choice', 'largest norm of the gradient; 0 does not clip'),
  rateStrength: real(0.1, TUTORIAL, 'strength of the firing-rate regulariser'),
  rateTarget: real(10, TUTORIAL, 'firing rate that the regulariser pulls to', 'Hz'),
  testImages: { ...whole(10_000, 'the whole test set', 'test images of the final accuracy'), max: 10_000 },
  curveEvery: whole(500, 'our choice', 'iterations between points of the test curve'),
  curveImages: { ...whole(1024, 'our choice', 'test images of a point of the test curve'), max: 10_000 },
  recallIterations: whole(200, RECALL, 'training steps of store-recall', 0),
  recallBatch: whole(128, RECALL, 'sequences per iteration'),
  recallShards: whole(4, 'our choice', 'equal parts of a batch of store-recall'),
  recallRegular: whole(10, RECALL, 'LIF neurons of store-recall'),
  recallAdaptive: whole(10, RECALL, 'adaptive LIF neurons of store-recall'),
  recallTauA: real(1200, RECALL, 'adaptation time constant of store-recall', 'ms', 0.001),
  recallBeta: real(1.7, RECALL, 'threshold rise per unit of adaptation in store-recall'),
  recallNRef: whole(3, RECALL, 'steps from a spike to the first that may follow, in store-recall', 0),
  recallLearningRate: real(0.01, RECALL, "Adam's learning rate at the start of store-recall"),
  recallDecay: real(0.3, RECALL, 'factor of the learning rate of store-recall'),
  recallDecayEvery: whole(100, RECALL, 'iterations between the steps of that schedule'),
  recallRateStrength: real(0.01, RECALL, 'strength of the firing-rate regulariser of store-recall'),
} as const satisfies Record<string, Setting>;

import type { Setting } from 'volley/io';
import { real, whole } from '../common/settings.ts';

const PATTERN = "authors' pattern-generation tutorial";
const CUES = "authors' cue-accumulation tutorial, default flags";
const RECALL = "authors' store-recall script for LSNNs";
const SPEECH = "authors' frame-wise phoneme recognition, default flags";

/** Every number of the experiments; presets override some. Defaults are the authors', where they state one. */
export const settings = {
  rules: {
    value: 'bptt,symmetric,random,adaptive',
    origin: 'the rules that the paper compares',
    doc: 'learning rules to run, with commas between them',
  },
  adaptiveDecay: {
    ...real(1e-4, "authors' phoneme recognition with CTC", 'decay of adaptive feedback but in spoken digits'),
    max: 1,
  },
  dampening: real(0.3, PATTERN, 'height of the pseudo-derivative'),
  rateTarget: real(10, PATTERN, 'firing rate that the regulariser pulls to', 'Hz'),

  patternIterations: whole(2000, PATTERN, 'training steps of pattern generation; 0 leaves the task out', 0),
  patternNeurons: whole(100, PATTERN, 'LIF neurons of pattern generation'),
  patternTau: real(30, PATTERN, 'membrane and readout time constant of pattern generation', 'ms', 0.001),
  patternVTh: real(0.03, PATTERN, 'threshold of pattern generation', undefined, 1e-9),
  patternLearningRate: real(1e-4, PATTERN, 'learning rate of plain gradient descent', undefined, 1e-12),
  patternRate: real(150, `${PATTERN}: 300 with a factor of 1/2`, 'strength of its firing-rate regulariser'),

  cuesIterations: whole(1500, CUES, 'most training steps of cue accumulation; 0 leaves the task out', 0),
  cuesLifIterations: whole(300, 'our choice', 'training steps of the network that does not adapt; 0 leaves it out', 0),
  cuesStop: {
    ...real(0.07, CUES, `training ends when the mean error of 10 successive batches is below this; 0: never`),
    max: 1,
  },
  cuesBatch: whole(64, `${CUES}; their read-me runs 32`, 'trials per iteration'),
  cuesShards: whole(4, 'our choice', 'equal parts of a batch that are computed independently'),
  cuesRegular: whole(50, CUES, 'LIF neurons of cue accumulation'),
  cuesAdaptive: whole(50, CUES, 'adaptive LIF neurons of cue accumulation'),
  tauM: real(20, CUES, 'membrane time constant of cue accumulation and store-recall', 'ms', 0.001),
  tauOut: real(20, CUES, 'readout time constant of cue accumulation and store-recall', 'ms', 0.001),
  cuesTauA: real(2000, CUES, 'adaptation time constant of cue accumulation', 'ms', 0.001),
  cuesVTh: real(0.6, CUES, 'threshold of cue accumulation, in the unscaled convention', undefined, 1e-9),
  cuesBeta: real(1.7, CUES, 'threshold rise per unit of normalised adaptation; becomes 0.01742 unscaled'),
  cuesNRef: whole(5, CUES, 'steps from a spike to the first that may follow, in cue accumulation', 0),
  cuesLearningRate: real(0.005, CUES, "Adam's learning rate in cue accumulation"),
  cuesDecay: { ...real(1, `${CUES}: none`, 'factor of the learning rate of cue accumulation'), max: 1 },
  cuesDecayEvery: whole(100, 'our choice', 'iterations between the steps of that schedule'),
  cuesRate: real(1, CUES, 'strength of the firing-rate regulariser of cue accumulation'),

  recallIterations: whole(200, RECALL, 'training steps of store-recall; 0 leaves the task out', 0),
  recallBatch: whole(128, RECALL, 'sequences per iteration'),
  recallShards: whole(4, 'our choice', 'equal parts of a batch of store-recall'),
  recallRegular: whole(10, RECALL, 'LIF neurons of store-recall'),
  recallAdaptive: whole(10, RECALL, 'adaptive LIF neurons of store-recall'),
  vTh: real(0.01, RECALL, 'baseline threshold of store-recall', undefined, 1e-9),
  recallTauA: real(1200, RECALL, 'adaptation time constant of store-recall', 'ms', 0.001),
  recallBeta: real(1.7, RECALL, 'threshold rise per unit of adaptation in store-recall'),
  recallNRef: whole(3, RECALL, 'steps from a spike to the first that may follow, in store-recall', 0),
  recallLearningRate: real(0.01, RECALL, "Adam's learning rate at the start of store-recall"),
  recallDecay: real(0.3, RECALL, 'factor of the learning rate of store-recall'),
  recallDecayEvery: whole(100, RECALL, 'iterations between the steps of that schedule'),
  recallRateStrength: real(0.01, RECALL, 'strength of the firing-rate regulariser of store-recall'),

  digitsIterations: whole(400, 'our choice', 'training steps of spoken digits; 0 leaves the task out', 0),
  digitsBatch: whole(60, `our choice; ${SPEECH}: 32`, 'recordings per iteration'),
  digitsShards: whole(4, 'our choice', 'equal parts of a batch of spoken digits'),
  digitsRegular: whole(75, `a quarter of one direction; ${SPEECH}: 300`, 'LIF neurons of spoken digits', 0),
  digitsAdaptive: whole(25, `a quarter of one direction; ${SPEECH}: 100`, 'adaptive LIF neurons of spoken digits', 0),
  digitsVTh: real(0.01, SPEECH, 'threshold of spoken digits, normalised; becomes 0.205 unscaled', undefined, 1e-9),
  digitsTauA: real(200, SPEECH, 'adaptation time constant of spoken digits', 'ms', 0.001),
  digitsBeta: real(1.8, SPEECH, 'threshold rise per unit of normalised adaptation; becomes 0.184 unscaled'),
  digitsNRef: whole(2, SPEECH, 'steps from a spike to the first that may follow, in spoken digits', 0),
  digitsTauOut: real(20, `our choice; ${SPEECH}: 3 frames`, 'readout time constant of spoken digits', 'ms', 0.001),
  digitsRepeat: whole(2, `our choice; ${SPEECH}: 5`, 'steps for which each frame of spoken digits is shown'),
  digitsFrames: whole(60, 'our choice', 'frames shown; of longer recordings the first so many'),
  digitsDecision: whole(20, 'our choice', 'last frames, over which the digit is decided'),
  digitsLearningRate: real(0.01, SPEECH, "Adam's learning rate in spoken digits"),
  digitsWarmup: whole(100, SPEECH, 'iterations over which that rate rises from 0'),
  digitsEpsilon: real(1e-5, SPEECH, "Adam's epsilon in spoken digits", undefined, 1e-12),
  digitsRate: real(50, SPEECH, 'strength of the firing-rate regulariser of spoken digits'),
  digitsFeedbackDecay: { ...real(0.01, SPEECH, 'decay of adaptive feedback in spoken digits'), max: 1 },
  digitsTestEvery: whole(50, 'our choice', 'iterations from one test of spoken digits to the next'),
} as const satisfies Record<string, Setting>;

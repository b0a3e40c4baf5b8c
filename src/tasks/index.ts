export {
  type ArmTrajectory,
  type ArmTrajectoryBatch,
  type ArmTrajectoryOptions,
  armTrajectory,
} from './arm-trajectory.ts';
export * from './closed-loop/index.ts';
export {
  type CueAccumulation,
  type CueAccumulationBatch,
  type CueAccumulationOptions,
  cueAccumulation,
} from './cue-accumulation.ts';
export { type DelayedChoiceOptions, delayedChoice, type Episode, type Episodes } from './delayed-choice.ts';
export { type DelayedCopy, type DelayedCopyBatch, type DelayedCopyOptions, delayedCopy } from './delayed-copy.ts';
export {
  type PatternBatch,
  type PatternGeneration,
  type PatternGenerationOptions,
  patternGeneration,
  type Sine,
  sumOfSines,
} from './pattern-generation.ts';
export { addBernoulliSpikes, addPoissonGroups, type Block, type PoissonGroups, spikeProbability } from './poisson.ts';
export { defaultSpread, type PopulationCode, type PopulationCodeOptions, populationCode } from './population-code.ts';
export {
  type LabelledImages,
  type SequentialMnist,
  type SequentialMnistOptions,
  sequentialMnist,
} from './sequential-mnist.ts';
export * from './speech/index.ts';
export { type StoreRecall, type StoreRecallBatch, type StoreRecallOptions, storeRecall } from './store-recall.ts';
export {
  drawStoreRecallSequence,
  isValidSequence,
  RECALL,
  STORE,
  type StoreRecallSequence,
  SYMBOLS,
} from './store-recall-sequence.ts';
export {
  bars,
  type Presentation,
  SuperimposedPatterns,
  type SuperimposedPatternsOptions,
  type SuperimposedSpikes,
  type SuperimposedState,
  softOr,
  startProbability,
} from './superimposed-patterns.ts';
export {
  encodeThresholdCrossing,
  type ThresholdCrossing,
  type ThresholdCrossingOptions,
  thresholdCrossing,
} from './threshold-crossing.ts';

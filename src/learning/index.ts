export { type DeepR, deepR, type Rewiring, type SoftDeepR, softDeepR } from './deep-r/options.ts';
export type { RewiringState } from './deep-r/rewirer.ts';
export { NaturalEprop, type TaughtParameters, type TaughtState } from './eprop/natural/natural-eprop.ts';
export type {
  GeneratorOptions,
  NaturalEpropOptions,
  OuterStepResult,
  TaughtBatch,
  TaughtEvaluation,
  TaughtResult,
  TraineeOptions,
} from './eprop/natural/natural-eprop-options.ts';
export { OnlineLearner, type OnlineOptions, type OnlineResult } from './eprop/online/online-learner.ts';
export { type Decision, RewardLearner } from './eprop/reward/reward-learner.ts';
export type { RewardOptions } from './eprop/reward/reward-options.ts';
export type { AdjointBlock } from './eprop/windows/border-adjoints.ts';
export type { ObservedBlock } from './eprop/windows/border-state.ts';
export type { Future, FutureFactory, FutureShape } from './eprop/windows/future.ts';
export { syntheticGradients } from './eprop/windows/synthetic-gradients.ts';
export { WindowLearner } from './eprop/windows/window-learner.ts';
export type { WindowOptions, WindowResult } from './eprop/windows/window-options.ts';
export { type ExecutorFactory, inProcess, type ShardExecutor, type ShardPlan } from './executor.ts';
export {
  evaluateLoss,
  type Loss,
  type LossBatch,
  type LossResult,
  lossNormaliser,
  type ReadoutLayout,
  softmaxCrossEntropy,
  squaredError,
} from './loss.ts';
export { type Adam, adam, adamStepSize, type Optimiser, type Sgd, sgd } from './optimisers.ts';
export type { TrainableNeurons } from './parameter-segments.ts';
export {
  type ReferenceGradients,
  type ReferenceResult,
  type ReferenceTraining,
  referenceGradient,
  referenceLoss,
} from './reference/bptt.ts';
export { type EpropResult, type ReferenceEprop, referenceEprop } from './reference/eprop.ts';
export { boundaryAdjoints, type ReferenceWindows, referenceEpropWindows } from './reference/eprop-windows.ts';
export type { BoundaryAdjoints } from './reference/sweep.ts';
export { type FiringRate, firingRate, firingRateTerm, type Regulariser } from './regularisers.ts';
export {
  adaptiveFeedback,
  type Bptt,
  bptt,
  type Eprop,
  eprop,
  type Feedback,
  type FeedbackWeights,
  type LearningRule,
  randomFeedback,
  symmetricFeedback,
} from './rules.ts';
export { cosine, learningRateAt, linearWarmup, type Schedule, stepDecay } from './schedules.ts';
export { Shard, type ShardForward, type ShardOptions } from './shard.ts';
export { Trainer } from './trainer.ts';
export type { TrainerOptions } from './trainer-options.ts';
export type { BatchResult, StepResult } from './trainer-results.ts';
export {
  decodeTrainerState,
  encodeTrainerState,
  type TrainerState,
  trainerStateOf,
  trainerTensors,
} from './trainer-state.ts';

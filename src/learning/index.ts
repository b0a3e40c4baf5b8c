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
export type { TrainableNeurons } from './parameter-vector.ts';
export { type ReferenceGradients, type ReferenceTraining, referenceGradient, referenceLoss } from './reference-bptt.ts';
export { type FiringRate, firingRate, firingRateTerm, type Regulariser } from './regularisers.ts';
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

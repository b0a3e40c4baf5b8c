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
export { type FiringRate, firingRate, firingRateTerm } from './regularisers.ts';
export { cosine, learningRateAt, linearWarmup, type Schedule, stepDecay } from './schedules.ts';
export { Shard, type ShardForward, type ShardOptions } from './shard.ts';
export { type BatchResult, type StepResult, Trainer, type TrainerOptions, type TrainerState } from './trainer.ts';

export { type ExecutorFactory, inProcess, type ShardExecutor, type ShardPlan } from './executor.ts';
export { type Loss, squaredError, softmaxCrossEntropy } from './loss.ts';
export { type Adam, adam, type Optimiser, type Sgd, sgd } from './optimisers.ts';
export type { TrainableNeurons } from './parameter-vector.ts';
export { type FiringRate, firingRate } from './regularisers.ts';
export { cosine, linearWarmup, type Schedule, stepDecay } from './schedules.ts';
export { Shard, type ShardForward, type ShardOptions } from './shard.ts';
export { type BatchResult, type StepResult, Trainer, type TrainerOptions, type TrainerState } from './trainer.ts';

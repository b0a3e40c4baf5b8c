export { addBernoulliSpikes, addPoissonGroups, type Block, type PoissonGroups, spikeProbability } from './poisson.ts';
export { defaultSpread, type PopulationCode, type PopulationCodeOptions, populationCode } from './population-code.ts';
export {
  type LabelledImages,
  type SequentialMnist,
  type SequentialMnistOptions,
  sequentialMnist,
} from './sequential-mnist.ts';
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
  encodeThresholdCrossing,
  type ThresholdCrossing,
  type ThresholdCrossingOptions,
  thresholdCrossing,
} from './threshold-crossing.ts';

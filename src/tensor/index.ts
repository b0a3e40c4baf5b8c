export { type Batch, type DecisionWindows, NO_LABEL, type SpikeBatch, type TargetSequence } from './batch.ts';
export { reviveBatch, sliceBatch } from './batch-slice.ts';
export { type SpikeEvents, SpikeTrain, spikeRowBytes } from './bits.ts';
export { FloatSequence } from './float-sequence.ts';
export {
  decodeSafetensors,
  encodeSafetensors,
  type TensorData,
  type TensorFile,
  type TensorRecord,
} from './safetensors.ts';

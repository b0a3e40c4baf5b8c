export {
  type OnnxModule,
  type OnnxRuntimeOptions,
  type OnnxSession,
  type OnnxTensor,
  onnxRuntime,
} from './onnx-runtime.ts';
export { readOnnx } from './read-onnx.ts';
export type { ExternalFiles } from './tensor-data.ts';
export { writeOnnx } from './write-onnx.ts';

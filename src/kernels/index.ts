export type { Gemm, Kernels, PhiloxFill } from './kernels.ts';
export type { Arithmetic, KernelOptions } from './load.ts';
export { loadKernels, prepareKernels, relaxedSimdSupported, simdSupported } from './load.ts';

export { csrGradientScratchBytes, csrScratchBytes } from './csr/scratch.ts';
export type { Gemm, Kernels, PhiloxFill } from './kernels.ts';
export { leakyScratchBytes, stripFloats, writeStrips } from './leaky-feedback/strips.ts';
export type { Arithmetic, KernelOptions } from './load.ts';
export { loadKernels, prepareKernels, relaxedSimdSupported, simdSupported } from './load.ts';
export { gatherBlockScratchBytes, outerScratchBytes } from './spikes/scratch.ts';

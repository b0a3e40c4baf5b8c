// Entry of the kernel binaries: every export becomes a WebAssembly function.
export { csrBackward } from '../csr/assembly/backward';
export { csrGatherFloats, csrGatherSpikes, csrGradientFloats, csrGradientSpikes } from '../csr/assembly/csr';
export { gemmNN } from '../gemm/assembly/gemm-nn';
export { gemmNT } from '../gemm/assembly/gemm-nt';
export { gemmTN } from '../gemm/assembly/gemm-tn';
export { leakyFeedback } from '../leaky-feedback/assembly/leaky-feedback';
export {
  oneToOneBackward, oneToOneFloats, oneToOneGradientFloats, oneToOneGradientSpikes, oneToOneSpikes,
} from '../one-to-one/assembly/one-to-one';
export { adamStep, sgdStep } from '../optimisers/assembly/optimisers';
export { philoxExponential, philoxNormal, philoxUniform } from '../random/assembly/philox';
export { pullWeights } from '../rewiring/assembly/pull-weights';
export { softmaxCrossEntropy } from '../softmax/assembly/softmax';
export { countSpikes, floatsToSpikes, listSpikes, spikesToFloats } from '../spikes/assembly/convert';
export { gatherBlock } from '../spikes/assembly/gather-block';
export { gatherRows } from '../spikes/assembly/gather-rows';
export { outerSpikes } from '../spikes/assembly/outer-spikes';
export {
  addInto, allFinite, fill, scale, sumSquares, transpose, zeroDiagonal, zeroPad,
} from '../vectors/assembly/vectors';

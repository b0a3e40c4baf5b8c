export {
  alphaFor,
  type CodeOptions,
  hardSigmoidCode,
  hardSigmoidCodeOf,
  identityCode,
  leakyReluCode,
  relu6Code,
  reluCode,
  type ScaledCodeOptions,
  signedCode,
} from './closed-forms.ts';
export { type CodeRequest, codeFor, type InputStatistics } from './code-for.ts';
export {
  checkParameters,
  type Decoded,
  type DecodedArray,
  type EvaluateOptions,
  evaluateCode,
  fewSpike,
  offsetOf,
  planesOf,
  stepsOf,
} from './evaluate.ts';
export { type Fit, type FitOptions, fitErrors, fitFewSpike } from './fit/fit.ts';
export { fitFewSpikeByGradient, type GradientFitOptions } from './fit/fit-gradient.ts';
export { type FitTarget, fitTarget, type Weighting } from './fit/target.ts';
export { fromResetFirst, verifyFit } from './fit/verify.ts';
export { erf, type FittedFunction, scalarFunction } from './functions.ts';
export { type CodeKernel, type CodeModule, compileCode } from './kernel.ts';
export { ordersLikeWords, spikingMaximum } from './max-pool.ts';
export {
  type AmosParameters,
  type Code,
  type CodeUnit,
  type FewSpikeCode,
  type FewSpikeParameters,
  isCircuit,
  type UnitParameters,
} from './parameters.ts';
export { type Factor, outerProduct, type Product } from './product.ts';
export { quantiseCode, quantiseParameters } from './quantise.ts';
export { rescale, rescaleCode, tanhFromSigmoid } from './rescale.ts';
export { findFit, type ShippedFit, shippedFits, type TableWeighting } from './tables.ts';

export { alif, alifBaseThreshold } from './alif.ts';
export { type AlifParameters, alifUnscaled, unscaledFromNormalised } from './eprop-alif.ts';
export { leakyReadout } from './leaky-readout.ts';
export { lif } from './lif.ts';
export { linear, relu } from './smooth.ts';

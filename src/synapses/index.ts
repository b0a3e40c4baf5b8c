export { emStdp } from './em-stdp.ts';
export { erbp, erbpMembrane, erbpQuantised } from './erbp.ts';
export { homeostaticScaling } from './homeostatic-scaling.ts';
export { rStdp } from './r-stdp.ts';
export { stdp } from './stdp.ts';
export {
  synapticSampling,
  synapticSamplingFrozen,
  synapticSamplingUniform,
  synapticSamplingWaiting,
} from './synaptic-sampling.ts';
export { tripletStdp } from './triplet-stdp.ts';
export { tsodyksMarkram } from './tsodyks-markram.ts';

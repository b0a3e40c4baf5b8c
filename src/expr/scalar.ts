export { exp, log, sigmoid, tanh } from '../base/math.ts';

/** IEEE 754 fixes both exactly, so the engine's own are the same everywhere. */
export const abs = Math.abs;
export const sqrt = Math.sqrt;

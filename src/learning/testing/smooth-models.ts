import { defineNeuron } from '../../expr/index.ts';

/** A time constant. */
export const ms = (symbol: string, value: number) => ({
  symbol,
  unit: 'ms',
  default: value,
  min: 1e-3,
  doc: 'time constant',
});
/** A constant without unit. */
export const one = (symbol: string, value: number) => ({ symbol, unit: '1', default: value, doc: 'constant' });

/** The antiderivative of the tent 1 - |u|, in place of the spike: then the adjoint is a true gradient. */
const SPLINE = 'where(u <= -1, 0, where(u <= 0, (1 + u)^2 / 2, where(u < 1, 1 - (1 - u)^2 / 2, 1)))';

/** An adaptive neuron with a spline for a spike; pieces of its equations can be wrapped in stop(). */
export const smoothAlif = ({ reset = 'z', adaptation = 'z', recurrence = 'R', noise = '0' } = {}) =>
  defineNeuron({
    name: 'smooth-alif',
    params: {
      tauM: ms('τ_m', 20),
      tauA: ms('τ_a', 60),
      vTh: one('v_th', 0.03),
      beta: one('β', 1.7),
      sigma: one('σ', 0.2),
    },
    derived: { alpha: 'exp(-dt / tauM)', rho: 'exp(-dt / tauA)' },
    state: { v: 'membrane potential', a: 'adaptation', z: 'smooth spike' },
    inputs: { I: 'current', R: 'recurrent current' },
    equations: `
      a' = rho * a + (1 - rho) * ${adaptation}
      A  = vTh + beta * a'
      v' = alpha * v + (1 - alpha) * (I + ${recurrence} + sigma * ${noise}) - ${reset} * A
      u  = (v' - A) / A
      z' = ${SPLINE}`,
    output: 'z',
  });

/** A neuron with memory whose output is graded. */
export const graded = defineNeuron({
  name: 'graded',
  params: { tau: ms('τ', 5), gain: one('g', 1.5) },
  derived: { k: 'exp(-dt / tau)' },
  state: { x: 'filtered input' },
  inputs: { I: 'current' },
  equations: `
    x' = k * x + (1 - k) * I
    y = tanh(gain * x')`,
  output: 'y',
});

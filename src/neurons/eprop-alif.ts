import { ParameterError } from '../base/errors.ts';
import { exp } from '../base/math.ts';
import { defineNeuron, triangular } from '../expr/index.ts';

/**
 * ALIF in the unscaled convention of e-prop: currents and spikes enter with weight 1, so thresholds are larger by
 * 1 / (1 - α), and the baseline threshold both resets and scales the pseudo-derivative.
 *
 * @eq bellec2020eprop (6)-(8)
 * @see unscaledFromNormalised for the same neuron in the canonical convention
 */
export const alifUnscaled = defineNeuron({
  name: 'alif-unscaled',
  cite: 'bellec2020eprop',
  params: {
    tauM: { symbol: 'τ_m', unit: 'ms', default: 20, min: 1e-3, doc: 'membrane time constant' },
    tauA: { symbol: 'τ_a', unit: 'ms', default: 200, min: 1e-3, doc: 'threshold-adaptation time constant' },
    vTh: { symbol: 'v_th', unit: '1', default: 0.6, min: 1e-9, doc: 'baseline threshold' },
    beta: { symbol: 'β', unit: '1', default: 0.07, min: 0, doc: 'threshold rise per recent spike' },
    nRef: { symbol: 'n_ref', unit: '1', default: 5, min: 0, doc: 'least distance of two spikes, in time steps' },
  },
  derived: { alpha: 'exp(-dt / tauM)', rho: 'exp(-dt / tauA)' },
  state: {
    v: 'membrane potential',
    a: 'adaptation: a leaky count of the own spikes',
    r: 'refractory counter, in time steps; carries no gradient',
  },
  inputs: { I: 'synaptic current' },
  equations: `
    a' = rho * a + z
    v' = alpha * v + I - vTh * z
    u  = (v' - vTh - beta * a') / vTh
    z' = where(r > 0, 0, spike(u))
    r' = clip(r + nRef * stop(z') - 1, 0, nRef)`,
  pseudoDerivative: triangular({ dampening: 0.3 }),
});

/** Parameters that the two conventions share; times in ms. */
export interface AlifParameters {
  readonly tauM: number;
  readonly tauA: number;
  readonly vTh: number;
  readonly beta: number;
  readonly nRef: number;
}

/**
 * Parameters of {@link alifUnscaled} that make it spike exactly as `alifBaseThreshold` does with `params`, for the same
 * weights: v_th / (1 - α) and β (1 - ρ) / (1 - α).
 *
 * @param dt - time step, ms
 * @throws ParameterError for a time constant or time step that is not positive
 */
export function unscaledFromNormalised(params: AlifParameters, dt = 1): AlifParameters {
  const { tauM, tauA, vTh, beta } = params;
  if (!(tauM > 0 && tauA > 0 && dt > 0)) {
    throw new ParameterError(
      'unscaledFromNormalised',
      `expected positive times, got tauM ${tauM}, tauA ${tauA}, dt ${dt}`,
    );
  }
  const alpha = exp(-dt / tauM);
  const rho = exp(-dt / tauA);
  return { ...params, vTh: vTh / (1 - alpha), beta: (beta * (1 - rho)) / (1 - alpha) };
}

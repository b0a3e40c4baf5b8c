import { defineNeuron, triangular } from '../expr/index.ts';

/**
 * Counts what arrives without a leak, never below 0, and hands on a spike per `theta`: the excess of its positive over its
 * negative inputs. At most one spike per step.
 *
 * @eq neftci2017erbp (error neurons)
 */
export const errorNeuron = defineNeuron({
  name: 'error',
  cite: 'neftci2017erbp',
  params: { theta: { symbol: 'θ_E', unit: '1', default: 0.1, min: 0, doc: 'threshold, which a spike subtracts' } },
  state: { E: 'count' },
  inputs: { J: 'jumps of the count' },
  equations: `
    sum = E + J
    z'  = spike(sum - theta)
    E'  = max(sum - theta * z', 0)`,
  pseudoDerivative: triangular(),
});

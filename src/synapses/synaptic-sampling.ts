import { defineSynapse } from '../expr/index.ts';

/** The model with noise as some expression with mean 0 and variance 1. */
const sampling = (name: string, noise: string) =>
  defineSynapse({
    name,
    cite: 'kappel2018sampling',
    params: {
      tauF: { symbol: 'τ_m', unit: 'ms', default: 20, min: 1e-3, doc: 'fall of the postsynaptic potential' },
      tauR: { symbol: 'τ_r', unit: 'ms', default: 2, min: 1e-3, doc: 'rise of the postsynaptic potential' },
      tauE: { symbol: 'τ_e', unit: 'ms', default: 1000, min: 1e-3, doc: 'eligibility trace' },
      tauG: { symbol: 'τ_g', unit: 'ms', default: 50000, min: 1e-3, doc: 'estimate of the reward gradient' },
      beta: { symbol: 'β', unit: '1/ms', default: 5e-8, min: 0, doc: 'learning rate' },
      temperature: { symbol: 'T', unit: '1', default: 0.1, min: 0, doc: 'temperature of the diffusion' },
      mean: { symbol: 'μ', unit: '1', default: 0, doc: 'mean of the prior of θ' },
      precision: { symbol: 'c_p', unit: '1', default: 0.25, min: 0, doc: 'precision of the prior of θ' },
      gain: { symbol: 'c_g', unit: '1', default: 1, min: 0, doc: 'weight of the reward gradient' },
      change: { symbol: 'Δ_max', unit: '1', default: 40, min: 0, doc: 'bound of the reward gradient' },
      offset: { symbol: 'θ_0', unit: '1', default: 3, doc: 'θ at which the weight is w0' },
      w0: { symbol: 'w_0', unit: '1', default: 1, min: 0, doc: 'scale of weights' },
      least: { symbol: 'θ_min', unit: '1', default: -2, below: 'most', doc: 'least θ' },
      most: { symbol: 'θ_max', unit: '1', default: 5, doc: 'largest θ' },
      interval: { symbol: 'U', unit: 'ms', default: 100, min: 1e-3, doc: 'time between two changes of θ' },
    },
    derived: {
      decayF: 'exp(-dt / tauF)',
      decayR: 'exp(-dt / tauR)',
      decayE: 'exp(-dt / tauE)',
      decayG: 'exp(-dt / tauG)',
      peak: 'tauF / (tauF - tauR)',
      rate: 'interval * beta',
      noise: 'sqrt(2 * temperature * beta * interval)',
    },
    synapse: {
      w: 'weight; 0 while retracted',
      theta: { doc: 'θ, of which the weight is a function', min: 'least', max: 'most' },
      e: 'eligibility trace',
      g: 'estimate of the reward gradient',
    },
    pre: { f: 'presynaptic spikes, falling', r: 'presynaptic spikes, rising' },
    signals: { dopa: 'reward' },
    reads: { bap: 'spike minus its probability' },
    onPre: `
      f' = f + 1
      r' = r + 1`,
    onStep: `
      f' = decayF * f
      r' = decayR * r
      e' = decayE * e + w * peak * (f' - r') * bap
      g' = decayG * g + dopa * e'`,
    every: {
      interval: 'interval',
      equations: `
        drift  = precision * (mean - theta) + clip(gain * g, -change, change)
        theta' = clip(theta + rate * drift + noise * ${noise}, least, most)
        on     = where(theta' >= 0, 1, 0)
        w'     = on * w0 * exp(theta' - offset)
        e'     = on * e
        g'     = on * g`,
    },
  });

/**
 * Reward-based synaptic sampling: every potential synapse has a parameter θ that drifts along prior and estimated reward
 * gradient and diffuses. It is functional, with a weight that is exponential in θ, while θ ≥ 0, and retracted below.
 *
 * The neuron's model has the state `bap`, its spike minus the probability of it. The signal `dopa` is the reward. An
 * eligibility trace e sums the filtered presynaptic spikes times `bap`, a second trace g the eligibility times reward; while
 * a synapse is retracted, both are 0.
 *
 * @eq kappel2018sampling (synaptic sampling dynamics)
 */
export const synapticSampling = sampling('synaptic-sampling', 'normal()');

/** {@link synapticSampling} with uniform noise of the same variance, which costs one draw and neither logarithm nor root. */
export const synapticSamplingUniform = sampling('synaptic-sampling-uniform', 'sqrt(3) * (2 * uniform() - 1)');

import { defineSynapse, type ParameterSpec } from '../expr/index.ts';

type Specs = Readonly<Record<string, ParameterSpec>>;

interface Variant<P extends Specs> {
  readonly name: string;
  /** An expression with mean 0 and variance 1. */
  readonly noise?: string;
  /** The new θ, where the walk alone would lead to `walked`. */
  readonly theta?: string;
  readonly params?: P;
  readonly derived?: Readonly<Record<string, string>>;
}

const sampling = <const P extends Specs = Record<never, ParameterSpec>>({
  name,
  noise = 'normal()',
  theta = 'clip(walked, least, most)',
  params,
  derived,
}: Variant<P>) =>
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
      ...(params as P),
    },
    derived: {
      decayF: 'exp(-dt / tauF)',
      decayR: 'exp(-dt / tauR)',
      decayE: 'exp(-dt / tauE)',
      decayG: 'exp(-dt / tauG)',
      peak: 'tauF / (tauF - tauR)',
      rate: 'interval * beta',
      noise: 'sqrt(2 * temperature * beta * interval)',
      ...derived,
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
        walked = theta + rate * drift + noise * ${noise}
        theta' = ${theta}
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
export const synapticSampling = sampling({ name: 'synaptic-sampling' });

/** {@link synapticSampling} with uniform noise of the same variance, which costs one draw and neither logarithm nor root. */
export const synapticSamplingUniform = sampling({
  name: 'synaptic-sampling-uniform',
  noise: 'sqrt(3) * (2 * uniform() - 1)',
});

/**
 * {@link synapticSampling} with a frozen connectome: which synapses are functional stays as it is. Weights of functional ones go on
 * changing, with θ kept at 0 or above; θ of retracted ones stands still.
 *
 * It has the variables of {@link synapticSampling}, so a simulation of the same network with either loads the other's saved state.
 */
export const synapticSamplingFrozen = sampling({
  name: 'synaptic-sampling-frozen',
  theta: 'where(theta >= 0, clip(walked, max(least, 0), most), theta)',
});

/**
 * {@link synapticSampling} whose retracted synapses do not walk: each comes back with θ = 0 after an exponentially distributed
 * time, in whole intervals. The default of its mean is how long the walk stays below 0 on average under its prior alone, with the other
 * defaults: π / arccos(1 - β c_p U) intervals.
 */
export const synapticSamplingWaiting = sampling({
  name: 'synaptic-sampling-waiting',
  params: {
    wait: { symbol: 'τ_w', unit: 'ms', default: 200_000, min: 1e-3, doc: 'mean time until a synapse comes back' },
  },
  derived: { back: '1 - exp(-interval / wait)' },
  theta: 'where(theta >= 0, clip(walked, least, most), theta - theta * bernoulli(back))',
});

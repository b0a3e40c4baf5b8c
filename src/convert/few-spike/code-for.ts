import { ParameterError } from '../../base/errors.ts';
import type { ActivationName } from '../activations.ts';
import { fitAmos } from '../amos/fit/fit.ts';
import { findUnit } from '../amos/tables.ts';
import { alphaFor, hardSigmoidCode, hardSigmoidCodeOf, leakyReluCode, reluCode } from './closed-forms.ts';
import { type Fit, fitFewSpike } from './fit/fit.ts';
import { scalarFunction } from './functions.ts';
import type { Code, CodeUnit, FewSpikeCode, FewSpikeParameters } from './parameters.ts';
import { findFit, type TableWeighting } from './tables.ts';

/** What is known of the inputs of a layer's activation units. */
export interface InputStatistics {
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly deviation: number;
}

/** What a code is to be for. */
export interface CodeRequest {
  /** K. */
  readonly steps: number;
  readonly statistics: InputStatistics;
  /** The largest input to reach without saturating: the maximum or a percentile. Default `statistics.max`. */
  readonly top?: number;
  /** Rounds to the nearest step of closed forms instead of down. Default true. */
  readonly round?: boolean;
  /** Rounds α of closed forms up to a power of two. Default false. */
  readonly dyadic?: boolean;
  /** Whether a spike needs v > T. Default false. */
  readonly strict?: boolean;
  /** Where activations without a closed form get their neuron: the shipped table, or a fit to the layer. Default 'table'. */
  readonly fit?: 'table' | 'per-layer';
  /** How errors count where there is a choice: equally, or by a normal density. Default 'gaussian'. */
  readonly weighting?: TableWeighting;
  /**
   * What activations without a closed form get: few-spike neurons, or units of neurons that spike once each, where one ships or a fit
   * finds one that is better than the unit of the few-spike neuron. Default 'fs'.
   */
  readonly method?: 'fs' | 'amos';
  /** Of fits to the layer. Default 1. */
  readonly seed?: number;
  /** Loss per mean spike in fits to the layer. Default 0. */
  readonly spikePenalty?: number;
}

/** Activations without a closed form: the table they use, and beyond which inputs they are constant for all purposes. */
const FITTED = {
  sigmoid: { table: 'sigmoid', flat: [-10, 10] },
  tanh: { table: 'tanh', flat: [-5, 5] },
  silu: { table: 'silu', flat: [-8, Number.POSITIVE_INFINITY] },
  'hard-swish': { table: 'hard-swish', flat: [-3, Number.POSITIVE_INFINITY] },
  gelu: { table: 'gelu', flat: [-8, Number.POSITIVE_INFINITY] },
  'gelu-tanh': { table: 'gelu', flat: [-8, Number.POSITIVE_INFINITY] },
} as const satisfies Partial<Record<ActivationName, unknown>>;

type Errors = Pick<Fit, 'weightedMse' | 'weightedSpikes'>;

const positive = (value: number): number => (value > 0 ? value : 1);

/** A fit to the range and, unless errors count equally, to mean and deviation of a layer. */
function layerFit(name: keyof typeof FITTED, request: CodeRequest, shipped?: FewSpikeParameters): CodeUnit {
  const { steps, statistics, top = statistics.max, weighting = 'gaussian', seed = 1, spikePenalty = 0 } = request;
  const f = scalarFunction(name);
  const [flatLow, flatHigh] = FITTED[name].flat;
  const low = Math.min(Math.max(statistics.min, flatLow), flatHigh - 1);
  const high = Math.max(Math.min(top, flatHigh), low + 1);
  const mean = Math.min(Math.max(statistics.mean, low), high);
  const deviation = statistics.deviation > 0 ? statistics.deviation : (high - low) / 4;
  const options = {
    steps,
    range: [low, high] as const,
    weighting: weighting === 'uniform' ? weighting : { mean, deviation },
    evaluations: 6000,
    tries: 4,
    seed,
    spikePenalty,
  };
  const loss = ({ weightedMse, weightedSpikes }: Errors) => weightedMse + spikePenalty * weightedSpikes;
  const grown = fitFewSpike(f, options);
  const moved = shipped && fitFewSpike(f, { ...options, start: [shipped] });
  const found = moved && loss(moved) < loss(grown) ? moved : grown;
  if (request.method !== 'amos') return found.parameters;
  const unit = fitAmos(f, { start: [found.parameters], weighting: options.weighting, seed });
  return (loss(unit) < loss(found) ? unit : found).parameters;
}

function fittedUnit(name: keyof typeof FITTED, request: CodeRequest): CodeUnit {
  const { steps, statistics, top = statistics.max, fit = 'table', weighting = 'gaussian', method } = request;
  const { table, flat } = FITTED[name];
  const neuron = findFit(table, steps, weighting) ?? findFit(table, steps, 'uniform');
  const shipped = neuron?.parameters;
  const reaches = shipped !== undefined && (Number.isFinite(flat[1]) || top <= shipped.range[1]);
  if (fit !== 'table' || !reaches) return layerFit(name, request, shipped);
  return (method === 'amos' ? findUnit(table, steps, neuron!.weighting)?.parameters : undefined) ?? shipped;
}

function leaky({ alpha = 0.01 }: Readonly<Record<string, number>>, request: CodeRequest): FewSpikeCode {
  const { steps, statistics, top = statistics.max, dyadic } = request;
  const ofSide = (reach: number) => {
    const options = { ...request, alpha: alphaFor(positive(reach), steps, dyadic), slope: alpha };
    return leakyReluCode(options);
  };
  return [ofSide(top)[0]!, ofSide(-statistics.min)[1]!];
}

/**
 * The few-spike neurons, or units, that stand in for an activation unit of a layer: a closed form where there is one, else a shipped fit or
 * a fit to the layer. A layer whose inputs go beyond the range of the shipped fit gets a fit of its own.
 *
 * @param constants - `alpha`, the slope of a leaky ReLU; `alpha` and `beta` of a hard sigmoid
 * @throws ParameterError for a number of steps that there is no code for, or statistics that are not finite
 */
export function codeFor(
  activation: ActivationName,
  constants: Readonly<Record<string, number>>,
  request: CodeRequest,
): Code {
  const { steps, statistics, top = statistics.max, round = true, dyadic = false, strict = false } = request;
  const bad = Object.entries({ ...statistics, top }).find(([, value]) => !Number.isFinite(value));
  if (bad) throw new ParameterError('codeFor', `expected finite statistics, got ${bad[0]} ${bad[1]}`);
  const options = { steps, round, strict };
  switch (activation) {
    case 'relu':
      return reluCode({ ...options, alpha: alphaFor(positive(top), steps, dyadic) });
    case 'relu6':
      return relu6For(options, positive(Math.min(top, 6)), dyadic);
    case 'leaky-relu':
      return leaky(constants, { ...request, round, strict });
    case 'hard-sigmoid': {
      const { alpha = 1 / 6, beta = 0.5 } = constants;
      return alpha === 1 / 6 && beta === 0.5
        ? hardSigmoidCode(options)
        : hardSigmoidCodeOf({ ...options, slope: alpha, shift: beta });
    }
    default:
      return [{ ...fittedUnit(activation, request), strict }];
  }
}

/** A ReLU that ends at 6 also where α is rounded up beyond it. */
function relu6For(
  options: { steps: number; round: boolean; strict: boolean },
  top: number,
  dyadic: boolean,
): FewSpikeCode {
  const [neuron] = reluCode({ ...options, alpha: alphaFor(top, options.steps, dyadic) });
  return [dyadic ? { ...neuron!, range: [Number.NEGATIVE_INFINITY, 6] } : neuron!];
}

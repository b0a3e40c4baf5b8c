import { ParameterError } from '../../../base/errors.ts';
import { checkedOptions } from '../../../base/options.ts';
import { RandomStream } from '../../../base/random.ts';
import { streamOf } from '../../../base/stream.ts';
import { evaluateCode } from '../evaluate.ts';
import type { CodeUnit, FewSpikeParameters } from '../parameters.ts';
import { anneal, type Found } from './anneal.ts';
import { Candidate } from './candidate.ts';
import { type FitTarget, fitTarget, type Weighting } from './target.ts';

/** What to fit, and how hard to try. */
export interface FitOptions {
  /** K, 1 to 24. */
  readonly steps: number;
  /** Where the function is wanted; inputs are clamped to it. */
  readonly range: readonly [number, number];
  /** Default 'uniform'. */
  readonly weighting?: Weighting;
  /** Loss per mean spike, in squared units of the function. Default 0. */
  readonly spikePenalty?: number;
  /** The same seed gives the same fit. Default 1. */
  readonly seed?: number;
  /** Candidates per search with K steps, half as many with fewer; more is better and slower. Default 10 000. */
  readonly evaluations?: number;
  /** Searches per step count from 2 to K, of which the best counts. Default 8. */
  readonly tries?: number;
  /** Neurons of fewer or as many steps to start from, instead of growing one from two steps. */
  readonly start?: readonly FewSpikeParameters[];
}

/** A fitted neuron with its errors on a grid over the range. */
export interface Fit {
  readonly parameters: FewSpikeParameters;
  /** Mean squared error with equal weights. */
  readonly mse: number;
  /** Mean squared error with the weights of the fit. */
  readonly weightedMse: number;
  /** Mean spikes with equal weights. */
  readonly spikes: number;
  /** Mean spikes with the weights of the fit. */
  readonly weightedSpikes: number;
}

export type Shape = Pick<Found, 'thresholds' | 'resets'>;

/** Bound of |T| and |h|: every threshold inside of the range, and a reset from one end to the other. */
const boundOf = ({ low, high }: FitTarget): number => Math.max(high - low, Math.abs(low), Math.abs(high));

/** Halving-like schedules from the top of the range: what a code of a growing function looks like. */
function geometric(steps: number, { low, high }: FitTarget, random: RandomStream): Shape {
  const ratio = 1.5 + 0.7 * random.uniform();
  const top = (high - low) / 2;
  const thresholds = Float64Array.from({ length: steps }, (_, t) => low + top * ratio ** -t + (high - low) * 0.02);
  const resets = Float64Array.from({ length: steps }, (_, t) => top * ratio ** -t);
  return { thresholds, resets };
}

/** Thresholds anywhere in the range, resets of any size: for functions that no halving schedule comes near. */
function scattered(steps: number, { low, high }: FitTarget, random: RandomStream): Shape {
  const width = high - low;
  const thresholds = Float64Array.from({ length: steps }, () => low + width * random.uniform());
  const resets = Float64Array.from({ length: steps }, () => width * (random.uniform() - 0.5));
  return { thresholds, resets };
}

/** The shape with one more step that changes nothing yet: no reset, and a threshold near its neighbour's. */
function grown({ thresholds, resets }: Shape, target: FitTarget, random: RandomStream): Shape {
  const at = random.integer(thresholds.length + 1);
  const near = thresholds[Math.min(at, thresholds.length - 1)]!;
  const insert = (list: Float64Array, value: number) =>
    Float64Array.from([...list.slice(0, at), value, ...list.slice(at)]);
  const bound = boundOf(target);
  const threshold = Math.min(Math.max(near + 0.05 * (target.high - target.low) * random.normal(), -bound), bound);
  return { thresholds: insert(thresholds, threshold), resets: insert(resets, 0) };
}

class Search {
  readonly #target: FitTarget;
  readonly #penalty: number;
  readonly #random: RandomStream;

  constructor(target: FitTarget, { spikePenalty = 0, seed = 1 }: FitOptions) {
    this.#target = target;
    this.#penalty = spikePenalty;
    this.#random = new RandomStream(seed, streamOf('few-spike fit'));
  }

  #from({ thresholds, resets }: Shape, evaluations: number): Found {
    const candidate = new Candidate(this.#target, thresholds.length);
    candidate.thresholds.set(thresholds);
    candidate.resets.set(resets);
    const temperature = 0.1 + 0.2 * this.#random.uniform();
    const options = { bound: boundOf(this.#target), penalty: this.#penalty, evaluations, temperature };
    return anneal(candidate, options, this.#random);
  }

  /** The best of `tries` searches: a quarter from nothing, the others from the shape, with a step more if it is short. */
  best(steps: number, shape: Shape | undefined, tries: number, evaluations: number): Found {
    let best: Found | undefined;
    for (let attempt = 0; attempt < tries; attempt++) {
      const fresh = shape === undefined || (attempt > 0 && this.#random.uniform() < 0.25);
      const make = this.#random.uniform() < 0.5 ? geometric : scattered;
      let start = fresh ? make(steps, this.#target, this.#random) : shape;
      while (start.thresholds.length < steps) start = grown(start, this.#target, this.#random);
      const found = this.#from(start, evaluations);
      if (best === undefined || found.loss < best.loss) best = found;
    }
    return best!;
  }
}

function checkFit({ steps, tries = 8, evaluations = 10_000, spikePenalty = 0 }: FitOptions): void {
  if (!Number.isInteger(steps) || steps < 1 || steps > 24) {
    throw new ParameterError('fitFewSpike', `expected 1 to 24 steps, got ${steps}`);
  }
  for (const [name, value] of Object.entries({ tries, evaluations })) {
    if (!Number.isInteger(value) || value < 1) {
      throw new ParameterError('fitFewSpike', `expected a positive whole number of ${name}, got ${value}`);
    }
  }
  if (!(spikePenalty >= 0)) {
    throw new ParameterError('fitFewSpike', `expected a spike penalty of 0 or more, got ${spikePenalty}`);
  }
}

/** Rounds to six significant digits: what tables print. */
const sixDigits = (value: number): number => Number(value.toPrecision(6));

/** The neuron of a shape, numbers rounded as tables print them and output weights solved for afterwards. */
export function neuronOf(shape: Shape, target: FitTarget): FewSpikeParameters {
  const steps = shape.thresholds.length;
  const candidate = new Candidate(target, steps);
  candidate.thresholds.set(shape.thresholds.map(sixDigits));
  candidate.resets.set(shape.resets.map(sixDigits));
  candidate.resets[steps - 1] = 0;
  candidate.evaluate(0, 0);
  const [offset, ...weights] = candidate.solution;
  return {
    steps,
    thresholds: candidate.thresholds,
    resets: candidate.resets,
    weights: Float64Array.from(weights.map(sixDigits)),
    offset: sixDigits(offset!),
    bias: 0,
    sign: 1,
    range: [target.low, target.high],
    strict: false,
  };
}

/**
 * Weighted mean squared error and mean spikes of a neuron or unit on a function, over the points of a target.
 */
export function fitErrors(
  unit: CodeUnit,
  f: (x: number) => number,
  { low, spacing, points, weight }: FitTarget,
): { mse: number; spikes: number } {
  let mse = 0;
  let spikes = 0;
  for (let i = 0; i < points; i++) {
    const x = low + (i + 0.5) * spacing;
    const decoded = evaluateCode([unit], [x]);
    const w = weight[i + 1]! - weight[i]!;
    mse += w * (decoded.y[0]! - f(x)) ** 2;
    spikes += w * decoded.spikes.reduce((sum, count) => sum + count, 0);
  }
  return { mse, spikes };
}

/** A neuron with its errors, weighted as they were for the fit and equally. */
export function fitOf(
  parameters: FewSpikeParameters,
  f: (x: number) => number,
  target: FitTarget,
  weighting: Weighting,
): Fit {
  const weighted = fitErrors(parameters, f, target);
  const uniform =
    weighting === 'uniform' ? weighted : fitErrors(parameters, f, fitTarget(f, [target.low, target.high]));
  return {
    parameters,
    mse: uniform.mse,
    weightedMse: weighted.mse,
    spikes: uniform.spikes,
    weightedSpikes: weighted.spikes,
  };
}

/**
 * Fits a few-spike neuron to a function: simulated annealing over thresholds and resets, with output weights and offset
 * solved for in closed form. The neuron grows from two steps to K.
 *
 * @throws ParameterError for an option out of its range, or a function that is not finite in the range
 * @example
 * const { parameters, mse } = fitFewSpike((x) => x / (1 + Math.exp(-x)), { steps: 8, range: [-8, 12] });
 */
export function fitFewSpike(f: (x: number) => number, options: FitOptions): Fit {
  checkedOptions('fitFewSpike', options, [
    'steps',
    'range',
    'weighting',
    'spikePenalty',
    'seed',
    'evaluations',
    'tries',
    'start',
  ]);
  checkFit(options);
  const { steps, range, weighting = 'uniform', tries = 8, evaluations = 10_000, start } = options;
  const target = fitTarget(f, range, weighting);
  const search = new Search(target, options);
  let found: Found | undefined;
  if (start !== undefined) {
    const bests = start.map((shape) => search.best(steps, shape, tries, evaluations));
    found = bests.reduce((a, b) => (b.loss < a.loss ? b : a));
  } else {
    for (let k = Math.min(2, steps); k < steps; k++) found = search.best(k, found, tries, Math.ceil(evaluations / 2));
    found = search.best(steps, found, tries, evaluations);
  }
  return fitOf(neuronOf(found, target), f, target, weighting);
}

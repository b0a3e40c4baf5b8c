import { ParameterError } from '../../../base/errors.ts';
import { checkedOptions } from '../../../base/options.ts';
import { RandomStream } from '../../../base/random.ts';
import { streamOf } from '../../../base/stream.ts';
import { type Fit, fitOf, neuronOf } from './fit.ts';
import { FitMachine } from './machine.ts';
import { type FitTarget, fitTarget, type Weighting, weightAt } from './target.ts';

/** What to fit, and for how long. */
export interface GradientFitOptions {
  /** K, 1 to 24. */
  readonly steps: number;
  /** Where the function is wanted; inputs are clamped to it. */
  readonly range: readonly [number, number];
  /** Default 'uniform'. */
  readonly weighting?: Weighting;
  /**
   * Whether random starts look for four steps only, and one step after another is added, refined with smaller learning rates. The
   * published method has no such growth, and comes less far with the same effort. Default true.
   */
  readonly grow?: boolean;
  /** Independent starts, and tries for every step that is added, of which the best counts. Default 40. */
  readonly restarts?: number;
  /**
   * Steps of Adam per start; each improvement gives back 1000. Default 150, ten times as many for random starts
   * that neurons are grown from; the published method has 5000.
   */
  readonly iterations?: number;
  /** Between which the learning rate of each step is drawn. Default [0.09, 0.5]. */
  readonly learningRates?: readonly [number, number];
  /** The same seed gives the same fit. Default 1. */
  readonly seed?: number;
}

/** Inputs of the population. */
const POINTS = 1024;
/** Steps that an improvement gives back. */
const REFUND = 1000;
/** Steps of the neuron that random starts look for, and by what a new step is smaller than the last. */
const [GROWN_FROM, RATIO] = [4, 1.9];
/** How much longer random starts run than the refinements after each added step. */
const LONGER = 10;
/** Factors of the learning rate with which a grown neuron goes on. */
const REFINEMENTS = [0.1, 0.03, 0.01, 0.003];
/** The penalty of what lies outside of the tent is drawn from here in every step. */
const [EXCESS_LOW, EXCESS_HIGH] = [0.08, 0.12];

class GradientSearch {
  readonly #machine: FitMachine;
  readonly #target: FitTarget;
  readonly #wanted: Float64Array;
  readonly #weights: Float64Array;
  readonly #options: Required<Pick<GradientFitOptions, 'steps' | 'iterations' | 'learningRates'>>;
  readonly random: RandomStream;
  best: { readonly loss: number; readonly parameters: Float32Array };

  constructor(f: (x: number) => number, options: GradientFitOptions) {
    const { steps, range, weighting = 'uniform', seed = 1 } = options;
    const { iterations = 150, learningRates = [0.09, 0.5] } = options;
    this.#options = { steps, iterations, learningRates };
    this.#target = fitTarget(f, range, weighting);
    this.#machine = new FitMachine(steps, POINTS);
    this.random = new RandomStream(seed, streamOf('few-spike gradient fit'));
    const spacing = (range[1] - range[0]) / POINTS;
    for (let i = 0; i < POINTS; i++) this.#machine.inputs[i] = range[0] + (i + 0.5) * spacing;
    this.#wanted = Float64Array.from(this.#machine.inputs, f);
    const weights = Float64Array.from(this.#machine.inputs, (x) => weightAt(weighting, x));
    const total = weights.reduce((sum, w) => sum + w);
    this.#weights = weights.map((w) => w / total);
    this.best = { loss: Number.POSITIVE_INFINITY, parameters: this.#machine.parameters.slice() };
  }

  #between(low: number, high: number): number {
    return low + (high - low) * this.random.uniform();
  }

  /** T from U(-1, 1), h from U(-1, 0), d from U(-1/2, 1). */
  #initialise(): void {
    const { steps } = this.#options;
    const { parameters } = this.#machine;
    for (let t = 0; t < steps; t++) {
      parameters[t] = this.#between(-1, 1);
      parameters[steps + t] = this.#between(-1, 0);
      parameters[2 * steps + t] = this.#between(-0.5, 1);
    }
    parameters[3 * steps] = 0;
    this.#machine.reset();
  }

  /** Writes the gradients of the loss at the outputs; returns the mean squared error. */
  #loss(): number {
    const { outputs, outputGradient, excess, excessGradient } = this.#machine;
    let loss = 0;
    for (let i = 0; i < POINTS; i++) {
      const error = outputs[i]! - this.#wanted[i]!;
      const weighted = this.#weights[i]! * error;
      loss += weighted * error;
      outputGradient[i] = 2 * weighted;
    }
    const strength = this.#between(EXCESS_LOW, EXCESS_HIGH);
    for (const [t, row] of excess.entries()) {
      let sum = 0;
      for (let i = 0; i < POINTS; i++) sum += row[i]!;
      excessGradient[t]!.fill((2 * strength * sum) / POINTS ** 2);
    }
    return loss;
  }

  /** A start from small random numbers. */
  run(): void {
    this.#initialise();
    this.#descend(1);
  }

  /** Goes on from given numbers with smaller and smaller learning rates. */
  refine(parameters: Float32Array): void {
    this.#machine.parameters.set(parameters);
    for (const factor of REFINEMENTS) {
      this.#machine.reset();
      this.#machine.parameters.set(this.#descend(factor));
    }
  }

  /** Adam's steps, until as many as are allowed are counted: every improvement gives some back. */
  #descend(factor: number): Float32Array {
    const { iterations, learningRates } = this.#options;
    const [slow, fast] = learningRates;
    let least = Number.POSITIVE_INFINITY;
    const found = this.#machine.parameters.slice();
    for (let n = 1, counted = 0; counted < iterations; n++, counted++) {
      this.#machine.forward();
      const loss = this.#loss();
      if (loss < least) {
        least = loss;
        counted = Math.max(counted - REFUND, 0);
        found.set(this.#machine.parameters);
      }
      this.#machine.backward();
      this.#machine.adam(factor * this.#between(slow, fast), n);
    }
    return this.#settle(found);
  }

  /** Solves for the best d and offset, around which Adam's last digits jitter. */
  #settle(found: Float32Array): Float32Array {
    const { steps } = this.#options;
    const numbers = Float64Array.from(found);
    const shape = { thresholds: numbers.slice(0, steps), resets: numbers.slice(steps, 2 * steps) };
    const { weights, offset } = neuronOf(shape, this.#target);
    this.#machine.parameters.set([...shape.thresholds, ...shape.resets, ...weights, offset]);
    this.#machine.forward();
    const loss = this.#loss();
    const parameters = this.#machine.parameters.slice();
    if (loss < this.best.loss) this.best = { loss, parameters };
    return parameters;
  }
}

/**
 * The numbers of a neuron with one step more: at the end, going on as the steps before it fell, or, without `last`, anywhere, with
 * a random threshold near those that are there and no effect yet.
 */
function withStep(parameters: Float32Array, last: boolean, random: RandomStream): Float32Array {
  const steps = (parameters.length - 1) / 3;
  const part = (i: number) => [...parameters.subarray(i * steps, (i + 1) * steps)];
  const [thresholds, resets, weights] = [part(0), part(1), part(2)] as [number[], number[], number[]];
  const at = last ? steps : random.integer(steps + 1);
  if (at === steps) resets[steps - 1] = weights[steps - 1]!;
  const insert = (list: number[], value: number) => [...list.slice(0, at), value, ...list.slice(at)];
  const next = (list: number[]) => insert(list, last ? list[steps - 1]! / RATIO : 0);
  const near = thresholds[random.integer(steps)]! * random.normal();
  const grown = last ? next(thresholds) : insert(thresholds, near);
  return Float32Array.from([...grown, ...next(resets), ...next(weights), parameters[3 * steps]!]);
}

function checkOptions({ steps, restarts = 40, iterations = 150 }: GradientFitOptions): void {
  if (!Number.isInteger(steps) || steps < 1 || steps > 24) {
    throw new ParameterError('fitFewSpikeByGradient', `expected 1 to 24 steps, got ${steps}`);
  }
  for (const [name, value] of Object.entries({ restarts, iterations })) {
    if (!Number.isInteger(value) || value < 1) {
      throw new ParameterError('fitFewSpikeByGradient', `expected a positive whole number of ${name}, got ${value}`);
    }
  }
}

/**
 * Fits a few-spike neuron by gradient descent through its K steps, with the tent of height 1 in (v - T) / (|v| + 1) for the
 * derivative of a spike: the compiled adjoint of {@link fewSpikeUnrolled} and Adam with a learning rate redrawn in every step.
 *
 * @throws ParameterError for an option out of its range, or a function that is not finite in the range
 * @eq stoeckl2021fs (fit of T, h and d)
 */
export function fitFewSpikeByGradient(f: (x: number) => number, options: GradientFitOptions): Fit {
  checkedOptions('fitFewSpikeByGradient', options, [
    'steps',
    'range',
    'weighting',
    'grow',
    'restarts',
    'iterations',
    'learningRates',
    'seed',
  ]);
  checkOptions(options);
  const { steps, range, weighting = 'uniform', restarts = 40, grow = true } = options;
  const target = fitTarget(f, range, weighting);
  const first = grow ? Math.min(steps, GROWN_FROM) : steps;
  const patience = (options.iterations ?? 150) * (grow ? LONGER : 1);
  let search = new GradientSearch(f, { ...options, steps: first, iterations: patience });
  for (let restart = 0; restart < restarts; restart++) search.run();
  if (grow) search.refine(search.best.parameters);
  for (let k = first + 1; k <= steps; k++) {
    const before = search.best.parameters;
    search = new GradientSearch(f, { ...options, steps: k });
    for (let restart = 0; restart < restarts; restart++) search.refine(withStep(before, restart === 0, search.random));
  }
  const found = Float64Array.from(search.best.parameters);
  // Adam's last digits jitter with its learning rate; the best d and offset for the T and h found are known in closed form.
  const parameters = neuronOf({ thresholds: found.slice(0, steps), resets: found.slice(steps, 2 * steps) }, target);
  return fitOf(parameters, f, target, weighting);
}

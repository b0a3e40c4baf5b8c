import { ParameterError } from '../../../base/errors.ts';
import { exp } from '../../../base/math.ts';
import { checkedOptions } from '../../../base/options.ts';
import { RandomStream } from '../../../base/random.ts';
import { streamOf } from '../../../base/stream.ts';
import { fitErrors } from '../../few-spike/fit/fit.ts';
import { type FitTarget, fitTarget, type Weighting } from '../../few-spike/fit/target.ts';
import type { AmosParameters, CodeUnit } from '../../few-spike/parameters.ts';
import { toAmos } from '../parameters.ts';
import { withFewerSpikes } from './fewer-spikes.ts';
import { UnitCandidate } from './unit-candidate.ts';

/** What to fit a unit to, from where, and how hard to try. */
export interface AmosFitOptions {
  /**
   * Few-spike neurons or units of as many or fewer neurons to start from; neurons that are missing are added at the end. The number of
   * neurons of the first is K.
   */
  readonly start: readonly [CodeUnit, ...CodeUnit[]];
  /** Default 'uniform'. */
  readonly weighting?: Weighting;
  /** Changes that are tried from each start, each followed by a descent. Default 300. */
  readonly hops?: number;
  /** The same seed gives the same fit. Default 1. */
  readonly seed?: number;
}

/** A fitted unit with its errors on a grid over the range. */
export interface AmosFit {
  readonly parameters: AmosParameters;
  /** Mean squared error, with equal weights and with those of the fit. */
  readonly mse: number;
  readonly weightedMse: number;
  /** Mean spikes in the same two ways. */
  readonly spikes: number;
  readonly weightedSpikes: number;
}

interface Shape {
  readonly thresholds: Float64Array;
  readonly inhibition: Float64Array;
  readonly loss: number;
}

/** Steps of the descents from a start, and after a change. */
const [FIRST_STEPS, STEPS] = [60, 12];
/** A change that makes things this much worse is given up without a descent. */
const HOPELESS = 4;
/** First temperature, relative to the loss, and by what it falls over all changes. */
const [TEMPERATURE, COOLING] = [0.03, 1e-3];
/** Share of changes that give a neuron new numbers altogether. */
const RENEWED = 0.15;

class UnitSearch {
  readonly #target: FitTarget;
  readonly #candidate: UnitCandidate;
  readonly #random: RandomStream;

  constructor(target: FitTarget, f: (x: number) => number, neurons: number, seed: number) {
    this.#target = target;
    this.#candidate = new UnitCandidate(target, f, neurons);
    this.#random = new RandomStream(seed, streamOf('amos fit'));
  }

  #shape(loss: number): Shape {
    const { thresholds, inhibition } = this.#candidate.intervals;
    return { thresholds: thresholds.slice(), inhibition: inhibition.slice(), loss };
  }

  #set({ thresholds, inhibition }: Omit<Shape, 'loss'>): void {
    this.#candidate.intervals.thresholds.set(thresholds);
    this.#candidate.intervals.inhibition.set(inhibition);
  }

  /** Numbers of a start; neurons that it lacks get thresholds anywhere in the range. */
  #begin(start: CodeUnit): void {
    const { neurons } = this.#candidate;
    const { low, high } = this.#target;
    const { steps, thresholds, inhibition } = upright(toAmos(start));
    const own = this.#candidate.intervals;
    own.inhibition.fill(0);
    for (let i = 0; i < neurons; i++) {
      own.thresholds[i] = i < steps ? thresholds[i]! : low + (high - low) * this.#random.uniform();
      if (i < steps) own.inhibition.set(inhibition.subarray(i * steps, i * steps + i), i * neurons);
    }
  }

  /** One neuron anew, or one to three numbers changed by steps of all sizes. */
  #change(): void {
    const random = this.#random;
    const { neurons, intervals } = this.#candidate;
    const { low, high } = this.#target;
    const width = high - low;
    if (random.uniform() < RENEWED) {
      const i = random.integer(neurons);
      intervals.thresholds[i] = low + width * random.uniform();
      for (let j = 0; j < i; j++) {
        if (random.uniform() < 0.5) intervals.inhibition[i * neurons + j] = 0.3 * width * random.normal();
      }
      return;
    }
    for (let left = 1 + random.integer(3); left > 0; left--) {
      const i = random.integer(neurons);
      const j = random.integer(i + 1);
      const size = width * 10 ** (-3.5 + 3 * random.uniform()) * random.normal();
      if (j === i) intervals.thresholds[i]! += size;
      else intervals.inhibition[i * neurons + j]! += size;
    }
  }

  /** Descents from changes of a start, taken or left as in simulated annealing; the best that was seen. */
  from(start: CodeUnit, hops: number): Shape {
    const candidate = this.#candidate;
    this.#begin(start);
    let present = this.#shape(candidate.descend(candidate.evaluate(), FIRST_STEPS));
    let best = present;
    const cooling = COOLING ** (1 / hops);
    let warmth = TEMPERATURE;
    for (let hop = 0; hop < hops; hop++, warmth *= cooling) {
      this.#change();
      let loss = candidate.evaluate();
      if (loss < HOPELESS * present.loss) loss = candidate.descend(loss, STEPS);
      const temperature = warmth * present.loss;
      if (loss < present.loss || this.#random.uniform() < exp((present.loss - loss) / temperature)) {
        present = this.#shape(loss);
        if (loss < best.loss) best = present;
      } else this.#set(present);
    }
    return best;
  }

  /** The unit of a shape, numbers rounded as tables print them and output weights solved for afterwards. */
  unitOf(shape: Shape, { bias, sign, strict }: CodeUnit): AmosParameters {
    const { neurons, outputs } = this.#candidate;
    this.#set({ thresholds: shape.thresholds.map(decimals), inhibition: shape.inhibition.map(decimals) });
    this.#candidate.evaluate();
    const [offset, ...weights] = outputs.solution;
    const unit = {
      ...{ steps: neurons, bias, sign, strict, range: [this.#target.low, this.#target.high] as const },
      gains: new Float64Array(neurons).fill(1),
      thresholds: this.#candidate.intervals.thresholds.slice(),
      inhibition: this.#candidate.intervals.inhibition.slice(),
      weights: Float64Array.from(weights.map(sixDigits)),
      offset: sixDigits(offset!),
    };
    const means = unit.weights.map((_, i) => outputs.meanSpikes(i));
    const turned = withFewerSpikes(unit, means);
    return { ...turned, thresholds: turned.thresholds.map(decimals), offset: decimals(turned.offset) };
  }
}

/** All gains 1, as the search has them: neurons of gain -1 turned back. */
const upright = (unit: AmosParameters): AmosParameters =>
  withFewerSpikes(
    unit,
    unit.gains.map((gain) => (gain < 0 ? 1 : 0)),
  );

const sixDigits = (value: number): number => Number(value.toPrecision(6));
/** Multiples of 1e-6: sums of them are such multiples, too. */
const decimals = (value: number): number => Number(value.toFixed(6));

function checkOptions(options: AmosFitOptions): void {
  const { start, hops = 300 } = checkedOptions('fitAmos', options, ['start', 'weighting', 'hops', 'seed']);
  const [{ steps, range, bias, sign }] = start;
  const expect = (holds: boolean, rule: string, got: unknown) => {
    if (!holds) throw new ParameterError('fitAmos', `expected ${rule}, got ${got}`);
  };
  expect(steps >= 1 && steps <= 24, '1 to 24 neurons', steps);
  expect(range.every(Number.isFinite), 'a start with a finite range', `[${range}]`);
  expect(bias === 0 && sign === 1, 'a start with sign 1 and no bias', `sign ${sign}, bias ${bias}`);
  expect(Number.isInteger(hops) && hops >= 1, 'a positive whole number of hops', hops);
  for (const other of start) expect(other.steps <= steps, `starts of at most ${steps} neurons`, other.steps);
}

/**
 * Fits a unit of neurons that spike at most once to a function: thresholds and the full lower triangle of inhibition by descents along
 * the exact gradient from many changes of the starts, output weights and offset in closed form. Neurons that spike for more than half
 * of the inputs get the opposite gain in the end.
 *
 * @throws ParameterError for an option out of its range, or a function that is not finite in the range
 * @eq stoeckl2020amos (fit of T, h and d)
 * @example
 * const { parameters, mse } = fitAmos(Math.tanh, { start: [findFit('tanh', 8, 'uniform')!.parameters] });
 */
export function fitAmos(f: (x: number) => number, options: AmosFitOptions): AmosFit {
  checkOptions(options);
  const { start, weighting = 'uniform', hops = 300, seed = 1 } = options;
  const [first] = start;
  const target = fitTarget(f, first.range, weighting);
  const search = new UnitSearch(target, f, first.steps, seed);
  const found = start.map((unit) => search.from(unit, hops)).reduce((a, b) => (b.loss < a.loss ? b : a));
  const parameters = search.unitOf(found, first);
  const weighted = fitErrors(parameters, f, target);
  const equal = weighting === 'uniform' ? weighted : fitErrors(parameters, f, fitTarget(f, first.range));
  return {
    parameters,
    ...{ mse: equal.mse, weightedMse: weighted.mse, spikes: equal.spikes, weightedSpikes: weighted.spikes },
  };
}

import { ParameterError, ShapeError } from '../../base/errors.ts';
import { randomNormal } from '../../base/random.ts';
import { type Code, type CodeUnit, isCircuit } from './parameters.ts';

/** How the reference computes. */
export interface EvaluateOptions {
  /** 'float32' rounds parameters and every operation, in the order of the equations: the bits of the kernel. Default 'float64'. */
  readonly arithmetic?: 'float64' | 'float32';
  /** Normal noise on v at each comparison, in units of the input: a draw per (plane, element). */
  readonly noise?: { readonly deviation: number; readonly seed: number; readonly stream?: number };
}

/** What one neuron made of one input. */
export interface Decoded {
  /** ŷ. */
  readonly y: number;
  /** z(1) … z(K). */
  readonly spikes: readonly boolean[];
}

/** What a code made of many inputs. */
export interface DecodedArray {
  readonly y: Float64Array;
  /** Spikes per plane: per neuron of the code, per step. */
  readonly spikes: Uint32Array;
}

/** Rounds to the arithmetic. */
type Round = (x: number) => number;

const exact: Round = (x) => x;

const rounding = ({ arithmetic = 'float64' }: EvaluateOptions): Round =>
  arithmetic === 'float32' ? Math.fround : exact;

/** The potentials of a neuron, or of the neurons of a circuit, one step after another. */
export interface Membrane {
  /** v of a step, counted from 0, before it is compared. */
  at(step: number): number;
  /** Tells of a spike in this step. */
  spike(step: number): void;
}

/**
 * What the equations subtract after spikes: h(t) from the one membrane of a neuron, h_ij from that of each later neuron of a circuit.
 *
 * @param x - input, clamped, with sign and bias
 */
export function membraneOf(unit: CodeUnit, x: number, round: Round = exact): Membrane {
  if (!isCircuit(unit)) {
    let v = x;
    return { at: () => v, spike: (step) => (v = round(v - round(unit.resets[step]!))) };
  }
  const { steps, gains, inhibition } = unit;
  const fired: number[] = [];
  const at = (i: number) => {
    let v = round(gains[i]! * x);
    for (const j of fired) v = round(v - round(inhibition[i * steps + j]!));
    return v;
  };
  return { at, spike: (step) => fired.push(step) };
}

/** The steps of one unit; `spike` is told of every spike, by step from 0. `noise` is what is added to v per step. */
function decode(
  unit: CodeUnit,
  x: number,
  round: Round,
  spike: (step: number) => void,
  noise?: (step: number) => number,
): number {
  const { steps, thresholds, weights, offset, bias, sign, range, strict } = unit;
  const clamped = Math.min(Math.max(round(x), round(range[0])), round(range[1]));
  const membrane = membraneOf(unit, round(round(sign * clamped) + round(bias)), round);
  let y = round(offset);
  for (let t = 0; t < steps; t++) {
    const v = membrane.at(t);
    const compared = noise === undefined ? v : round(v + round(noise(t)));
    const threshold = round(thresholds[t]!);
    if (!(strict ? compared > threshold : compared >= threshold)) continue;
    spike(t);
    membrane.spike(t);
    y = round(y + round(weights[t]!));
  }
  return y;
}

/**
 * One few-spike neuron, or one unit of neurons that spike once, on one input, step by step: the reference.
 *
 * @param x - weighted input with bias
 * @eq stoeckl2021fs (few-spike neuron)
 */
export function fewSpike(unit: CodeUnit, x: number, options: EvaluateOptions = {}): Decoded {
  const spikes = new Array<boolean>(unit.steps).fill(false);
  const noise = noiseOf(options, 0, 0);
  const y = decode(unit, x, rounding(options), (t) => (spikes[t] = true), noise);
  return { y, spikes };
}

function noiseOf({ noise }: EvaluateOptions, plane: number, element: number): ((step: number) => number) | undefined {
  if (noise === undefined) return undefined;
  const { deviation, seed, stream = 0 } = noise;
  return (step) => deviation * randomNormal(seed, stream, plane + step, element);
}

/** Number of spike planes of a code: the steps of all its neurons. */
export const planesOf = (code: Code): number => code.reduce((sum, { steps }) => sum + steps, 0);

/** Steps that a code takes: its neurons run side by side. */
export const stepsOf = (code: Code): number => Math.max(...code.map(({ steps }) => steps));

/** What the output of a code starts from. */
export const offsetOf = (code: Code): number => code.reduce((sum, { offset }) => sum + offset, 0);

/**
 * A code on an array of inputs: the sum of its neurons' outputs, and how often each step spiked.
 *
 * @param x - weighted inputs with bias, any shape
 */
export function evaluateCode(code: Code, x: ArrayLike<number>, options: EvaluateOptions = {}): DecodedArray {
  const round = rounding(options);
  const y = new Float64Array(x.length);
  const spikes = new Uint32Array(planesOf(code));
  let plane = 0;
  for (const [index, neuron] of code.entries()) {
    const first = plane;
    const count = (t: number) => {
      spikes[first + t]! += 1;
    };
    for (let i = 0; i < x.length; i++) {
      const part = decode(neuron, x[i]!, round, count, noiseOf(options, first, i));
      y[i] = index === 0 ? part : round(y[i]! + part);
    }
    plane += neuron.steps;
  }
  return { y, spikes };
}

/**
 * Checks the lengths and numbers of parameters from outside.
 *
 * @throws ParameterError for steps that are not a positive whole number, an empty range, or a number that is not finite
 * @throws ShapeError for arrays of another length than K
 */
export function checkParameters(where: string, unit: CodeUnit): void {
  const { steps, thresholds, weights, offset, bias, range } = unit;
  if (!Number.isInteger(steps) || steps < 1) {
    throw new ParameterError(where, `expected a whole number of steps, 1 or more, got ${steps}`);
  }
  const own: Record<string, Float64Array> = isCircuit(unit)
    ? { gains: unit.gains, inhibition: unit.inhibition }
    : { resets: unit.resets };
  for (const [name, values] of Object.entries({ thresholds, ...own, weights })) {
    const expected = name === 'inhibition' ? steps * steps : steps;
    if (values.length !== expected) throw new ShapeError(where, `expected ${expected} ${name}, got ${values.length}`);
    const bad = values.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) throw new ParameterError(where, `expected finite ${name}, got ${values[bad]} at ${bad + 1}`);
  }
  if (!Number.isFinite(offset) || !Number.isFinite(bias)) {
    throw new ParameterError(where, `expected a finite offset and bias, got ${offset} and ${bias}`);
  }
  if (!(range[0] < range[1])) throw new ParameterError(where, `expected a range with low < high, got [${range}]`);
}

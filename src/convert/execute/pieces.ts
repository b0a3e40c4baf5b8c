import { evaluateCode, membraneOf } from '../few-spike/evaluate.ts';
import type { Code, CodeUnit } from '../few-spike/parameters.ts';

/** Inputs between two neighbours of which a code makes the same of every float32: the same spikes and the same value. */
export interface Piece {
  /** The least of its inputs; that of the next piece ends it. */
  readonly from: number;
  /** ŷ, in float32. */
  readonly value: number;
  /** 1 or 0 by plane: per neuron of the code, per step. */
  readonly spikes: Uint32Array;
}

const { fround } = Math;
const float = new Float32Array(1);
const bits = new Int32Array(float.buffer);

/** Numbers the float32 numbers in their order; both zeros are 0. */
function ordinal(x: number): number {
  float[0] = x;
  return bits[0]! < 0 ? -(bits[0]! & 0x7fffffff) : bits[0]!;
}

function fromOrdinal(index: number): number {
  bits[0] = index < 0 ? 0x80000000 | -index : index;
  return float[0]!;
}

/** Inputs from one ordinal to another, both included, and whether a neuron fired in each step so far. */
interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly fired: readonly boolean[];
}

/** Whether the neuron fires next, after what it did before. */
function fires(unit: CodeUnit, fired: readonly boolean[]) {
  const { thresholds, bias, sign, range, strict } = unit;
  const [low, high] = [fround(range[0]), fround(range[1])];
  const before = [...fired.keys()].filter((step) => fired[step]);
  const threshold = fround(thresholds[fired.length]!);
  return (index: number): boolean => {
    const x = fround(sign * Math.min(Math.max(fromOrdinal(index), low), high) + fround(bias));
    const membrane = membraneOf(unit, x, fround);
    for (const step of before) membrane.spike(step);
    const v = membrane.at(fired.length);
    return strict ? v > threshold : v >= threshold;
  };
}

/** Cuts a stretch where the next spike begins or ends. After equal spikes v is monotone in the input: there is one such place. */
function cut({ from, to, fired }: Stretch, unit: CodeUnit): Stretch[] {
  const does = fires(unit, fired);
  const [first, last] = [does(from), does(to)];
  if (first === last) return [{ from, to, fired: [...fired, first] }];
  let [before, after] = [from, to];
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (does(middle) === first) before = middle;
    else after = middle;
  }
  return [
    { from, to: before, fired: [...fired, first] },
    { from: after, to, fired: [...fired, last] },
  ];
}

/**
 * The pieces on which a code is constant, in the order of their inputs, from -∞ on. Float32 arithmetic is monotone, so that they are
 * found exactly.
 *
 * @param most - pieces
 * @returns undefined if there are more
 */
export function piecesOf(code: Code, most: number): readonly Piece[] | undefined {
  let stretches: Stretch[] = [{ from: ordinal(-Infinity), to: ordinal(Infinity), fired: [] }];
  for (const unit of code) {
    stretches = stretches.map((stretch) => ({ ...stretch, fired: [] }));
    for (let t = 0; t < unit.steps; t++) {
      stretches = stretches.flatMap((stretch) => cut(stretch, unit));
      if (stretches.length > most) return undefined;
    }
  }
  return stretches.map(({ from }) => pieceAt(code, fromOrdinal(from)));
}

/** What the code makes of one input, as a piece. NaN is one of its own: no comparison holds. */
export function pieceAt(code: Code, from: number): Piece {
  const { y, spikes } = evaluateCode(code, [from], { arithmetic: 'float32' });
  return { from, value: y[0]!, spikes };
}

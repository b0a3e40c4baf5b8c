import { ParameterError } from '../../base/errors.ts';

/** One of `count` parts that a network is split into. */
export interface Part {
  /** 0 … count - 1. */
  readonly index: number;
  readonly count: number;
}

/** A network that is not split. */
export const WHOLE: Part = { index: 0, count: 1 };

/** The neurons of a population that belong to a part: `first` … `first + size - 1`. */
export interface Slice {
  /** A multiple of {@link SLICE_UNIT}. */
  readonly first: number;
  /** May be 0. */
  readonly size: number;
}

/** Neurons per unit of division: a word of spikes as bits, and a whole number of blocks of random draws. */
export const SLICE_UNIT = 64;

/**
 * A part's share of every population, in the order of the neurons. Units that cannot be shared out evenly go to one part
 * after the other, from population to population, so that many small populations do not all go to the same part.
 */
export function slicesOf(sizes: Readonly<Record<string, number>>, { index, count }: Part): Record<string, Slice> {
  let turn = 0;
  const entries = Object.entries(sizes).map(([name, size]): [string, Slice] => {
    const units = Math.ceil(size / SLICE_UNIT);
    const [each, left] = [Math.floor(units / count), units % count];
    const begin = turn;
    turn = (turn + left) % count;
    /** Units of the parts before part k. */
    const before = (k: number) => {
      let extra = 0;
      for (let j = 0; j < k; j++) if ((j - begin + count) % count < left) extra += 1;
      return each * k + extra;
    };
    const first = Math.min(size, SLICE_UNIT * before(index));
    return [name, { first, size: Math.min(size, SLICE_UNIT * before(index + 1)) - first }];
  });
  return Object.fromEntries(entries);
}

/** @throws ParameterError unless there is a whole number of parts, and a unit of neurons for each */
export function checkParts(populations: Readonly<Record<string, { readonly size: number }>>, count: number): void {
  const units = Object.values(populations).reduce((sum, { size }) => sum + Math.ceil(size / SLICE_UNIT), 0);
  if (Number.isInteger(count) && count >= 1 && count <= Math.max(1, units)) return;
  throw new ParameterError('EventSimulation', `expected 1 to ${Math.max(1, units)} parts, got ${count}`, {
    hint: `populations are divided by ${SLICE_UNIT} neurons`,
    fields: { count, units },
  });
}

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { loadKernels } from '../../kernels/index.ts';
import { ConnectionSlots, type SlotColumns } from './connection-slots.ts';
import { StepDraws } from './step-draws.ts';

const SIGN = (pre: number, post: number) => ((pre * 7 + post * 3) % 2 === 0 ? 1 : -1);

/** Slots in a memory of their own, as the optimiser's vectors hold them. */
function columnsOf(capacity: number): SlotColumns {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const kernels = loadKernels(memory);
  const [weights, gone, signs] = [0, 4 * capacity, 8 * capacity];
  return {
    weights: new Float32Array(memory.buffer, weights, capacity),
    moments: [new Float32Array(capacity)],
    born: new Uint32Array(capacity),
    signs: new Int8Array(memory.buffer, signs, capacity),
    gone: new Uint32Array(memory.buffer, gone, capacity),
    pull: (count, pull, deviation, floor) =>
      kernels.pullWeights(count, weights, signs, gone, gone, pull, deviation, floor),
  };
}

/** What must always hold, and the weights and moments by pair. */
function contents(slots: ConnectionSlots, columns: SlotColumns, post: number): Map<number, readonly number[]> {
  const { rowStart, post: targets } = slots.pattern;
  const found = new Map<number, readonly number[]>();
  let last = -1;
  for (let pre = 0; pre + 1 < rowStart.length; pre++) {
    for (let k = rowStart[pre]!; k < rowStart[pre + 1]!; k++) {
      const pair = pre * post + targets[k]!;
      expect(pair).toBeGreaterThan(last);
      last = pair;
      expect(Math.sign(columns.weights[k]!)).toBe(SIGN(pre, targets[k]!));
      found.set(pair, [columns.weights[k]!, columns.moments[0]![k]!, columns.born![k]!]);
    }
  }
  expect(rowStart.at(-1)).toBe(slots.count);
  return found;
}

it('removes and inserts connections as a map of pairs does, whatever goes and comes', () => {
  const sizes = fc.record({
    pre: fc.integer({ min: 1, max: 9 }),
    post: fc.integer({ min: 1, max: 9 }),
    self: fc.boolean(),
  });
  const seeds = fc.integer({ min: 0, max: 2 ** 31 });
  fc.assert(
    fc.property(sizes, seeds, fc.array(fc.array(fc.nat(80)), { maxLength: 8 }), ({ pre, post, self }, seed, rounds) => {
      fc.pre(self || pre === post);
      const capacity = pre * post;
      const columns = columnsOf(capacity);
      const slots = new ConnectionSlots({ pre, post, self }, capacity, columns, SIGN);
      const draws = new StepDraws(seed, 1);
      let kept = new Map<number, readonly number[]>();
      rounds.forEach((gone, round) => {
        draws.start(round);
        for (const k of gone) if (k < slots.count) columns.weights[k] = 0;
        const survivors = [...kept].filter((_, k) => columns.weights[k] !== 0);
        expect(slots.move(0, 0)).toBe(kept.size - survivors.length);
        slots.release();
        expect(slots.kept).toBe(survivors.length);
        const wanted = Math.min(1 + gone.length, slots.free);
        for (let k = 0; k < wanted; k++) slots.draw(draws);
        slots.merge(round);
        const after = contents(slots, columns, post);
        expect(after.size).toBe(survivors.length + wanted);
        for (const [pair, values] of survivors) expect(after.get(pair)).toEqual(values);
        const fresh = [...after].filter(([pair]) => !survivors.some(([old]) => old === pair));
        for (const [pair, values] of fresh) {
          expect(self || Math.floor(pair / post) !== pair % post).toBe(true);
          expect(values.slice(1)).toEqual([0, round]);
        }
        for (let k = 0; k < slots.count; k++) columns.moments[0]![k] = 1 + k;
        kept = contents(slots, columns, post);
      });
    }),
  );
});

it('draws free pairs uniformly, few taken or many', () => {
  for (const taken of [0, 17, 21] as const) {
    const columns = columnsOf(24);
    const draws = new StepDraws(3, 1);
    const slots = new ConnectionSlots({ pre: 4, post: 6, self: true }, 24, columns, SIGN);
    const counts = new Float64Array(24);
    const rounds = 800;
    draws.start(0);
    for (let k = 0; k < taken; k++) slots.draw(draws);
    slots.merge(0);
    const before = new Set(contents(slots, columns, 6).keys());
    for (let round = 1; round <= rounds; round++) {
      draws.start(round);
      slots.draw(draws);
      slots.merge(round);
      const pairs = [...contents(slots, columns, 6).keys()];
      const at = pairs.findIndex((pair) => !before.has(pair));
      counts[pairs[at]!]! += 1;
      columns.weights[at] = 0;
      slots.move(0, 0);
      slots.release();
      slots.merge(round);
    }
    const free = 24 - taken;
    const expected = rounds / free;
    let chi = 0;
    for (let pair = 0; pair < 24; pair++) if (!before.has(pair)) chi += (counts[pair]! - expected) ** 2 / expected;
    // Chi-squared of 23, 6 and 2 degrees of freedom: the quantiles that correct draws exceed once in 10,000.
    expect(chi).toBeLessThan({ 0: 58.6, 17: 27.9, 21: 18.4 }[taken]!);
  }
});

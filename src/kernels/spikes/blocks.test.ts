import { describe, expect, it } from 'vitest';
import { Layout } from '../layout.ts';
import { loadKernels } from '../load.ts';
import { referenceKernels } from '../reference.ts';
import { gatherBlockScratchBytes, outerScratchBytes } from './scratch.ts';

const memory = new WebAssembly.Memory({ initial: 400 });
const kernels = loadKernels(memory);
const reference = referenceKernels(memory);

/** Bit rows whose density differs from neuron to neuron: one that is dense among ones that are not. */
function bitRows(layout: Layout, rows: number, n: number, density: (row: number, neuron: number) => number) {
  const bits = layout.bits(rows, n, { random: false });
  for (let r = 0; r < rows; r++) {
    for (let i = 0; i < n; i++) {
      if (layout.random.uniform() < density(r, i))
        layout.views.u8[bits.at + r * bits.rowBytes + (i >> 3)]! |= 1 << (i & 7);
    }
  }
  return bits;
}

// Few spikes, tiles of unpacked and of packed rows, sums of four, and all of them in one call.
const DENSITIES: Record<string, (row: number, neuron: number) => number> = {
  few: () => 0.005,
  unpacked: (row) => (row < 4 ? 0.2 : 0.01),
  packed: () => 0.15,
  dense: () => 0.5,
  mixed: (row, neuron) => ((row % 7 === 0) !== (neuron % 5 === 0) ? 0.6 : 0.06),
};

describe.each(Object.entries(DENSITIES))('spikes of many steps at once, %s', (_name, density) => {
  // More rows than are listed at a time, more neurons than a tile has rows, and columns past the last whole tile.
  const [rows, pre, post] = [600, 300, 140];

  it('gatherBlock equals the reference on numbers whose sums are exact', () => {
    const layout = new Layout(memory, 1);
    const bits = bitRows(layout, rows, pre, density);
    const w = layout.floats(pre, post);
    const [got, expected] = [layout.floats(rows, post), layout.floats(rows, post)];
    const scratch = layout.scratch(gatherBlockScratchBytes(rows, pre));
    for (const accumulate of [0, 1]) {
      for (const [target, out] of [
        [kernels, got],
        [reference, expected],
      ] as const) {
        target.gatherBlock(
          ...([rows, pre, bits.at, bits.rowBytes, w.at, w.ld, post, out.at, out.ld, accumulate, scratch] as const),
        );
      }
      expect(difference(floats(layout, got, rows), floats(layout, expected, rows))).toBe(-1);
    }
  });

  it('gatherBlock: a row does not depend on the rows around it', () => {
    const layout = new Layout(memory, 2);
    const bits = bitRows(layout, rows, pre, density);
    const w = layout.reals(pre, post);
    const [whole, alone] = [layout.floats(rows, post), layout.floats(rows, post)];
    const scratch = layout.scratch(gatherBlockScratchBytes(rows, pre));
    const run = (first: number, count: number, out: typeof whole) =>
      kernels.gatherBlock(
        ...([count, pre, bits.at + first * bits.rowBytes, bits.rowBytes, w.at, w.ld, post] as const),
        ...([out.at + 4 * first * out.ld, out.ld, 0, scratch] as const),
      );
    run(0, rows, whole);
    for (let r = 0; r < rows; r++) run(r, 1, alone);
    expect(difference(floats(layout, alone, rows), floats(layout, whole, rows))).toBe(-1);
  });

  it('outerSpikes equals the reference on numbers whose sums are exact', () => {
    const layout = new Layout(memory, 3);
    const [steps, batch] = [30, 20];
    const bits = bitRows(layout, rows, pre, density);
    const g = layout.floats(rows, post);
    const [got, expected] = [layout.floats(pre, post), layout.floats(pre, post)];
    layout.views.f32.copyWithin(expected.at / 4, got.at / 4, got.at / 4 + pre * got.ld);
    const scratch = layout.scratch(outerScratchBytes(rows, pre));
    for (const [target, dw] of [
      [kernels, got],
      [reference, expected],
    ] as const) {
      target.outerSpikes(
        ...([steps, batch, pre, bits.at, bits.rowBytes, g.at, g.ld, post, dw.at, dw.ld, scratch] as const),
      );
    }
    expect(difference(floats(layout, got, pre), floats(layout, expected, pre))).toBe(-1);
  });

  it('outerSpikes of a block equals its steps one by one, the last first, but for neurons that spike often', () => {
    const layout = new Layout(memory, 4);
    const [steps, batch] = [30, 20];
    const bits = bitRows(layout, rows, pre, density);
    const g = layout.reals(rows, post);
    const [block, single] = [layout.floats(pre, post), layout.floats(pre, post)];
    layout.views.f32.copyWithin(single.at / 4, block.at / 4, block.at / 4 + pre * block.ld);
    const scratch = layout.scratch(outerScratchBytes(rows, pre));
    const run = (first: number, count: number, dw: typeof block) =>
      kernels.outerSpikes(
        ...([count, batch, pre, bits.at + first * batch * bits.rowBytes, bits.rowBytes] as const),
        ...([g.at + 4 * first * batch * g.ld, g.ld, post, dw.at, dw.ld, scratch] as const),
      );
    run(0, steps, block);
    for (let s = steps - 1; s >= 0; s--) run(s, 1, single);
    const [got, expected] = [floats(layout, block, pre), floats(layout, single, pre)];
    // Sums in another order: 600 terms of size 1 in float32.
    expect(got.findIndex((x, k) => Math.abs(x - expected[k]!) > 1e-4)).toBe(-1);
    if (density(0, 0) < 0.1 && density(1, 0) < 0.02) expect(difference(got, expected)).toBe(-1);
  });
});

const floats = ({ views }: Layout, { at, ld }: { at: number; ld: number }, rows: number): Float32Array =>
  views.f32.slice(at / 4, at / 4 + rows * ld);

/** Where two arrays differ first, or -1; a whole comparison of such arrays takes seconds. */
const difference = (a: Float32Array, b: Float32Array): number => a.findIndex((x, k) => x !== b[k]);

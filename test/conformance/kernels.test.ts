import { setFlagsFromString } from 'node:v8';
import { afterAll, describe, expect, it } from 'vitest';
import { type Arithmetic, type Kernels, loadKernels, relaxedSimdSupported } from 'volley/kernels';
import { csrScratchBytes } from '../../src/kernels/csr/scratch.ts';
import { Layout } from '../../src/kernels/layout.ts';
import { leakyScratchBytes, stripFloats } from '../../src/kernels/leaky-feedback/strips.ts';
import { referenceKernels } from '../../src/kernels/reference.ts';
import { KERNEL_SPECS, type Shape } from '../../src/kernels/spec.ts';
import { hasSpike } from '../../src/kernels/views.ts';

setFlagsFromString('--experimental-wasm-relaxed-simd');

const shape = (batch: number, pre: number, post: number): Shape => ({ batch, pre, post });

/** Empty, single, odd, both sides of every tile edge (4, 8, 16 and 28 floats, 64-bit words), and more than one block of depth. */
const SHAPES: Record<string, readonly Shape[]> = {
  empty: [shape(0, 0, 0), shape(0, 5, 3), shape(3, 0, 4), shape(2, 3, 0)],
  one: [shape(1, 1, 1), shape(1, 1, 9), shape(9, 1, 1)],
  odd: [shape(3, 5, 7), shape(5, 13, 11), shape(7, 67, 45)],
  edge: [
    shape(4, 4, 4),
    shape(4, 8, 8),
    shape(5, 16, 28),
    shape(5, 63, 31),
    shape(6, 64, 32),
    shape(8, 65, 33),
    shape(12, 128, 100),
  ],
  large: [shape(13, 200, 130), shape(3, 1000, 257), shape(33, 129, 68), shape(150, 37, 21), shape(3, 90, 1301)],
};
const BUILDS: readonly { name: string; arithmetic: Arithmetic; shared: boolean; missing: string | undefined }[] = [
  { name: 'plain', arithmetic: 'deterministic', shared: false, missing: undefined },
  { name: 'plain, shared memory', arithmetic: 'deterministic', shared: true, missing: undefined },
  {
    name: 'relaxed',
    arithmetic: 'fast',
    shared: false,
    missing: relaxedSimdSupported() ? undefined : 'this engine has no relaxed SIMD',
  },
];

const PAGES = 160;
const newMemory = (shared = false) =>
  new WebAssembly.Memory(shared ? { initial: PAGES, maximum: PAGES, shared } : { initial: PAGES });
const names = Object.keys(KERNEL_SPECS) as (keyof Kernels)[];
const matrix = new Map<string, string>();
const specimen = newMemory();
const expectedMemory = newMemory();
const reference = referenceKernels(expectedMemory);

/** Runs kernel and reference on equal memories and returns the first difference, or undefined. */
function difference(name: keyof Kernels, kernels: Kernels, memory: WebAssembly.Memory, sizes: Shape, variant: 0 | 1) {
  const spec = KERNEL_SPECS[name];
  const layout = new Layout(specimen, 1);
  const args = spec.arrange(layout, sizes, variant);
  const before = new Uint8Array(specimen.buffer, 0, layout.end);
  new Uint8Array(memory.buffer).set(before);
  new Uint8Array(expectedMemory.buffer).set(before);
  const call = (target: Kernels) => (target[name] as (...args: number[]) => number | undefined)(...args);
  const got = call(kernels);
  const expected = call(reference);
  const where = `${name} ${JSON.stringify(sizes)} variant ${variant}`;
  if (!close(got ?? 0, expected ?? 0, spec.tolerance)) return `${where}: returned ${got}, expected ${expected}`;
  return firstDifference(layout, memory, spec.tolerance, where);
}

function firstDifference(layout: Layout, memory: WebAssembly.Memory, tolerance: number, where: string) {
  const got = new Uint32Array(memory.buffer);
  const expected = new Uint32Array(expectedMemory.buffer);
  const gotFloats = new Float32Array(memory.buffer);
  const expectedFloats = new Float32Array(expectedMemory.buffer);
  for (let word = 0; word < layout.end / 4; word++) {
    if (got[word] === expected[word]) continue;
    const how = layout.comparison(word);
    if (how === 'free') continue;
    if (how === 'float' && close(gotFloats[word]!, expectedFloats[word]!, tolerance)) continue;
    return `${where}: at ${word * 4} got ${gotFloats[word]}, expected ${expectedFloats[word]} (${how ?? 'bits'})`;
  }
  return undefined;
}

const close = (got: number, expected: number, tolerance: number) =>
  Math.abs(got - expected) <= tolerance * (1 + Math.abs(expected));

describe.each(BUILDS)('kernels, $name build', ({ name: build, arithmetic, shared, missing }) => {
  if (missing) {
    it.skip(`not run: ${missing}`, () => {});
    for (const name of names) matrix.set(`${name} ${build}`, 'not run');
    return;
  }
  const memory = newMemory(shared);
  const kernels = loadKernels(memory, { arithmetic });

  it('exports exactly the kernels of the table', () => {
    expect(Object.keys(kernels).sort()).toEqual([...names].sort());
  });

  it.each(names)('%s equals the reference', (name) => {
    matrix.set(`${name} ${build}`, 'FAILS');
    for (const sizes of Object.values(SHAPES).flat()) {
      for (const variant of [0, 1] as const) {
        expect(difference(name, kernels, memory, sizes, variant)).toBeUndefined();
      }
    }
    matrix.set(`${name} ${build}`, KERNEL_SPECS[name].tolerance === 0 ? 'exact' : `${KERNEL_SPECS[name].tolerance}`);
  });

  it.each(['gemmNN', 'gemmTN', 'gemmNT'] as const)('%s: a row does not depend on the rows around it', (name) => {
    for (const [m, n, k] of [
      [11, 20, 70],
      [7, 13, 129],
      [6, 100, 100],
    ] as const) {
      const layout = new Layout(memory, 3);
      const a = layout.reals(name === 'gemmTN' ? k : m, name === 'gemmTN' ? m : k);
      const b = layout.reals(name === 'gemmNT' ? n : k, name === 'gemmNT' ? k : n);
      const whole = layout.reals(m, n);
      const alone = layout.reals(m, n);
      kernels[name](m, n, k, a.at, a.ld, b.at, b.ld, whole.at, whole.ld, 0);
      for (let i = 0; i < m; i++) {
        const row = a.at + (name === 'gemmTN' ? 4 * i : 4 * a.ld * i);
        kernels[name](1, n, k, row, a.ld, b.at, b.ld, alone.at + 4 * alone.ld * i, alone.ld, 0);
      }
      for (let i = 0; i < m; i++) {
        const bits = (rows: typeof whole) =>
          layout.views.u32.slice(rows.at / 4 + i * rows.ld, rows.at / 4 + i * rows.ld + n);
        expect(bits(alone), `${name} ${m}x${n}x${k} row ${i}`).toEqual(bits(whole));
      }
    }
  });

  it('csrBackward: a row depends neither on the rows around it nor on what else the gate wants', () => {
    const [batch, nPre, nPost] = [31, 150, 90];
    const layout = new Layout(memory, 7);
    const { rowPtr, post, w } = layout.csr(nPre, nPost);
    const { f32 } = layout.views;
    for (let k = 0; k < layout.views.u32[rowPtr / 4 + nPre]!; k++) f32[w / 4 + k] = layout.random.uniform() - 0.5;
    const g = layout.reals(batch, nPost);
    const start = layout.reals(batch, nPre);
    const [alone, gated] = [layout.reals(batch, nPre), layout.reals(batch, nPre)] as const;
    const gate = layout.bits(batch, nPre);
    const scratch = layout.scratch(csrScratchBytes(nPost));
    const run = (rows: number, first: number, dx: typeof g, rowBytes: number) => {
      const at = (x: typeof g) => x.at + 4 * first * x.ld;
      const matrices = [at(g), g.ld, at(dx), dx.ld, 1, nPost] as const;
      kernels.csrBackward(rows, nPre, rowPtr, post, w, ...matrices, gate.at + first * rowBytes, rowBytes, scratch);
    };
    for (const dx of [alone, gated]) f32.copyWithin(dx.at / 4, start.at / 4, start.at / 4 + batch * start.ld);
    for (let b = 0; b < batch; b++) run(1, b, alone, 0);
    run(batch, 0, gated, gate.rowBytes);
    const wanted = [0, 0];
    for (let b = 0; b < batch; b++) {
      for (let i = 0; i < nPre; i++) {
        const open = hasSpike(layout.views, gate.at, gate.rowBytes, b, i);
        wanted[Number(open)]! += 1;
        const value = ({ at, ld }: typeof g) => f32[at / 4 + b * ld + i]!;
        // What is not wanted is left as it was, or right all the same.
        const right = value(gated) === value(alone) || (!open && value(gated) === value(start));
        expect(right, `row ${b}, neuron ${i}`).toBe(true);
      }
    }
    expect(Math.min(...wanted)).toBeGreaterThan(100);
  });

  it('leakyFeedback: a row does not depend on the rows around it', () => {
    const [batch, nPost, nPre] = [7, 300, 61];
    const layout = new Layout(memory, 5);
    const q = layout.reals(batch, nPost);
    const { f32 } = layout.views;
    // Half of the terms, others in every row.
    for (let i = 0; i < batch * q.ld; i++) if (layout.random.uniform() < 0.5) f32[q.at / 4 + i] = 0;
    const strips = layout.reals(1, stripFloats(nPre, nPost));
    const sums = [layout.reals(batch, nPre), layout.reals(batch, nPre)] as const;
    const outs = [layout.reals(batch, nPre), layout.reals(batch, nPre)] as const;
    for (const [whole, alone] of [sums, outs])
      f32.copyWithin(alone.at / 4, whole.at / 4, whole.at / 4 + batch * whole.ld);
    const scratch = layout.scratch(leakyScratchBytes(batch, nPost));
    const run = (rows: number, first: number, h: typeof q, out: typeof q) => {
      const at = (x: typeof q) => x.at + 4 * first * x.ld;
      kernels.leakyFeedback(
        ...([rows, nPost, at(q), q.ld, strips.at, nPre, at(h), h.ld, 0.9, at(out), out.ld, scratch] as const),
      );
    };
    run(batch, 0, sums[0], outs[0]);
    for (let b = batch - 1; b >= 0; b--) run(1, b, sums[1], outs[1]);
    for (const [whole, alone] of [sums, outs]) {
      const bits = ({ at, ld }: typeof q) => layout.views.u32.slice(at / 4, at / 4 + batch * ld);
      expect(bits(alone)).toEqual(bits(whole));
    }
  });
});

afterAll(() => {
  const head = `${'kernel'.padEnd(24)}${BUILDS.map(({ name }) => name.padEnd(22)).join('')}`;
  const rows = names.map(
    (name) => name.padEnd(24) + BUILDS.map((build) => (matrix.get(`${name} ${build.name}`) ?? '').padEnd(22)).join(''),
  );
  console.log(
    [`${Object.values(SHAPES).flat().length} shapes: ${Object.keys(SHAPES).join(', ')}`, head, ...rows].join('\n'),
  );
});

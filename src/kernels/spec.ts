import { csrGradientScratchBytes, csrScratchBytes } from './csr/scratch.ts';
import type { Kernels } from './kernels.ts';
import type { Layout } from './layout.ts';
import { leakyScratchBytes, stripFloats } from './leaky-feedback/strips.ts';
import { gatherBlockScratchBytes, outerScratchBytes } from './spikes/scratch.ts';

/** Sizes of one conformance case; a kernel takes from it what it needs. */
export interface Shape {
  readonly batch: number;
  readonly pre: number;
  readonly post: number;
}

/** How one kernel is tried: its arguments for a shape, and how far it may be from the reference. */
export interface KernelSpec<Name extends keyof Kernels> {
  /** Lays out random arguments; called once per variant (0: overwrite, 1: accumulate). */
  arrange(layout: Layout, shape: Shape, variant: 0 | 1): Parameters<Kernels[Name]>;
  /** Largest allowed |got - expected| / (1 + |expected|). */
  readonly tolerance: number;
  readonly reason: string;
}

const WHOLE = { output: true, exactPads: true } as const;
const EXACT = { tolerance: 0, reason: 'inputs of few bits: every sum is exact in float32, in any order' } as const;
const SAME_OPERATIONS = { tolerance: 0, reason: 'the same float32 operations in the same order' } as const;

/** Every kernel once; a missing one does not compile. */
export const KERNEL_SPECS: { readonly [Name in keyof Kernels]: KernelSpec<Name> } = {
  gemmNN: {
    ...EXACT,
    arrange(layout, { batch: m, pre: k, post: n }, variant) {
      const a = layout.floats(m, k);
      const b = layout.floats(k, n);
      const c = layout.floats(m, n, { output: true });
      return [m, n, k, a.at, a.ld, b.at, b.ld, c.at, c.ld, variant];
    },
  },
  gemmTN: {
    ...EXACT,
    arrange(layout, { batch: k, pre: m, post: n }, variant) {
      const a = layout.floats(k, m);
      const b = layout.floats(k, n);
      const c = layout.floats(m, n, { output: true });
      return [m, n, k, a.at, a.ld, b.at, b.ld, c.at, c.ld, variant];
    },
  },
  gemmNT: {
    ...EXACT,
    arrange(layout, { batch: m, pre: n, post: k }, variant) {
      const a = layout.floats(m, k);
      const b = layout.floats(n, k);
      const c = layout.floats(m, n, WHOLE);
      return [m, n, k, a.at, a.ld, b.at, b.ld, c.at, c.ld, variant];
    },
  },
  gatherRows: {
    ...EXACT,
    arrange(layout, { batch, pre, post }, variant) {
      const bits = layout.bits(batch, pre);
      const w = layout.floats(pre, post);
      const out = layout.floats(batch, post, { output: true });
      const scratch = layout.scratch(4 * pre + 16);
      return [batch, pre, bits.at, bits.rowBytes, w.at, w.ld, post, out.at, out.ld, variant, scratch];
    },
  },
  gatherBlock: {
    ...EXACT,
    arrange(layout, { batch, pre, post }, variant) {
      const bits = layout.bits(batch, pre);
      const w = layout.floats(pre, post);
      const out = layout.floats(batch, post, { output: true });
      const scratch = layout.scratch(gatherBlockScratchBytes(batch, pre));
      return [batch, pre, bits.at, bits.rowBytes, w.at, w.ld, post, out.at, out.ld, variant, scratch];
    },
  },
  outerSpikes: {
    ...EXACT,
    arrange(layout, { batch, pre, post }, variant) {
      const steps = variant ? 3 : 1;
      const bits = layout.bits(steps * batch, pre);
      const g = layout.floats(steps * batch, post);
      const dw = layout.floats(pre, post, { output: true });
      const scratch = layout.scratch(outerScratchBytes(steps * batch, pre));
      return [steps, batch, pre, bits.at, bits.rowBytes, g.at, g.ld, post, dw.at, dw.ld, scratch];
    },
  },
  leakyFeedback: {
    ...EXACT,
    arrange(layout, { batch, pre, post }, variant) {
      const q = variant ? layout.floats(batch, post) : layout.sparse(batch, post);
      const strips = layout.floats(1, stripFloats(pre, post));
      const h = layout.floats(batch, pre, { output: true });
      const out = layout.floats(batch, pre, { output: true });
      const scratch = layout.scratch(leakyScratchBytes(batch, post));
      return [batch, post, q.at, q.ld, strips.at, pre, h.at, h.ld, 0.75, out.at, out.ld, scratch];
    },
  },
  countSpikes: {
    ...EXACT,
    arrange(layout, { batch, pre }) {
      const bits = layout.bits(batch, pre);
      return [batch, pre, bits.at, bits.rowBytes, layout.integers(pre, 0, 9)];
    },
  },
  spikesToFloats: {
    ...EXACT,
    arrange(layout, { batch, pre }) {
      const bits = layout.bits(batch, pre);
      const out = layout.floats(batch, pre, WHOLE);
      return [batch, pre, bits.at, bits.rowBytes, out.at, out.ld];
    },
  },
  floatsToSpikes: {
    ...EXACT,
    arrange(layout, { batch, pre }) {
      const x = layout.binary(batch, pre);
      const bits = layout.bits(batch, pre, { random: false });
      return [batch, pre, x.at, x.ld, bits.at, bits.rowBytes];
    },
  },
  listSpikes: {
    ...EXACT,
    arrange(layout, { batch, pre }, variant) {
      const bits = layout.bits(batch, pre);
      const capacity = variant ? Math.floor((batch * pre) / 4) : batch * pre;
      const offsets = layout.integers(batch + 1, 0, 9);
      return [batch, pre, bits.at, bits.rowBytes, offsets, layout.integers(capacity, 0, 9), capacity];
    },
  },
  csrGatherSpikes: {
    ...EXACT,
    arrange(layout, { batch, pre, post }, variant) {
      const bits = layout.bits(batch, pre);
      const { rowPtr, post: targets, w } = layout.csr(pre, post);
      const out = layout.floats(batch, post, { output: true });
      return [batch, pre, bits.at, bits.rowBytes, rowPtr, targets, w, post, out.at, out.ld, variant];
    },
  },
  csrGatherFloats: {
    ...EXACT,
    arrange(layout, { batch, pre, post }, variant) {
      const x = layout.floats(batch, pre);
      const { rowPtr, post: targets, w } = layout.csr(pre, post);
      const out = layout.floats(batch, post, { output: true });
      return [batch, pre, x.at, x.ld, rowPtr, targets, w, post, out.at, out.ld, variant];
    },
  },
  csrBackward: {
    ...EXACT,
    arrange(layout, { batch, pre, post }, variant) {
      const { rowPtr, post: targets, w } = layout.csr(pre, post);
      const g = layout.floats(batch, post);
      const dx = layout.floats(batch, pre, WHOLE);
      const scratch = layout.scratch(csrScratchBytes(post));
      return [batch, pre, rowPtr, targets, w, g.at, g.ld, dx.at, dx.ld, variant, post, 0, 0, scratch];
    },
  },
  csrGradientSpikes: {
    ...EXACT,
    arrange(layout, { batch, pre, post }, variant) {
      const steps = variant ? 3 : 1;
      const bits = layout.bits(steps * batch, pre);
      const { rowPtr, post: targets, w: dw } = layout.csr(pre, post, WHOLE);
      const g = layout.floats(steps * batch, post);
      const scratch = layout.scratch(csrGradientScratchBytes(steps * batch));
      return [steps, batch, pre, bits.at, bits.rowBytes, rowPtr, targets, g.at, g.ld, dw, scratch];
    },
  },
  csrGradientFloats: {
    ...EXACT,
    arrange(layout, { batch, pre, post }) {
      const x = layout.floats(batch, pre);
      const { rowPtr, post: targets, w: dw } = layout.csr(pre, post, WHOLE);
      const g = layout.floats(batch, post);
      return [batch, pre, x.at, x.ld, rowPtr, targets, g.at, g.ld, dw];
    },
  },
  oneToOneSpikes: {
    ...EXACT,
    arrange(layout, { batch, pre }, variant) {
      const bits = layout.bits(batch, pre);
      const out = layout.floats(batch, pre, { output: true });
      return [batch, pre, bits.at, bits.rowBytes, layout.floats(1, pre).at, out.at, out.ld, variant];
    },
  },
  oneToOneFloats: {
    ...EXACT,
    arrange(layout, { batch, pre }, variant) {
      const x = layout.floats(batch, pre);
      const out = layout.floats(batch, pre, { output: true });
      return [batch, pre, x.at, x.ld, layout.floats(1, pre).at, out.at, out.ld, variant];
    },
  },
  oneToOneBackward: {
    ...EXACT,
    arrange(layout, { batch, pre }, variant) {
      const g = layout.floats(batch, pre);
      const dx = layout.floats(batch, pre, { output: true });
      return [batch, pre, layout.floats(1, pre).at, g.at, g.ld, dx.at, dx.ld, variant];
    },
  },
  oneToOneGradientSpikes: {
    ...EXACT,
    arrange(layout, { batch, pre }) {
      const bits = layout.bits(batch, pre);
      const g = layout.floats(batch, pre);
      return [batch, pre, bits.at, bits.rowBytes, g.at, g.ld, layout.floats(1, pre, WHOLE).at];
    },
  },
  oneToOneGradientFloats: {
    ...EXACT,
    arrange(layout, { batch, pre }) {
      const x = layout.floats(batch, pre);
      const g = layout.floats(batch, pre);
      return [batch, pre, x.at, x.ld, g.at, g.ld, layout.floats(1, pre, WHOLE).at];
    },
  },
  fill: {
    ...EXACT,
    arrange: (layout, { pre }) => [layout.floats(1, pre, WHOLE).at, pre, 1.5],
  },
  addInto: {
    ...EXACT,
    arrange: (layout, { pre }) => [layout.floats(1, pre, WHOLE).at, layout.floats(1, pre).at, pre],
  },
  scale: {
    ...EXACT,
    arrange: (layout, { pre }) => [layout.floats(1, pre, WHOLE).at, pre, -0.75],
  },
  transpose: {
    ...EXACT,
    arrange(layout, { pre, post }) {
      const src = layout.floats(pre, post);
      const dst = layout.floats(post, pre, WHOLE);
      return [pre, post, src.at, src.ld, dst.at, dst.ld];
    },
  },
  zeroDiagonal: {
    ...EXACT,
    arrange(layout, { post }) {
      const w = layout.floats(post, post, WHOLE);
      return [post, w.at, w.ld];
    },
  },
  zeroPad: {
    ...EXACT,
    arrange(layout, { batch, post }) {
      // All columns are results here: padded to 4, of which `columns` stay.
      const w = layout.floats(batch, (post + 3) & ~3, { output: true });
      return [batch, post, w.at, w.ld];
    },
  },
  sumSquares: {
    ...EXACT,
    arrange: (layout, { pre }) => [layout.floats(1, pre).at, pre],
  },
  allFinite: {
    ...EXACT,
    arrange(layout, { pre }, variant) {
      const x = layout.reals(1, pre).at;
      if (variant && pre > 0) layout.views.f32[x / 4 + layout.random.integer(pre)] = pre % 2 ? Number.NaN : -Infinity;
      return [x, pre];
    },
  },
  adamStep: {
    ...SAME_OPERATIONS,
    arrange(layout, { pre }) {
      const w = layout.reals(1, pre, WHOLE).at;
      const g = layout.reals(1, pre).at;
      const m = layout.reals(1, pre, WHOLE).at;
      const v = layout.reals(1, pre, { ...WHOLE, positive: true }).at;
      return [pre, w, g, m, v, 1e-3, 0.9, 0.999, 1e-5, 1e-4];
    },
  },
  sgdStep: {
    ...SAME_OPERATIONS,
    arrange(layout, { pre }) {
      const w = layout.reals(1, pre, WHOLE).at;
      const g = layout.reals(1, pre).at;
      return [pre, w, g, layout.reals(1, pre, WHOLE).at, 0.01, 0.9, 1e-4];
    },
  },
  pullWeights: {
    tolerance: 0,
    reason: 'the same float64 operations in the same order, rounded once',
    arrange(layout, { pre }, variant) {
      const w = layout.reals(1, pre, WHOLE).at;
      const signs = layout.bits(8, pre).at;
      const noise = layout.reals(1, pre).at;
      const gone = layout.integers(pre, 0, 0);
      return [pre, w, signs, noise, gone, 0.3, variant && 0.7, variant && pre % 2 ? 1e-12 : 0];
    },
  },
  philoxUniform: {
    tolerance: 0,
    reason: 'integer arithmetic, then a number exact in float32',
    arrange(layout, { batch, pre }, variant) {
      const out = layout.floats(batch, pre, WHOLE);
      // The second start passes index 2^33, beyond what 32 bits hold.
      return [0x9abcdef1, 0x12345, 77, 4_000_000_000, variant ? 2 ** 24 + 1 : 0, batch, pre, out.at, out.ld];
    },
  },
  philoxNormal: {
    tolerance: 5e-7,
    reason: 'float32 series for log, sin and cos: measured 1.6e-7 over 10^6 draws',
    arrange(layout, { batch, pre }, variant) {
      const out = layout.floats(batch, pre, WHOLE);
      return [5, 0, 2, 9, variant ? 1001 : 0, batch, pre, out.at, out.ld];
    },
  },
  philoxExponential: {
    tolerance: 5e-7,
    reason: 'float32 series for log, in the last place',
    arrange(layout, { batch, pre }, variant) {
      const out = layout.floats(batch, pre, WHOLE);
      return [5, 0, 3, 9, variant ? 1001 : 0, batch, pre, out.at, out.ld];
    },
  },
  softmaxCrossEntropy: {
    tolerance: 5e-7,
    reason: 'float32 exponentials of relative error 2e-7, divided by their sum',
    arrange(layout, { batch, pre }) {
      // A row without classes has no softmax.
      const classes = Math.max(1, pre);
      const logits = layout.reals(batch, classes);
      const labels = layout.integers(batch, -1, classes - 1);
      const out = layout.reals(batch, classes, WHOLE);
      return [batch, classes, logits.at, logits.ld, labels, 0.25, out.at, out.ld];
    },
  },
};

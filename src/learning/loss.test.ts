import { describe, expect, it } from 'vitest';
import { RandomStream } from '../base/random.ts';
import type { DecisionWindows } from '../tensor/index.ts';
import {
  evaluateLoss,
  type Loss,
  type LossBatch,
  lossNormaliser,
  type ReadoutLayout,
  softmaxCrossEntropy,
  squaredError,
} from './loss.ts';

const [STEPS, SIZE, CLASSES, STRIDE] = [9, 3, 5, 8];
const whole: ReadoutLayout = { steps: STEPS, batch: SIZE, classes: CLASSES, stride: STRIDE, rowOffset: 0 };

const random = new RandomStream(1, 2);
const readout = Float64Array.from({ length: STEPS * SIZE * STRIDE }, () => random.normal());

const batch = {
  steps: STEPS,
  size: SIZE,
  decisions: {
    start: Int32Array.of(0, 3, 8),
    length: Int32Array.of(2, 4, 1),
    labels: Int32Array.of(4, -1, 0, 2, 2, 1, -1, 3, -1),
  },
  targets: {
    out: {
      data: Float32Array.from({ length: STEPS * SIZE * CLASSES }, () => random.normal()),
      mask: Uint8Array.from({ length: STEPS * SIZE }, () => random.integer(2)),
    },
  },
} satisfies LossBatch;

/** Largest distance of dE/dy from central differences, relative to the largest derivative. */
function derivativeError(loss: Loss): number {
  const dy = new Float64Array(readout.length).fill(NaN);
  evaluateLoss(loss, batch, readout, whole, dy);
  const largest = Math.max(...dy.map(Math.abs));
  const h = 1e-5;
  let worst = 0;
  for (let k = 0; k < readout.length; k++) {
    const at = (change: number) => {
      const y = readout.slice();
      y[k]! += change;
      return evaluateLoss(loss, batch, y, whole).loss;
    };
    worst = Math.max(worst, Math.abs((at(h) - at(-h)) / (2 * h) - dy[k]!) / largest);
  }
  return worst;
}

describe.each([softmaxCrossEntropy(), squaredError()])('$kind', (loss) => {
  it('has the derivative that central differences show, zero outside classes, windows and mask', () => {
    // Differences with h = 1e-5 err by h² ≈ 1e-10 and by rounding 1e-16 / h = 1e-11, relative to values near 1.
    expect(derivativeError(loss)).toBeLessThan(1e-9);
  });

  it('adds up over parts of the batch', () => {
    const dy = new Float64Array(readout.length);
    const full = evaluateLoss(loss, batch, readout, whole, dy);
    let [sum, correct, decisions] = [0, 0, 0];
    for (const [rowOffset, rows] of [
      [0, 1],
      [1, 2],
    ] as const) {
      const part = { ...whole, batch: rows, rowOffset };
      const pick = (from: Float64Array) =>
        Float64Array.from({ length: STEPS * rows * STRIDE }, (_, k) => {
          const [t, b] = [Math.floor(k / (rows * STRIDE)), Math.floor(k / STRIDE) % rows];
          return from[(t * SIZE + rowOffset + b) * STRIDE + (k % STRIDE)]!;
        });
      const partDy = new Float64Array(STEPS * rows * STRIDE);
      const result = evaluateLoss(loss, batch, pick(readout), part, partDy, lossNormaliser(loss, batch));
      expect(partDy).toEqual(pick(dy)); // bit for bit: a row's derivative does not depend on its neighbours
      sum += result.loss;
      correct += result.correct;
      decisions += result.decisions;
    }
    expect(sum).toBeCloseTo(full.loss, 13); // another order of some fifty additions
    expect([correct, decisions]).toEqual([full.correct, full.decisions]);
  });
});

describe('softmaxCrossEntropy', () => {
  it('is log(classes) and chance for equal outputs', () => {
    const { loss, predictions, correct, decisions } = evaluateLoss(
      softmaxCrossEntropy(),
      batch,
      readout.map(() => 7),
      whole,
    );
    expect(loss).toBeCloseTo(Math.log(CLASSES), 14);
    expect([...predictions]).toEqual([0, -1, 0, 0, 0, 0, -1, 0, -1]);
    expect([correct, decisions]).toEqual([1, 6]);
  });

  it('stands outputs of any size and derivatives sum to zero over classes', () => {
    const dy = new Float64Array(readout.length);
    const { loss } = evaluateLoss(
      softmaxCrossEntropy(),
      batch,
      readout.map((y) => 1e4 * y),
      whole,
      dy,
    );
    expect(Number.isFinite(loss)).toBe(true);
    for (let row = 0; row < STEPS * SIZE; row++) {
      const sum = dy.subarray(row * STRIDE, (row + 1) * STRIDE).reduce((a, b) => a + b, 0);
      expect(Math.abs(sum)).toBeLessThan(1e-15); // roundings of values of at most 1/6
    }
  });

  it('a NaN in the readout gives a NaN loss, not a number', () => {
    const y = readout.slice();
    y[0] = NaN;
    expect(evaluateLoss(softmaxCrossEntropy(), batch, y, whole).loss).toBeNaN();
  });

  it('refuses labels, windows and layouts that do not fit', () => {
    const with_ = (change: Partial<DecisionWindows>) => ({
      ...batch,
      decisions: { ...batch.decisions, ...change },
    });
    const evaluate =
      (b: LossBatch, layout = whole) =>
      () =>
        evaluateLoss(softmaxCrossEntropy(), b, readout, layout);
    expect(evaluate(with_({ labels: new Int32Array(9).fill(5) }))).toThrow('expected labels below 5 (or -1), got 5');
    expect(evaluate(with_({ labels: new Int32Array(8) }))).toThrow('expected 9 labels [window, batch], got 8');
    expect(evaluate(with_({ length: Int32Array.of(2, 4, 2) }))).toThrow(
      'expected decision windows within 9 steps, got 2 from 8',
    );
    const { decisions: _, ...undecided } = batch;
    expect(evaluate(undecided)).toThrow('softmaxCrossEntropy: expected a batch with decisions, got none');
    expect(() => lossNormaliser(softmaxCrossEntropy(), undecided)).toThrow('expected a batch with decisions');
    expect(evaluateLoss(squaredError(), undecided, readout, whole).loss).toBeGreaterThan(0);
    expect(evaluate(batch, { ...whole, rowOffset: 1 })).toThrow('got steps 0 to 8, rows 1 to 3');
    const part = { ...whole, from: 1, steps: 4 };
    expect(evaluate(batch, part)).toThrow("softmaxCrossEntropy({ over: 'steps' })");
  });
});

describe("softmaxCrossEntropy({ over: 'steps' })", () => {
  const stepwise = softmaxCrossEntropy({ over: 'steps' });

  it('is the loss of the mean for windows of one step', () => {
    const single = { ...batch, decisions: { ...batch.decisions, length: new Int32Array(3).fill(1) } };
    const mean = evaluateLoss(softmaxCrossEntropy(), single, readout, whole);
    const steps = evaluateLoss(stepwise, single, readout, whole);
    expect(steps.loss).toBeCloseTo(mean.loss, 12);
    expect({ ...steps, loss: 0 }).toEqual({ ...mean, loss: 0 });
    expect(evaluateLoss(stepwise, batch, readout, whole).loss).not.toBeCloseTo(mean.loss, 6);
  });

  it('adds up over parts, derivatives included', () => {
    const dy = new Float64Array(readout.length);
    const all = evaluateLoss(stepwise, batch, readout, whole, dy);
    const stepFloats = whole.batch * whole.stride;
    let sum = 0;
    for (const [from, steps] of [
      [0, 4],
      [4, 1],
      [5, 4],
    ] as const) {
      const part = readout.slice(from * stepFloats, (from + steps) * stepFloats);
      const own = new Float64Array(part.length);
      sum += evaluateLoss(stepwise, batch, part, { ...whole, from, steps }, own).loss;
      expect(own).toEqual(dy.slice(from * stepFloats, (from + steps) * stepFloats));
    }
    expect(sum).toBeCloseTo(all.loss, 12);
  });
});

describe('squaredError', () => {
  it('refuses a batch without targets or of another shape', () => {
    const evaluate = (b: LossBatch) => () => evaluateLoss(squaredError(), b, readout, whole);
    expect(evaluate({ ...batch, targets: { other: { data: new Float32Array(0) } } })).toThrow(
      'unknown target "out" (known: other)',
    );
    expect(evaluate({ ...batch, targets: { out: { data: new Float32Array(1) } } })).toThrow(
      'expected targets [9, 3, 5]',
    );
  });
});

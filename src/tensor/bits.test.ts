import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ParameterError, ShapeError } from '../base/errors.ts';
import { SpikeTrain, spikeRowBytes } from './bits.ts';

const shapes = fc.tuple(fc.nat(5), fc.nat(4), fc.constantFrom(0, 1, 7, 8, 63, 64, 65, 130));
const dense = shapes.chain((shape) =>
  fc.tuple(
    fc.constant(shape),
    fc.array(fc.nat(1), { minLength: shape[0] * shape[1] * shape[2], maxLength: shape[0] * shape[1] * shape[2] }),
  ),
);

describe('SpikeTrain', () => {
  it('keeps every spike from dense to packed and back, and as events', () => {
    fc.assert(
      fc.property(dense, ([shape, values]) => {
        const train = SpikeTrain.fromDense(values, shape);
        expect([...train.toDense()]).toEqual(values);
        const expected = values.flatMap((value, k) => (value ? [k] : []));
        const { time, batch, neuron } = train.events();
        expect([...time].map((t, k) => (t * shape[1] + batch[k]!) * shape[2] + neuron[k]!)).toEqual(expected);
        expect(train.count()).toBe(expected.length);
        const [from, to] = [Math.floor(shape[0] / 3), Math.ceil((2 * shape[0]) / 3)];
        const within = [...time].filter((t) => from <= t && t < to).length;
        expect(train.count(from, to)).toBe(within);
        const byNeuron = Array.from({ length: shape[2] }, (_, i) => expected.filter((k) => k % shape[2] === i).length);
        expect([...train.countByNeuron()]).toEqual(byNeuron);
      }),
    );
  });

  it('lays neuron i at bit i & 7 of byte i >> 3 in rows of whole 64-bit words', () => {
    const train = new SpikeTrain(2, 2, 70);
    train.set(1, 0, 69);
    expect(train.rowBytes).toBe(16);
    expect(train.data.indexOf(1 << 5)).toBe((1 * 2 + 0) * 16 + 8);
    expect(train.row(1, 0)[8]).toBe(1 << 5);
    expect([0, 1, 64, 65].map(spikeRowBytes)).toEqual([0, 8, 8, 16]);
  });

  it('sets and clears single spikes', () => {
    const train = new SpikeTrain(3, 2, 10);
    train.set(2, 1, 9);
    expect([train.get(2, 1, 9), train.get(2, 0, 9), train.count()]).toEqual([1, 0, 1]);
    train.set(2, 1, 9, 0);
    expect(train.count()).toBe(0);
  });

  it('uses given bits where they lie, at any offset of their buffer', () => {
    const bytes = new Uint8Array(20);
    const train = new SpikeTrain(2, 1, 3, bytes.subarray(3, 19));
    train.set(1, 0, 2);
    expect(bytes[3 + 8]).toBe(4);
    expect([train.count(), [...train.toDense()]]).toEqual([1, [0, 0, 0, 0, 0, 1]]);
  });

  it('refuses indices outside and wrong shapes', () => {
    const train = new SpikeTrain(3, 2, 10);
    expect(() => train.set(3, 0, 0)).toThrow(ParameterError);
    expect(() => train.get(0, 0, 10)).toThrow(
      'SpikeTrain.get: expected whole indices below [3, 2, 10], got [0, 0, 10]',
    );
    expect(() => new SpikeTrain(1, -1, 2)).toThrow(ShapeError);
    expect(() => new SpikeTrain(2, 1, 3, new Uint8Array(8))).toThrow('expected 16 bytes of packed spikes, got 8');
    expect(() => SpikeTrain.fromDense([1, 0], [1, 1, 3])).toThrow('expected 3 values for [1,1,3], got 2');
  });

  it('refuses spikes of neurons that do not exist', () => {
    for (const [size, bit] of [
      [3, 3],
      [3, 63],
      [8, 8],
      [70, 70],
    ] as const) {
      const rows = new SpikeTrain(2, 1, size);
      const data = new Uint8Array(rows.data.length);
      data[rows.rowBytes + (bit >> 3)] = 1 << (bit & 7);
      expect(() => new SpikeTrain(2, 1, size, data), `${size}, ${bit}`).toThrow('expected spare bits of 0');
    }
    const full = SpikeTrain.fromDense(new Uint8Array(2 * 70).fill(1), [2, 1, 70]);
    expect(new SpikeTrain(2, 1, 70, full.data).count()).toBe(140);
  });

  it('refuses indices between the neurons, and steps out of order', () => {
    const train = new SpikeTrain(2, 1, 3);
    expect(() => train.count(2, 1)).toThrow('expected whole steps in order, 0 to 2, got 2 and 1');
    expect(() => train.count(-1)).toThrow(ParameterError);
    expect(() => train.set(0.5, 0, 0)).toThrow(ParameterError);
    expect(() => train.get(0, 0, 1.5)).toThrow(ParameterError);
    expect(() => train.row(0, Number.NaN)).toThrow(ParameterError);
  });
});

import { expect, it } from 'vitest';
import { prune } from './pruning.ts';

it('keeps the largest weights of each layer by magnitude, sorted by the unit they come from', () => {
  // Weights are [post, pre]: two units of three inputs, then one unit of two, then one of one.
  const connections = {
    first: { kind: 'dense', self: true, weights: Float32Array.of(0.1, -0.9, 0.3, 0.8, 0.2, -0.3) },
    second: { kind: 'dense', self: true, weights: Float32Array.of(0.5, -0.6) },
    third: { kind: 'dense', self: true, weights: Float32Array.of(0.25) },
  } as const;
  const [first, second, third] = prune(connections, [3, 2, 1, 1], [3, 1, 0]);
  expect([...first!.pre]).toEqual([0, 1, 2]);
  // Of the equal 0.3 and -0.3, the first is kept.
  expect([...first!.post]).toEqual([1, 0, 0]);
  expect([...first!.weights]).toEqual([...Float32Array.of(0.8, -0.9, 0.3)]);
  expect([[...second!.pre], [...second!.post], [...second!.weights]]).toEqual([[1], [0], [...Float32Array.of(-0.6)]]);
  expect(third!.weights.length).toBe(0);
});

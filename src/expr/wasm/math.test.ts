import { describe, expect, it } from 'vitest';
import { exp, log, sigmoid, tanh } from '../../base/math.ts';
import { ModuleBuilder } from './assembler.ts';
import { type MathName, mathFunction } from './math.ts';

const COUNT = 1 << 16;

/** Applies a function of the module to an array of COUNT floats in place. */
function runner(name: MathName): { data: Float32Array; run: () => void } {
  const pages = (4 * COUNT) / 65536;
  const module = new ModuleBuilder({ shared: false, minPages: pages });
  const index = mathFunction(module, name);
  module.addFunction(
    [],
    [],
    (code) => {
      const at = code.local('i32');
      code.loop().localGet(at).localGet(at).v128Load().call(index).v128Store();
      code.localGet(at).i32Const(16).i32Add().localTee(at);
      code
        .i32Const(4 * COUNT)
        .i32LtU()
        .brIf(0)
        .end();
    },
    'run',
  );
  const memory = new WebAssembly.Memory({ initial: pages });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.toBytes()), { env: { memory } });
  return { data: new Float32Array(memory.buffer), run: exports.run as () => void };
}

/** Distance in units of the last place of the float32 nearest to the truth; subnormal spacing near 0. */
function ulps(actual: number, truth: number): number {
  const exponent = Math.max(-126, Math.floor(Math.log2(Math.abs(truth))));
  return Math.abs(actual - truth) / 2 ** (exponent - 23);
}

function worst(name: MathName, truth: (x: number) => number, point: (i: number) => number): number {
  const { data, run } = runner(name);
  let most = 0;
  for (let block = 0; block < 16; block++) {
    const points = new Float32Array(COUNT);
    for (let i = 0; i < COUNT; i++) points[i] = point((block * COUNT + i + 0.5) / (16 * COUNT));
    data.set(points);
    run();
    for (let i = 0; i < COUNT; i++) most = Math.max(most, ulps(data[i]!, truth(points[i]!)));
  }
  return most;
}

const between = (low: number, high: number) => (u: number) => low + (high - low) * u;

describe('vector functions stay within the stated units in the last place', () => {
  it.each([
    ['exp', 'its range', 1.0, exp, between(-87.3, 88.7)],
    ['exp', 'small numbers', 1.0, exp, between(-1, 1)],
    ['log', 'all magnitudes', 0.9, log, (u: number) => 2 ** between(-126, 127.99)(u)],
    ['log', 'the neighbourhood of 1', 0.9, log, between(0.4, 2.5)],
    ['tanh', 'its range', 1.9, tanh, between(-90, 90)],
    ['tanh', 'small numbers', 1.9, tanh, between(-1.5, 1.5)],
    ['tanh', 'tiny numbers', 1.9, tanh, (u: number) => 2 ** between(-100, 2)(u)],
    ['sigmoid', 'its range', 1.9, sigmoid, between(-90, 90)],
    ['sigmoid', 'small numbers', 1.9, sigmoid, between(-3, 3)],
  ] as const)('%s on %s: %d', (name, _, bound, truth, point) => {
    expect(worst(name, truth, point)).toBeLessThanOrEqual(bound);
  });

  it('keeps special values', () => {
    const evaluate = (name: MathName, points: number[]) => {
      const { data, run } = runner(name);
      data.set(points);
      run();
      return [...data.subarray(0, points.length)];
    };
    expect(evaluate('exp', [0, 1000, -1000, Number.NaN, Infinity, -Infinity])).toEqual([
      1,
      Infinity,
      0,
      NaN,
      Infinity,
      0,
    ]);
    expect(evaluate('log', [1, 0, -1, Number.NaN, Infinity])).toEqual([0, -Infinity, NaN, NaN, Infinity]);
    expect(evaluate('tanh', [0, -0, Infinity, -Infinity, Number.NaN])).toEqual([0, -0, 1, -1, NaN]);
    expect(evaluate('sigmoid', [0, Infinity, -Infinity, Number.NaN])).toEqual([0.5, 1, 0, NaN]);
  });
});

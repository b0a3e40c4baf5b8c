import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../base/random.ts';
import { randomUnit } from '../amos/testing/random-unit.ts';
import { hardSigmoidCode, leakyReluCode, reluCode } from '../few-spike/closed-forms.ts';
import { evaluateCode } from '../few-spike/evaluate.ts';
import type { Code, FewSpikeParameters } from '../few-spike/parameters.ts';
import type { Graph } from '../graph/graph.ts';
import { compactNeuron, isExactBinary } from './compact.ts';
import { runtime } from './testing/networks.ts';
import { expandCode, spikeNames } from './unrolled.ts';

const COUNT = 4001;

/** Inputs around all that happens, and on thresholds themselves. */
function inputs(code: Code): Float32Array {
  const random = new RandomStream(1, 1);
  const edges = code.flatMap(({ thresholds, bias }) => [...thresholds].flatMap((T) => [T - bias, bias - T, T]));
  return Float32Array.from({ length: COUNT }, (_, i) => edges[i] ?? 12 * random.normal());
}

async function run(code: Code, compact: boolean) {
  const gate = { name: 'gate', input: 'x', output: 'y' };
  const { nodes, constants } = expandCode(gate, code, compact ? compactNeuron : undefined);
  const spikes = compact ? [] : spikeNames('gate', code);
  const info = (name: string) => ({ name, shape: ['batch', COUNT] });
  const graph: Graph = {
    ...{ name: 'test', opset: 17, nodes, constants: constants ?? new Map() },
    ...{ inputs: [info('x')], outputs: ['y', ...spikes].map(info) },
  };
  const session = await runtime.load(graph);
  const results = await session.run(new Map([['x', { shape: [1, COUNT], data: inputs(code) }]]));
  await session.release();
  return {
    y: results.get('y')!.data,
    counts: spikes.map((name) => results.get(name)!.data.reduce((a, b) => a + b, 0)),
  };
}

/** Any numbers: thresholds and resets of both signs, an offset, a range. */
function randomNeuron(seed: number, strict: boolean): FewSpikeParameters {
  const random = new RandomStream(seed, 3);
  const numbers = () => Float64Array.from({ length: 6 }, () => 4 * random.normal());
  const [thresholds, resets, weights] = [numbers(), numbers(), numbers()];
  resets[5] = 0;
  const range = [-7.3, 9.1] as const;
  return { steps: 6, thresholds, resets, weights, offset: random.normal(), bias: 0.31, sign: -1, range, strict };
}

describe('a code in standard operators', () => {
  it.each<[string, Code]>([
    ['ReLU', reluCode({ steps: 8, alpha: 7.3, round: true })],
    ['strict ReLU', reluCode({ steps: 5, alpha: 8, strict: true })],
    ['leaky ReLU', leakyReluCode({ steps: 6, alpha: 9, slope: 0.1, round: true })],
    ['hard sigmoid', hardSigmoidCode({ steps: 7 })],
    ['any numbers', [randomNeuron(1, false)]],
    ['a unit of neurons that spike once', [randomUnit(5, 12)]],
    ['two such units', [randomUnit(2, 5, { strict: true }), randomUnit(3, 4, { sign: -1 })]],
    ['any numbers, three neurons', [randomNeuron(2, true), randomNeuron(3, false), randomNeuron(4, false)]],
  ])('has the bits of the reference in float32 and its spikes: %s', async (_, code) => {
    const wanted = evaluateCode(code, inputs(code), { arithmetic: 'float32' });
    const got = await run(code, false);
    expect([...got.y].map((y) => y + 0)).toEqual([...wanted.y].map((y) => y + 0));
    expect(got.counts).toEqual([...wanted.spikes]);
    expect(new Set(wanted.y).size).toBeGreaterThan(7);
  });

  it.each<[string, Code]>([
    ['α = 25, K = 10', reluCode({ steps: 10, alpha: 25, round: true })],
    ['α = 8, K = 4', reluCode({ steps: 4, alpha: 8 })],
    ['α of 15 bits, K = 8', reluCode({ steps: 8, alpha: 0x4001 / 4096, round: true })],
    ['another bias', [{ ...reluCode({ steps: 5, alpha: 8 })[0]!, bias: 0.3 }]],
    ['a pair', leakyReluCode({ steps: 6, alpha: 9, slope: 0.25, round: true })],
    ['an upper end', [{ ...reluCode({ steps: 6, alpha: 8, round: true })[0]!, range: [-Infinity, 6] }]],
    ['an upper end that is not reached', [{ ...reluCode({ steps: 6, alpha: 8 })[0]!, range: [-Infinity, 9] }]],
    ['an upper end between two steps', [{ ...reluCode({ steps: 3, alpha: 8 })[0]!, range: [-Infinity, 4.7] }]],
  ])('has them too in its closed form, %s', async (_, code) => {
    expect(code.every(isExactBinary)).toBe(true);
    const wanted = evaluateCode(code, inputs(code), { arithmetic: 'float32' });
    const got = await run(code, true);
    expect([...got.y].map((y) => y + 0)).toEqual([...wanted.y].map((y) => y + 0));
  });
});

describe('isExactBinary', () => {
  it('holds where α and K have 23 bits together at most', () => {
    const alpha = (bits: number) => (2 ** bits - 1) / 2 ** (bits - 3);
    const holds = (bits: number, steps: number) => reluCode({ steps, alpha: alpha(bits) }).every(isExactBinary);
    expect([holds(15, 8), holds(16, 8), holds(13, 10), holds(14, 10)]).toEqual([true, false, true, false]);
  });

  it('does not hold for other numbers', () => {
    expect(isExactBinary(randomNeuron(1, false))).toBe(false);
    const [neuron] = reluCode({ steps: 4, alpha: 8 }) as [FewSpikeParameters];
    expect(isExactBinary({ ...neuron, strict: true })).toBe(false);
    expect(isExactBinary({ ...neuron, offset: 1 })).toBe(false);
    expect(isExactBinary({ ...neuron, range: [-1, 6] })).toBe(false);
    expect(isExactBinary({ ...neuron, range: [-Infinity, 6], bias: 0.3 })).toBe(false);
    expect(isExactBinary({ ...neuron, resets: neuron.resets.map((h) => h / 2) })).toBe(false);
  });
});

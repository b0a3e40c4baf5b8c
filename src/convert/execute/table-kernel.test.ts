import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../base/random.ts';
import { findUnit } from '../amos/tables.ts';
import { randomUnit } from '../amos/testing/random-unit.ts';
import { hardSigmoidCode, leakyReluCode, reluCode } from '../few-spike/closed-forms.ts';
import { codeFor } from '../few-spike/code-for.ts';
import { compileCode } from '../few-spike/kernel.ts';
import type { Code, FewSpikeParameters } from '../few-spike/parameters.ts';
import { piecesOf } from './pieces.ts';
import { tableKernel } from './table-kernel.ts';

const MOST = 5000;
const bits = new Int32Array(1);
const float = new Float32Array(bits.buffer);

/** Inputs with what is hard: the ends of pieces and their neighbours in float32, zeros, huge numbers, NaN. */
function inputs(code: Code, count: number, seed: number): Float32Array {
  const random = new RandomStream(seed, count);
  const ends = piecesOf(code, MOST)!.map(({ from }) => from);
  const hard = [0, -0, 1e30, -1e30, Infinity, -Infinity, Number.NaN, 1e-40];
  return Float32Array.from({ length: count }, (_, i) => {
    if (i % 11 === 0) return hard[(i / 11) % hard.length]!;
    if (i % 3 === 0) return 6 * random.normal();
    float[0] = ends[random.integer(ends.length)]!;
    if (Number.isFinite(float[0])) bits[0]! += random.integer(3) - 1;
    return float[0];
  });
}

function compare(code: Code, count: number, seed = 3): void {
  const module = tableKernel(code)!;
  const at = 64;
  const tables = at + 64 * Math.ceil((4 * count + 16) / 64);
  const memory = new WebAssembly.Memory({ initial: 1 + Math.ceil((tables + module.tableBytes) / 65536) });
  const values = new Float32Array(memory.buffer, at, count);
  const guard = new Uint8Array(memory.buffer, tables + module.tableBytes, 64).fill(7);
  const data = inputs(code, count, seed);
  const steps = compileCode(code).instantiate(memory);
  const table = module.instantiate(memory, tables);
  values.set(data);
  const wantedCounts = steps.count(at, count);
  const wanted = values.slice();
  // Twice: counts of one run must not reach the next.
  for (let run = 0; run < 2; run++) {
    values.set(data);
    expect(table.count(at, count)).toEqual(wantedCounts);
    expect(values).toEqual(wanted);
  }
  values.set(data);
  table.evaluate(at, count);
  expect(values).toEqual(wanted);
  expect(guard).toEqual(new Uint8Array(64).fill(7));
}

function randomNeuron(seed: number, steps: number): FewSpikeParameters {
  const random = new RandomStream(seed, 3);
  const numbers = () => Float64Array.from({ length: steps }, (_, t) => 4 * 0.7 ** t * random.normal());
  const [thresholds, resets, weights] = [numbers(), numbers(), numbers()];
  resets[steps - 1] = 0;
  const range = seed % 3 === 0 ? ([-Infinity, Infinity] as const) : ([-7.3, 9.1] as const);
  const sign = seed % 2 === 0 ? 1 : -1;
  return {
    steps,
    thresholds,
    resets,
    weights,
    offset: random.normal(),
    bias: 0.31,
    sign,
    range,
    strict: seed % 5 === 0,
  };
}

const statistics = { min: -7, max: 9, mean: 0.3, deviation: 1.5 };
const fitted = (activation: 'silu' | 'sigmoid', steps: number): Code =>
  codeFor(
    activation,
    {},
    { steps, statistics, top: 9, round: true, dyadic: false, strict: false, seed: 1, fit: 'table' },
  );

describe('tableKernel', () => {
  it.each<[string, Code]>([
    ['SiLU', fitted('silu', 16)],
    ['sigmoid', fitted('sigmoid', 12)],
    ['SiLU, a unit of neurons that spike once', [findUnit('silu', 12, 'gaussian')!.parameters]],
    ['such a unit of any numbers', [randomUnit(5, 8)]],
    ['hard sigmoid', hardSigmoidCode({ steps: 7 })],
    ['ReLU whose sums round', reluCode({ steps: 8, alpha: 1.1, round: true })],
    ['leaky ReLU, a pair', leakyReluCode({ steps: 6, alpha: 9.3, slope: 0.1, round: true })],
  ])('gives the bits and counts of the steps: %s', (_, code) => {
    for (const count of [0, 1, 2, 3, 4, 7, 4001]) compare(code, count);
  });

  it('gives them for any numbers for which it is there', () => {
    let there = 0;
    const seeds = fc.record({ seed: fc.integer({ min: 0, max: 1e6 }), steps: fc.integer({ min: 1, max: 6 }) });
    fc.assert(
      fc.property(seeds, ({ seed, steps }) => {
        const code = [randomNeuron(seed, steps)];
        if (!tableKernel(code)) return;
        there += 1;
        compare(code, 403, seed);
      }),
      { numRuns: 100 },
    );
    expect(there).toBeGreaterThan(15);
  });

  it('is not there for too many pieces, too narrow ones, or one alone', () => {
    expect(tableKernel(reluCode({ steps: 11, alpha: 1.1 }))).toBeUndefined();
    const [neuron] = reluCode({ steps: 2, alpha: 1 });
    const narrow = { ...neuron!, thresholds: Float64Array.of(1, 1e-6) };
    expect(tableKernel([narrow, { ...narrow, thresholds: Float64Array.of(1 + 1e-6, 0.5) }])).toBeUndefined();
    expect(tableKernel([{ ...neuron!, range: [-2, -1] }])).toBeUndefined();
  });
});

import { readFileSync } from 'node:fs';
import { type FewSpikeParameters, fewSpike, runAmos, toAmos } from 'volley/convert';
import { describe, expect, it } from 'vitest';

interface GoldenSet {
  readonly id: string;
  readonly K: number;
  readonly range: readonly [number, number];
  readonly T: readonly number[];
  readonly h: readonly number[];
  readonly d: readonly number[];
  readonly offset: number;
  readonly test: readonly (readonly [input: number, output: number, spikes: string])[];
}

const path = new URL('few-spike-sets.json', import.meta.url);
const { sets } = JSON.parse(readFileSync(path, 'utf8')) as { readonly sets: readonly GoldenSet[] };

const parametersOf = ({ K, T, h, d, offset, range }: GoldenSet): FewSpikeParameters => ({
  steps: K,
  thresholds: Float64Array.from(T),
  resets: Float64Array.from(h),
  weights: Float64Array.from(d),
  offset,
  bias: 0,
  sign: 1,
  range,
  strict: false,
});

const INPUTS = 10_000;

describe.each(sets.map((set) => [set.id, set] as const))('few-spike set %s', (_, set) => {
  const parameters = parametersOf(set);

  // @eq stoeckl2021fs (few-spike neuron)
  it('gives the outputs and spikes of the program that made it', () => {
    expect(set.test.length).toBe(10);
    for (const [input, output, spikes] of set.test) {
      const found = fewSpike(parameters, input);
      expect(found.spikes.map(Number).join('')).toBe(spikes);
      // Outputs are printed in float64: sums of at most 17 numbers below 30, in one order or another.
      expect(Math.abs(found.y - output)).toBeLessThan(1e-9);
    }
  });

  // @eq stoeckl2020amos (unit)
  it('is the same function as its AMOS unit, of which every neuron spikes once at most', () => {
    const unit = toAmos(parameters);
    const [low, high] = set.range;
    const inputs = Float64Array.from({ length: INPUTS }, (__, i) => low + ((high - low) * (i + 0.5)) / INPUTS);
    const run = runAmos(unit, inputs);
    for (let i = 0; i < INPUTS; i++) {
      const { y, spikes } = fewSpike(parameters, inputs[i]!);
      const same = spikes.every((z, t) => run.spikes[i * set.K + t] === Number(z));
      if (run.y[i] !== y || !same) expect.fail(`input ${inputs[i]}: ${run.y[i]} against ${y}`);
    }
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../base/random.ts';
import { randomUnit } from '../amos/testing/random-unit.ts';
import type { SparseMatrix } from '../connections/sparse.ts';
import { converted } from '../export/testing/converted.ts';
import { mlp, randomImages, residual, runtime } from '../export/testing/networks.ts';
import { leakyReluCode, reluCode } from '../few-spike/closed-forms.ts';
import type { AmosParameters, Code } from '../few-spike/parameters.ts';
import { rows } from '../images.ts';
import { simulateEvents } from './event-simulation.ts';
import { evaluateValues, type ReferenceLayer, type ReferenceNetwork, referenceNetwork } from './reference.ts';
import { schedule } from './schedule.ts';

/** Multiples of 2^-12 below 16 in magnitude: their products and sums are exact in float64, in any order. */
const grid = (random: RandomStream) => Math.round(random.normal() * 2 ** 12) / 2 ** 12;

function randomMatrix(random: RandomStream, rowCount: number, columns: number): SparseMatrix {
  const columnStart = [0];
  const row: number[] = [];
  const weight: number[] = [];
  for (let j = 0; j < columns; j++) {
    for (let i = 0; i < rowCount; i++) {
      if (random.uniform() < 0.4) continue;
      row.push(i);
      weight.push(grid(random));
    }
    columnStart.push(row.length);
  }
  const arrays = { row: Uint32Array.from(row), weight: Float32Array.from(weight) };
  return { rows: rowCount, columns, columnStart: Uint32Array.from(columnStart), ...arrays };
}

/** A unit with numbers whose sums are exact, too. */
function onGrid(unit: AmosParameters): AmosParameters {
  const round = (list: Float64Array) => list.map((value) => Math.round(value * 2 ** 12) / 2 ** 12);
  const { thresholds, inhibition, weights } = unit;
  const numbers = { thresholds: round(thresholds), inhibition: round(inhibition), weights: round(weights) };
  return { ...unit, ...numbers, offset: 0.5, range: [-4, 4] };
}

function randomCode(random: RandomStream): Code {
  const steps = 1 + random.integer(6);
  const alpha = (1 + random.integer(1000)) / 64;
  const kind = random.integer(4);
  if (kind === 0) return reluCode({ steps, alpha, round: random.integer(2) === 0 });
  if (kind === 1) return leakyReluCode({ steps, alpha, slope: 0.25, strict: true });
  if (kind === 2) return [onGrid(randomUnit(random.integer(1000), steps))];
  const numbers = () => Float64Array.from({ length: steps }, () => grid(random));
  const free = { steps, thresholds: numbers(), resets: numbers(), weights: numbers() };
  return [{ ...free, offset: grid(random), bias: 0, sign: 1, range: [-4, 4], strict: false }];
}

/** Layers that read any of those before them, at unequal depths, with unequal steps. */
function randomNetwork(seed: number): ReferenceNetwork {
  const random = new RandomStream(seed, 9);
  const imageSize = 1 + random.integer(5);
  const count = 2 + random.integer(5);
  const layers: ReferenceLayer[] = [];
  const stepsOf = (code: Code) => Math.max(...code.map(({ steps }) => steps));
  for (let at = 0; at <= count; at++) {
    const size = 1 + random.integer(6);
    const isOutput = at === count;
    const sources = Array.from({ length: at }, (_, k) => k).filter((k) => random.uniform() < 0.4 || k === at - 1);
    if (at === 0 || random.uniform() < 0.2) sources.push(-1);
    const inputs = sources.map((source) => ({
      source,
      matrix: randomMatrix(random, size, source < 0 ? imageSize : layers[source]!.size),
    }));
    const ends = sources.map((k) => (k < 0 ? 0 : layers[k]!.start + stepsOf(layers[k]!.code!)));
    const start = Math.max(...ends);
    const bias = Float64Array.from({ length: size }, () => grid(random));
    layers.push({ name: `${at}`, size, code: isOutput ? undefined : randomCode(random), bias, inputs, start });
  }
  return { layers, imageSize, phaseSteps: Math.max(...layers.map(({ code }) => (code ? stepsOf(code) : 1))) };
}

const randomStream = (seed: number, count: number, size: number) => {
  const random = new RandomStream(seed, 10);
  return Array.from({ length: count }, () => Float64Array.from({ length: size }, () => grid(random)));
};

describe('event-driven execution', () => {
  it('gives the bits of the values on random graphs with skip connections, and equal spike counts', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 30 }), (seed) => {
        const network = randomNetwork(seed);
        const images = randomStream(seed, 3, network.imageSize);
        const wanted = images.map((image) => evaluateValues(network, image));
        expect(simulateEvents(network, images).results).toEqual(wanted);
        expect(simulateEvents(network, images, { buffering: 'single' }).results).toEqual(wanted);
      }),
      // The first seed has a bias of -0 and no input.
      { numRuns: 150, examples: [[466052729]] },
    );
  });

  it('takes a stream of 20 images, one every K steps with two buffers and every 2K with one', async () => {
    const stream = randomImages(5, 20, [2, 8, 8]);
    const network = await converted(residual(3), stream, { steps: 5 });
    const reference = await referenceNetwork(network, runtime);
    const images = Array.from({ length: 20 }, (_, i) => Float64Array.from(rows(stream, i, i + 1).data));
    const sequential = images.map((image) => simulateEvents(reference, [image]).results[0]);
    const { latencySteps, depth, throughput } = schedule(network);
    expect(latencySteps).toBe(depth * 5);
    for (const [buffering, gap] of [
      ['double', 5],
      ['single', 10],
    ] as const) {
      const { results, finishedAt } = simulateEvents(reference, images, { buffering });
      expect(finishedAt).toEqual(images.map((_, i) => latencySteps + i * gap));
      expect(results.map(({ spikes }) => spikes)).toEqual(sequential.map((result) => result!.spikes));
      results.forEach(({ output }, i) => {
        expect(output).toEqual(sequential[i]!.output);
      });
    }
    expect(throughput).toEqual({ singleBuffered: 1 / 10, doubleBuffered: 1 / 5 });
  });

  it('refuses images that follow each other faster than neurons can take them', async () => {
    const stream = randomImages(5, 4, [6]);
    const reference = await referenceNetwork(await converted(mlp(1), stream, { steps: 4 }), runtime);
    const images = Array.from({ length: 4 }, (_, i) => Float64Array.from(rows(stream, i, i + 1).data));
    expect(() => simulateEvents(reference, images, { buffering: 'single', interval: 4 })).toThrow(/silent neurons/);
    expect(() => simulateEvents(reference, images, { interval: 3 })).toThrow(/silent neurons/);
    expect(() => simulateEvents(reference, [new Float64Array(5)])).toThrow('expected an image of 6 numbers, got 5');
  });

  it('reads a coded input one phase later', async () => {
    const stream = randomImages(6, 3, [6]);
    const network = await converted(mlp(1), stream, { steps: 4, input: 'coded' });
    const reference = await referenceNetwork(network, runtime);
    expect(reference.layers).toHaveLength(4);
    const images = Array.from({ length: 3 }, (_, i) => Float64Array.from(rows(stream, i, i + 1).data));
    const { results, finishedAt } = simulateEvents(reference, images);
    expect(finishedAt).toEqual([12, 16, 20]);
    results.forEach(({ output, spikes }, i) => {
      const wanted = evaluateValues(reference, images[i]!);
      expect(spikes).toEqual(wanted.spikes);
      // Sums of generic numbers are in another order.
      output.forEach((value, k) => {
        expect(value).toBeCloseTo(wanted.output[k]!, 12);
      });
    });
  });
});

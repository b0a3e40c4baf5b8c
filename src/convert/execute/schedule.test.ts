import { describe, expect, it } from 'vitest';
import { INPUT } from '../calibrate.ts';
import { converted } from '../export/testing/converted.ts';
import { mlp, randomImages, residual } from '../export/testing/networks.ts';
import { OUTPUT, schedule } from './schedule.ts';

const images = randomImages(1, 4, [2, 8, 8]);

describe('schedule', () => {
  it('has phases of K steps, a delay of one phase along the shortcut, and a latency of depth K', async () => {
    const { gates, delays, depth, latencySteps, throughput } = schedule(
      await converted(residual(1), images, { steps: 8 }),
    );
    expect([...gates.values()].map(({ start, level }) => [start, level])).toEqual([
      [0, 1],
      [8, 2],
      [16, 3],
    ]);
    expect(delays).toEqual([
      { source: 'relu1', target: 'relu2', steps: 0 },
      { source: 'relu2', target: 'relu3', steps: 0 },
      { source: 'relu1', target: 'relu3', steps: 8 },
      { source: 'relu3', target: OUTPUT, steps: 0 },
    ]);
    expect([depth, latencySteps]).toEqual([3, 24]);
    expect(throughput).toEqual({ singleBuffered: 1 / 16, doubleBuffered: 1 / 8 });
  });

  it('starts each gate as soon as its inputs are complete where steps differ', async () => {
    const steps = { relu1: 3, relu2: 5, default: 6 };
    const { gates, delays, latencySteps, phaseSteps } = schedule(await converted(residual(1), images, { steps }));
    expect([...gates.values()].map(({ start }) => start)).toEqual([0, 3, 8]);
    expect(delays.find(({ source, target }) => source === 'relu1' && target === 'relu3')?.steps).toBe(5);
    expect([latencySteps, phaseSteps]).toEqual([14, 6]);
  });

  it('waits for a coded input, and takes an image every step with AMOS units', async () => {
    const stream = randomImages(1, 4, [6]);
    const coded = schedule(await converted(mlp(1), stream, { steps: 4, input: 'coded', inputSteps: 3 }));
    expect(coded.gates.get(INPUT)).toEqual({ start: 0, steps: 3, level: 0 });
    expect([coded.latencySteps, coded.depth]).toEqual([11, 2]);
    const amos = schedule(await converted(mlp(1), stream, { steps: 4, method: 'amos' }));
    expect(amos.latencySteps).toBe(8);
    expect(amos.throughput.doubleBuffered).toBe(1);
  });
});

import { describe, expect, it } from 'vitest';
import { converted } from '../export/testing/converted.ts';
import { mlp, randomImages, runtime } from '../export/testing/networks.ts';
import { rows } from '../images.ts';
import { CollapsedRunner } from './collapsed.ts';
import { DetailRecorder } from './layer-detail.ts';

const images = randomImages(1, 12, [6]);

describe('DetailRecorder', () => {
  it.each([
    ['alone', {}],
    ['under noise', { noise: 0.1 }],
    ['under noise, with a coded input', { noise: 0.1, input: 'coded' }],
  ] as const)('sees the very spikes that the runner counts, %s', async (_, more) => {
    const network = await converted(mlp(2, 0, 'LeakyRelu'), images, { steps: 5, ...more });
    const runner = await CollapsedRunner.create(network, runtime, { batch: 5 });
    const recorder = new DetailRecorder(network, 5);
    const totals = new Map<string, number>();
    for (const first of [0, 5, 10]) {
      const single = new Map<string, number>();
      const { counts } = await runner.run(rows(images, first, Math.min(12, first + 5)), {
        first,
        observer: {
          before: ({ name }, inputs) => {
            const spikes = recorder.inputs(name, inputs, first);
            single.set(
              name,
              spikes.reduce((sum, count) => sum + count, 0),
            );
          },
        },
      });
      for (const [name, count] of single) {
        expect(count).toBe(counts.get(name)!.total);
        totals.set(name, count + (totals.get(name) ?? 0));
      }
      expect(single.size).toBe(2);
    }
    await runner.release();
    for (const [name, { perElement, count, size }] of recorder.layers) {
      expect(perElement.reduce((sum, spikes) => sum + spikes, 0)).toBe(totals.get(name));
      expect(count).toBe(12 * size);
    }
  });
});

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readOnnx } from '../onnx/index.ts';
import { calibrate } from './calibrate.ts';
import { convert } from './convert.ts';
import { evaluate } from './evaluate.ts';
import { randomImages, runtime } from './export/testing/networks.ts';
import { stage } from './graph/index.ts';

const FOLDER = new URL('../../test/golden/onnx/', import.meta.url);
const FILES = readdirSync(FOLDER).filter((name) => name.endsWith('-legacy.onnx'));

describe('networks as PyTorch exports them', () => {
  it.each(FILES)('%s spikes as its activations say, in both modes', async (name) => {
    const staged = stage(readOnnx(readFileSync(new URL(name, FOLDER))));
    const shape = staged.input.shape.slice(1).map(Number);
    const statistics = await calibrate(staged, runtime, randomImages(1, 100, shape));
    const network = convert(staged, statistics, { steps: 8 });
    const images = randomImages(2, 60, shape);
    const collapsed = await evaluate(network, runtime, images);
    const steps = await evaluate(network, runtime, images, undefined, { mode: 'step-by-step' });
    expect(collapsed.layers.length).toBeGreaterThan(0);
    for (const { relativeError, saturatedShare, spikes } of collapsed.layers) {
      expect(spikes).toBeGreaterThan(0);
      // Each code may lose 1 % of the variance, and errors add up over layers.
      expect(relativeError).toBeLessThan(0.02);
      // Small layers saw few numbers in calibration.
      expect(saturatedShare).toBeLessThan(0.05);
    }
    expect(collapsed.agreement).toBeGreaterThanOrEqual(0.95);
    // Potentials that lie within float32 rounding of a threshold are rare.
    expect(Math.abs(steps.spikesPerImage / collapsed.spikesPerImage - 1)).toBeLessThan(1e-3);
    expect(steps.agreement).toBeCloseTo(collapsed.agreement, 1);
  });
});

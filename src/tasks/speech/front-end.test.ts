import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { NumericsError, ParameterError } from '../../base/errors.ts';
import { RandomStream } from '../../base/random.ts';
import { deltas } from './deltas.ts';
import { type SpeechFrontEndOptions, speechFrontEnd } from './front-end.ts';
import { cosineTransform, melFilters } from './mel.ts';

interface Golden {
  readonly sampleRate: number;
  readonly samples: readonly number[];
  readonly shape: readonly [number, number];
  readonly features: readonly number[];
}
const golden = (name: string): Golden =>
  JSON.parse(readFileSync(new URL(`../../../test/golden/speech/${name}.json`, import.meta.url), 'utf8'));

const noise = (count: number): number[] => {
  const random = new RandomStream(5);
  return Array.from({ length: count }, () => 0.1 * random.normal());
};
const SILENCE = 1e-14;

describe('speechFrontEnd', () => {
  it.each(['synthetic-8000', 'synthetic-16000'])('equals python_speech_features on %s', (name) => {
    const { sampleRate, samples, shape, features } = golden(name);
    const { frames, size, data } = speechFrontEnd({ sampleRate }).features(samples.map((sample) => sample / 32768));
    expect([frames, size]).toEqual(shape);
    // Float64 both, so 1e-6 only leaves room for sums in another order; differences of nearly equal cepstra cancel, hence
    // the part that is relative to the largest feature.
    const scale = Math.max(...features.map(Math.abs));
    const wrong = features.findIndex((value, k) => Math.abs(data[k]! - value) > 1e-6 * Math.abs(value) + 1e-12 * scale);
    expect(wrong).toBe(-1);
  });

  it('has the frames that cover the signal', () => {
    const { frames, window, hop, size } = speechFrontEnd({ sampleRate: 16000 });
    expect([window, hop, size]).toEqual([400, 160, 39]);
    expect([1, 400, 401, 560, 561].map(frames)).toEqual([1, 1, 2, 2, 3]);
  });

  it('a gain adds its log to the energy and changes no other coefficient', () => {
    const frontEnd = speechFrontEnd({ sampleRate: 8000 });
    const [soft, loud] = [noise(1000), noise(1000).map((x) => 4 * x)].map((signal) => frontEnd.features(signal).data);
    // A shift of all log energies is orthogonal to the cosines of rows 1 and up; a gain of 4 is exact in float64.
    for (let k = 0; k < soft!.length; k++) {
      expect(loud![k]! - soft![k]!).toBeCloseTo(k % 39 === 0 ? 2 * Math.log(4) : 0, 10);
    }
  });

  it('silence is finite: every energy is the floor', () => {
    const { data } = speechFrontEnd({ sampleRate: 8000 }).features(new Float64Array(400));
    expect(data[0]).toBeCloseTo(Math.log(SILENCE), 12);
    // Constant log energies have no other cepstra; their sum cancels to rounding.
    for (let k = 1; k < 39; k++) expect(Math.abs(data[k]!)).toBeLessThan(1e-11);
  });

  it.each<[Partial<SpeechFrontEndOptions>, string]>([
    [{ sampleRate: 0 }, 'expected sampleRate of at least 1 Hz, got 0'],
    [{ preEmphasis: 1.5 }, 'expected preEmphasis of 0 to 1, got 1.5'],
    [{ cepstra: 27 }, 'expected cepstra to be an integer of 1 to 26, got 27'],
    [{ filters: 0 }, 'expected filters to be an integer of at least 1, got 0'],
    [{ lifter: -1 }, 'expected lifter to be an integer of at least 0, got -1'],
    [{ deltaReach: 0 }, 'expected deltaReach to be an integer of at least 1, got 0'],
    [{ energyFloor: 0 }, 'expected energyFloor'],
    [{ window: 0.1 }, 'expected a window of 2 to 1048576 samples, got 0.1 ms at 8000 Hz'],
    [{ hop: NaN }, 'expected a hop of 1 to 1048576 samples, got NaN ms at 8000 Hz'],
    [{ filters: 100 }, 'expected filters of at least one bin, got 100 filters over 128 bins'],
  ])('refuses %o', (options, message) => {
    expect(() => speechFrontEnd({ sampleRate: 8000, ...options })).toThrow(ParameterError);
    expect(() => speechFrontEnd({ sampleRate: 8000, ...options })).toThrow(message);
  });

  it('refuses signals without samples or with samples that are no numbers', () => {
    const { features } = speechFrontEnd({ sampleRate: 8000 });
    expect(() => features([])).toThrow('expected a signal of at least 1 sample, got none');
    expect(() => features([0, NaN])).toThrow(NumericsError);
    expect(() => features([0, NaN])).toThrow('expected finite samples, got NaN at sample 1');
  });
});

describe('its parts', () => {
  it('the slopes of a line are its slope, those of a constant 0', () => {
    const line = Float64Array.from({ length: 20 }, (_, k) => (k % 2 === 0 ? 3 * (k / 2) + 1 : 7));
    const slopes = deltas(line, 2, 2);
    for (let t = 2; t < 8; t++) expect([slopes[2 * t], slopes[2 * t + 1]]).toEqual([3, 0]);
    // At the first frame the two frames before it equal it: (1 (x1 - x0) + 2 (x2 - x0)) / 10 = (3 + 12) / 10.
    expect(slopes[0]).toBe(1.5);
  });

  it('the cosine transform is orthonormal', () => {
    const matrix = cosineTransform(26, 26);
    for (let a = 0; a < 26; a++) {
      for (let b = 0; b < 26; b++) {
        let product = 0;
        for (let n = 0; n < 26; n++) product += matrix[a * 26 + n]! * matrix[b * 26 + n]!;
        expect(product).toBeCloseTo(a === b ? 1 : 0, 13);
      }
    }
  });

  it('neighbouring triangles add up to one between the first and the last top', () => {
    const filters = melFilters({ count: 26, size: 512, sampleRate: 16000 });
    const energies = new Float64Array(26);
    const sums = Array.from({ length: 257 }, (_, bin) => {
      filters.apply(new Float64Array(257).fill(0).with(bin, 1), energies);
      return energies.reduce((sum, energy) => sum + energy, 0);
    });
    const inside = sums.filter((sum) => Math.abs(sum - 1) < 1e-12);
    expect(inside.length).toBeGreaterThan(220);
    expect(Math.max(...sums)).toBeLessThan(1 + 1e-12);
  });
});

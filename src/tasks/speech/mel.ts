import { ParameterError } from '../../base/errors.ts';
import { cosTurn, exp, log } from '../../base/math.ts';

/** Triangular filters over the bins of a power spectrum. */
export interface MelFilters {
  readonly count: number;
  /** Energy of each filter's band, written into `energies` [count]; `power` is [size / 2 + 1]. */
  apply(power: Float64Array, energies: Float64Array): void;
}

/** Parameters of {@link melFilters}. */
export interface MelFilterOptions {
  readonly count: number;
  /** Length of the Fourier transform behind the spectrum. */
  readonly size: number;
  /** Hz. */
  readonly sampleRate: number;
}

const melOfHertz = (hertz: number): number => (2595 / Math.LN10) * log(1 + hertz / 700);
const hertzOfMel = (mel: number): number => 700 * (exp((mel * Math.LN10) / 2595) - 1);

/**
 * Triangles whose corners are evenly spaced on the mel scale 2595 log10(1 + f / 700 Hz) from 0 to half the sample rate.
 *
 * Corners are rounded down to bins, floor((size + 1) f / rate), as python_speech_features does.
 *
 * @throws ParameterError if the spectrum is too coarse: some filter would hold no bin
 */
export function melFilters({ count, size, sampleRate }: MelFilterOptions): MelFilters {
  const top = melOfHertz(sampleRate / 2);
  const corner = Int32Array.from({ length: count + 2 }, (_, k) =>
    Math.floor(((size + 1) * hertzOfMel((top * k) / (count + 1))) / sampleRate),
  );
  for (let j = 0; j < count; j++) {
    if (corner[j + 1]! > corner[j]! && corner[j + 2]! > corner[j + 1]!) continue;
    throw new ParameterError(
      'melFilters',
      `expected filters of at least one bin, got ${count} filters over ${size / 2} bins`,
      { hint: 'fewer filters or a longer window', fields: { count, size, sampleRate } },
    );
  }
  return {
    count,
    apply(power, energies) {
      for (let j = 0; j < count; j++) energies[j] = triangle(power, corner[j]!, corner[j + 1]!, corner[j + 2]!);
    },
  };
}

function triangle(power: Float64Array, left: number, middle: number, right: number): number {
  let sum = 0;
  for (let k = left; k < middle; k++) sum += (power[k]! * (k - left)) / (middle - left);
  for (let k = middle; k < right; k++) sum += (power[k]! * (right - k)) / (right - middle);
  return sum;
}

/**
 * Rows 0 to `rows` - 1 of the orthonormal cosine transform of type II, [rows, size]:
 * √(2 / size) cos(π k (2n + 1) / (2 size)), row 0 divided by √2.
 */
export function cosineTransform(rows: number, size: number): Float64Array {
  const matrix = new Float64Array(rows * size);
  for (let k = 0; k < rows; k++) {
    const scale = Math.sqrt((k === 0 ? 1 : 2) / size);
    // π k (2n + 1) / (2 size) is k (2n + 1) of 4 size parts of a turn; whole turns are dropped as integers, exactly.
    for (let n = 0; n < size; n++)
      matrix[k * size + n] = scale * cosTurn(((k * (2 * n + 1)) % (4 * size)) / (4 * size));
  }
  return matrix;
}

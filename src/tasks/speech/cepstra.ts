import { cosTurn, log, sinTurn } from '../../base/math.ts';
import { fourierTransform } from './fourier.ts';
import { cosineTransform, melFilters } from './mel.ts';

/** What {@link frameCepstra} depends on; lengths in samples. */
export interface CepstraOptions {
  readonly sampleRate: number;
  readonly window: number;
  readonly filters: number;
  readonly cepstra: number;
  readonly lifter: number;
  readonly energyFloor: number;
}

/** Writes the cepstra of one frame at `at` of `out`; samples beyond the signal count as 0. */
export type FrameCepstra = (signal: Float64Array, first: number, out: Float64Array, at: number) => void;

/**
 * Mel-frequency cepstra of single frames: Hamming window, power spectrum |X|² / size, mel filters, log, orthonormal cosine
 * transform, lifter 1 + L/2 sin(π n / L). Coefficient 0 is replaced by the log of the frame's energy, the sum of its power
 * spectrum. Energies below the floor are raised to it before the log.
 */
export function frameCepstra({ sampleRate, window, filters, cepstra, ...rest }: CepstraOptions): FrameCepstra {
  const size = 1 << (32 - Math.clz32(window - 1));
  const transform = fourierTransform(size);
  const mel = melFilters({ count: filters, size, sampleRate });
  const cosines = cosineTransform(cepstra, filters);
  const taper = hamming(window);
  const lift = lifterOf(cepstra, rest.lifter);
  const [re, im] = [new Float64Array(size), new Float64Array(size)];
  const power = new Float64Array(size / 2 + 1);
  const bands = new Float64Array(filters);
  return (signal, first, out, at) => {
    for (let n = 0; n < size; n++) re[n] = n < window ? (signal[first + n] ?? 0) * taper[n]! : 0;
    im.fill(0);
    transform(re, im);
    const energy = spectrum(re, im, power);
    mel.apply(power, bands);
    for (let j = 0; j < filters; j++) bands[j] = log(Math.max(bands[j]!, rest.energyFloor));
    out[at] = log(Math.max(energy, rest.energyFloor));
    for (let k = 1; k < cepstra; k++) {
      let sum = 0;
      for (let j = 0; j < filters; j++) sum += cosines[k * filters + j]! * bands[j]!;
      out[at + k] = lift[k]! * sum;
    }
  };
}

/** The symmetric Hamming window, 0.54 - 0.46 cos(2π n / (size - 1)). */
function hamming(size: number): Float64Array {
  return Float64Array.from({ length: size }, (_, n) => 0.54 - 0.46 * (n === size - 1 ? 1 : cosTurn(n / (size - 1))));
}

function lifterOf(count: number, lifter: number): Float64Array {
  return Float64Array.from({ length: count }, (_, n) =>
    lifter === 0 ? 1 : 1 + (lifter / 2) * sinTurn((n % (2 * lifter)) / (2 * lifter)),
  );
}

/** Power per bin into `power`; returns its sum. */
function spectrum(re: Float64Array, im: Float64Array, power: Float64Array): number {
  let energy = 0;
  for (let k = 0; k < power.length; k++) {
    power[k] = (re[k]! * re[k]! + im[k]! * im[k]!) / re.length;
    energy += power[k]!;
  }
  return energy;
}

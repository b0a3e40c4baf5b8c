import { exp, log } from '../../base/math.ts';
import type { RandomStream } from '../../base/random.ts';

/**
 * A draw from the gamma distribution, by rejection; a shape below 1 is raised to one above it and scaled back.
 *
 * @param shape - above 0
 * @eq marsaglia2000gamma (gamma variables)
 */
export function drawGamma(shape: number, scale: number, random: RandomStream): number {
  if (shape < 1) return drawGamma(shape + 1, scale, random) * exp(log(random.uniform()) / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = random.normal();
    const v = (1 + c * x) ** 3;
    if (v > 0 && log(random.uniform()) < (x * x) / 2 + d - d * v + d * log(v)) return d * v * scale;
  }
}

/** How rates of input neurons are drawn: most near the background, few high. */
export interface RatePatternOptions {
  /** Rate without a pattern, and least rate in one, Hz; default 2. */
  readonly background?: number;
  /** Largest rate, and scale of rates, Hz; default 60. */
  readonly most?: number;
}

/** Rates of `size` input neurons, Hz: gamma distributed with shape 0.2 and scale 0.8 times `most`, within bounds. */
export function ratePattern(
  size: number,
  random: RandomStream,
  { background = 2, most = 60 }: RatePatternOptions = {},
): Float64Array {
  return Float64Array.from({ length: size }, () =>
    Math.min(Math.max(most * drawGamma(0.2, 0.8, random), background), most),
  );
}

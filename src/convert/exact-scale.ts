/** Bits of the significand of a float32. */
const PRECISION = 24;
/** More bits than these change a scale by less than calibration knows it. */
const ENOUGH = 12;
/** With more steps than these a scale of few bits would be coarse. */
const MOST_STEPS = 16;

/**
 * The scale of a code in binary, rounded up by at most 2^-7, for 12 steps or fewer by 2^-11, to so few significant bits that
 * every sum of its halvings is exact in float32. Values and spikes then do not depend on the order of summation.
 *
 * @param alpha - positive
 * @param steps - K; beyond 16 the scale stays as it is
 */
export function exactScale(alpha: number, steps: number): number {
  if (steps > MOST_STEPS) return alpha;
  const bits = Math.min(ENOUGH, PRECISION - steps);
  const unit = 2 ** (Math.floor(Math.log2(alpha)) - bits + 1);
  return Math.ceil(alpha / unit) * unit;
}

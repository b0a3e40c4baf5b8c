const float = new Float32Array(1);
const bits = new Int32Array(float.buffer);

/** The float32 next to a finite float32 `value`, upwards (1) or downwards (-1). */
function neighbour(value: number, direction: 1 | -1): number {
  float[0] = value;
  // Patterns of one sign are ordered by magnitude; beside 0 lies the smallest subnormal of either sign.
  if (value === 0) bits[0] = direction === 1 ? 1 : 0x80000001 | 0;
  else bits[0]! += value > 0 ? direction : -direction;
  return float[0]!;
}

/**
 * The float32 within [min, max] that is nearest to a value: rounding never leaves the range, as it does when a bound is
 * no float32. NaN stays NaN.
 */
export function float32Within(value: number, min: number, max: number): number {
  const nearest = Math.fround(Math.min(Math.max(value, min), max));
  if (nearest < min) return neighbour(nearest, 1);
  if (nearest > max) return neighbour(nearest, -1);
  return nearest;
}

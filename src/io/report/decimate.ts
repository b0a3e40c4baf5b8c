/** A point of a line. */
export type Point = readonly [x: number, y: number];

/**
 * Thins a line for drawing: keeps the lowest and the highest point of each of `buckets` runs of points, and both ends, so
 * that no peak is lost.
 *
 * @param points - in order of x
 * @returns at most 2 `buckets` + 2 points, in the same order
 */
export function decimate(points: readonly Point[], buckets: number): readonly Point[] {
  if (points.length <= 2 * buckets + 2) return points;
  const kept: Point[] = [points[0]!];
  for (let bucket = 0; bucket < buckets; bucket++) {
    const from = 1 + Math.floor((bucket * (points.length - 2)) / buckets);
    const to = 1 + Math.floor(((bucket + 1) * (points.length - 2)) / buckets);
    let [low, high] = [from, from];
    for (let i = from + 1; i < to; i++) {
      if (points[i]![1] < points[low]![1]) low = i;
      if (points[i]![1] > points[high]![1]) high = i;
    }
    kept.push(points[Math.min(low, high)]!);
    if (low !== high) kept.push(points[Math.max(low, high)]!);
  }
  kept.push(points[points.length - 1]!);
  return kept;
}

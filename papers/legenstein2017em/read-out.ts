import type { Presentation } from 'volley';

/** Spikes of a test, in order of time. */
export interface Spikes {
  readonly time: ArrayLike<number>;
  readonly neuron: ArrayLike<number>;
}

/** What was shown while they were recorded. */
export interface Shown {
  readonly steps: number;
  readonly patterns: number;
  readonly presentations: readonly Presentation[];
  /** Length of a presentation's window in steps: its duration, and what spikes lag behind. */
  readonly window: number;
}

/** How well groups of neurons report patterns; means over patterns, in which a pattern without a group counts 0. */
export interface Scores {
  /** Neurons that spike in the windows of one pattern and of no other. */
  readonly specialised: number;
  /** Patterns that have such neurons. */
  readonly covered: number;
  readonly smallestGroup: number;
  readonly largestGroup: number;
  /** Share of a group's spikes in windows of its pattern. */
  readonly precision: number;
  /** Share of a pattern's presentations in whose window its group spikes. */
  readonly recall: number;
  readonly f1: number;
}

/** Pattern of each neuron's group, or -1. */
export type Groups = Int32Array;

/** Thresholds of a neuron's best and second-best precision. */
const BEST = 0.8;
const SECOND = 0.7;

/** One byte per step and pattern, [pattern, step]: is it in a window of the pattern? */
function windows({ steps, patterns, presentations, window }: Shown): Uint8Array {
  const inside = new Uint8Array(patterns * steps);
  for (const { pattern, onset } of presentations) {
    const row = pattern * steps;
    inside.fill(1, row + onset, row + Math.min(steps, onset + window));
  }
  return inside;
}

/** The neurons that stand for one pattern: at least two spikes, most of them in its windows, fewer in any other's. */
export function specialise(spikes: Spikes, neurons: number, shown: Shown): Groups {
  const { steps, patterns } = shown;
  const inside = windows(shown);
  const total = new Uint32Array(neurons);
  const hits = new Uint32Array(neurons * patterns);
  for (let k = 0; k < spikes.time.length; k++) {
    const neuron = spikes.neuron[k]!;
    total[neuron]! += 1;
    for (let p = 0; p < patterns; p++) hits[neuron * patterns + p]! += inside[p * steps + spikes.time[k]!]!;
  }
  return Int32Array.from(total, (count, neuron) => {
    const own = hits.subarray(neuron * patterns, (neuron + 1) * patterns);
    const [first, second] = [...own].sort((a, b) => b - a);
    return count >= 2 && first! > BEST * count && (second ?? 0) < SECOND * count ? own.indexOf(first!) : -1;
  });
}

/** Scores of the groups. */
export function score(groups: Groups, spikes: Spikes, shown: Shown): Scores {
  const { patterns } = shown;
  const sizes = new Uint32Array(patterns);
  for (const group of groups) if (group >= 0) sizes[group]! += 1;
  const sums = { precision: 0, recall: 0, f1: 0 };
  for (let p = 0; p < patterns; p++) {
    const { precision, recall } = report(p, groups, spikes, shown);
    sums.precision += precision / patterns;
    sums.recall += recall / patterns;
    if (precision + recall > 0) sums.f1 += (2 * precision * recall) / (precision + recall) / patterns;
  }
  return {
    specialised: sizes.reduce((sum, size) => sum + size, 0),
    covered: sizes.filter((size) => size > 0).length,
    smallestGroup: Math.min(...sizes),
    largestGroup: Math.max(...sizes),
    ...sums,
  };
}

/** Precision and recall of one group. Presentations that the test cuts off are not asked for. */
function report(pattern: number, groups: Groups, { time, neuron }: Spikes, shown: Shown) {
  const { steps, presentations, window } = shown;
  const when = Uint32Array.from(time).filter((_, k) => groups[neuron[k]!] === pattern);
  const spikesAt = new Uint32Array(steps + 1);
  for (const t of when) spikesAt[t + 1]! += 1;
  for (let t = 0; t < steps; t++) spikesAt[t + 1]! += spikesAt[t]!;
  let [inside, from, seen, asked] = [0, 0, 0, 0];
  for (const { pattern: own, onset } of presentations) {
    if (own !== pattern) continue;
    const to = Math.min(steps, onset + window);
    // Windows of two presentations in a row overlap: no spike counts twice.
    inside += spikesAt[to]! - spikesAt[Math.max(onset, from)]!;
    from = to;
    if (onset + window > steps) continue;
    asked += 1;
    if (spikesAt[to]! > spikesAt[onset]!) seen += 1;
  }
  return { precision: when.length > 0 ? inside / when.length : 0, recall: asked > 0 ? seen / asked : 0 };
}

/** Mean weight of each group from every pixel, [pattern, pixel]; 0 for a pattern without a group. */
export function groupImages(groups: Groups, images: Float32Array, pixels: number, patterns: number): number[][] {
  return Array.from({ length: patterns }, (_, pattern) => {
    const members = [...groups.keys()].filter((neuron) => groups[neuron] === pattern);
    return Array.from({ length: pixels }, (_, pixel) => {
      const sum = members.reduce((total, neuron) => total + images[neuron * pixels + pixel]!, 0);
      return members.length > 0 ? sum / members.length : 0;
    });
  });
}

/** How group images resemble their patterns: mean correlation, and mean weights from pixels in and outside of the pattern. */
export function resemblance(images: readonly (readonly number[])[], patterns: readonly ArrayLike<number>[]) {
  const covered = [...images.keys()].filter((p) => images[p]!.some((weight) => weight > 0));
  const mean = (values: readonly number[]) =>
    values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  const on = (p: number, wanted: number) => images[p]!.filter((_, pixel) => patterns[p]![pixel] === wanted);
  return {
    correlation: mean(covered.map((p) => correlation(images[p]!, patterns[p]!))),
    onBar: mean(covered.flatMap((p) => on(p, 1))),
    offBar: mean(covered.flatMap((p) => on(p, 0))),
  };
}

function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const n = a.length;
  let [meanA, meanB] = [0, 0];
  for (let k = 0; k < n; k++) {
    meanA += a[k]! / n;
    meanB += b[k]! / n;
  }
  let [ab, aa, bb] = [0, 0, 0];
  for (let k = 0; k < n; k++) {
    const [da, db] = [a[k]! - meanA, b[k]! - meanB];
    ab += da * db;
    aa += da * da;
    bb += db * db;
  }
  return aa > 0 && bb > 0 ? ab / Math.sqrt(aa * bb) : 0;
}

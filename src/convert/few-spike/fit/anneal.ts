import { exp } from '../../../base/math.ts';
import type { RandomStream } from '../../../base/random.ts';
import type { Candidate } from './candidate.ts';

/** Thresholds and resets with the loss that the best output weights leave. */
export interface Found {
  readonly thresholds: Float64Array;
  readonly resets: Float64Array;
  readonly loss: number;
}

/** What a search is given. */
export interface AnnealOptions {
  /** Bound of |T| and |h|. */
  readonly bound: number;
  /** Loss per mean spike. */
  readonly penalty: number;
  /** Number of candidates to try. */
  readonly evaluations: number;
  /** First temperature, relative to the loss at the start. */
  readonly temperature: number;
}

/** Falls by this factor over the search. */
const COOLING = 1e-5;

/** The last step's reset has no effect: of 2K numbers it is the last, and is never drawn. */
const entries = (candidate: Candidate): number => 2 * candidate.steps - 1;

/** Changes one to three numbers by steps of all sizes; returns the first step changed. */
function perturb(candidate: Candidate, bound: number, random: RandomStream): number {
  const { thresholds, resets, steps } = candidate;
  const draw = () => bound * 10 ** (-4.3 + 3.8 * random.uniform()) * random.normal();
  const limit = (x: number) => Math.min(Math.max(x, -bound), bound);
  let first = steps;
  const changes = 1 + random.integer(3);
  const together = random.uniform() < 0.2;
  for (let change = 0; change < changes; change++) {
    const entry = random.integer(entries(candidate));
    const step = entry % steps;
    const list = entry < steps ? thresholds : resets;
    const size = draw();
    list[step] = limit(list[step]! + size);
    if (together && step < steps - 1) {
      const other = entry < steps ? resets : thresholds;
      other[step] = limit(other[step]! + size);
    }
    first = Math.min(first, step);
  }
  return first;
}

/**
 * Simulated annealing over thresholds and resets, from those of `candidate`.
 *
 * @returns the best that was seen
 */
export function anneal(candidate: Candidate, options: AnnealOptions, random: RandomStream): Found {
  const { bound, penalty, evaluations } = options;
  const { thresholds, resets } = candidate;
  const kept = { thresholds: thresholds.slice(), resets: resets.slice() };
  let loss = candidate.evaluate(0, penalty);
  const best = { thresholds: thresholds.slice(), resets: resets.slice(), loss };
  const start = options.temperature * (Number.isFinite(loss) ? loss : 1);
  const cooling = COOLING ** (1 / evaluations);
  let temperature = start;
  let stale = candidate.steps;
  for (let n = 0; n < evaluations; n++, temperature *= cooling) {
    const first = perturb(candidate, bound, random);
    const next = candidate.evaluate(Math.min(first, stale), penalty);
    if (next <= loss || random.uniform() < exp((loss - next) / temperature)) {
      loss = next;
      stale = candidate.steps;
      kept.thresholds.set(thresholds);
      kept.resets.set(resets);
      if (loss < best.loss) {
        best.thresholds.set(thresholds);
        best.resets.set(resets);
        best.loss = loss;
      }
    } else {
      thresholds.set(kept.thresholds);
      resets.set(kept.resets);
      stale = first;
    }
  }
  return best;
}

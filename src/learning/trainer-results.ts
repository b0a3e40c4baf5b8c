import { firingRateTerm, type Regulariser } from './regularisers.ts';
import type { ShardForward } from './shard.ts';

/** What one batch gave. */
export interface BatchResult {
  /** Task loss, without regularisation. */
  readonly loss: number;
  /** Fraction of labelled decisions that were wrong; NaN for a loss without classes. */
  readonly error: number;
  /** Predicted class per (window, row), [windows, batch]. */
  readonly predictions: Int32Array;
  /** Mean firing rate of each spiking population, in Hz. */
  readonly rates: Readonly<Record<string, number>>;
}

/** What one training step gave. */
export interface StepResult extends BatchResult {
  /** Number of this step, from 1. */
  readonly iteration: number;
  readonly regularisation: number;
  /** Norm of the whole gradient before clipping. */
  readonly gradientNorm: number;
  readonly learningRate: number;
  /** Connections that rewiring activated. */
  readonly activated: number;
}

/** Puts together what the shards of a batch report. */
export function summary(
  forward: readonly ShardForward[],
  { batch, steps, dt = 1 }: { batch: number; steps: number; dt?: number },
): BatchResult {
  const decisions = forward.reduce((sum, shard) => sum + shard.decisions, 0);
  const correct = forward.reduce((sum, shard) => sum + shard.correct, 0);
  const rates = Object.keys(forward[0]!.spikeCounts).map((name) => {
    const counts = sumCounts(forward, name);
    const total = counts.reduce((sum, count) => sum + count, 0);
    return [name, (1000 * total) / (counts.length * batch * steps * dt)] as const;
  });
  return {
    loss: forward.reduce((sum, shard) => sum + shard.loss, 0),
    error: decisions > 0 ? 1 - correct / decisions : Number.NaN,
    predictions: joinRows(
      forward.map((shard) => shard.predictions),
      batch / forward.length,
    ),
    rates: Object.fromEntries(rates),
  };
}

/**
 * The regularisers' loss, and their derivative for each spike of a neuron, by population.
 *
 * @param forward - of all shards, whose spikes are counted together
 */
export function regularise(
  forward: readonly Pick<ShardForward, 'spikeCounts'>[],
  options: { batch: number; steps: number; dt?: number; regularisers?: readonly Regulariser[] },
): { regularisation: number; constants: Record<string, Float64Array> } {
  const { batch, steps, dt = 1, regularisers = [] } = options;
  const constants = new Map<string, Float64Array>();
  let regularisation = 0;
  for (const { population, target, strength } of regularisers) {
    const term = firingRateTerm(sumCounts(forward, population), { steps, batch, dt, target, strength });
    regularisation += term.loss;
    const before = constants.get(population);
    constants.set(population, before ? term.gradient.map((value, n) => value + before[n]!) : term.gradient);
  }
  return { regularisation, constants: Object.fromEntries(constants) };
}

/** Spikes of each neuron of a population over the whole batch, [N]. */
function sumCounts(forward: readonly Pick<ShardForward, 'spikeCounts'>[], population: string): Float64Array {
  const sum = new Float64Array(forward[0]!.spikeCounts[population]!.length);
  for (const { spikeCounts } of forward) {
    spikeCounts[population]!.forEach((count, n) => {
      sum[n]! += count;
    });
  }
  return sum;
}

/** Joins the [windows, rows] arrays of all shards to [windows, batch]. */
function joinRows(parts: readonly Int32Array[], rows: number): Int32Array {
  const windows = parts[0]!.length / rows;
  const joined = new Int32Array(windows * rows * parts.length);
  parts.forEach((part, s) => {
    for (let w = 0; w < windows; w++) {
      joined.set(part.subarray(w * rows, (w + 1) * rows), (w * parts.length + s) * rows);
    }
  });
  return joined;
}

import { ParameterError, ShapeError } from '../base/errors.ts';
import { log } from '../base/math.ts';
import type { RandomStream } from '../base/random.ts';
import type { SpikeTrain } from '../tensor/bits.ts';

/** Steps and neurons of one batch element. */
export interface Block {
  readonly batch: number;
  /** First step, counted from 0. */
  readonly start: number;
  /** Number of steps. */
  readonly steps: number;
  /** First neuron. */
  readonly first: number;
  /** Number of neurons. */
  readonly count: number;
}

/** Uniform draws have 23 bits: an event rarer than this cannot be drawn. */
const RAREST = 2 ** -23;

/**
 * Probability of a spike in one step at a rate.
 *
 * @param rate - Hz
 * @param dt - ms
 * @throws ParameterError unless 0 <= rate * dt <= 1000
 */
export function spikeProbability(rate: number, dt: number): number {
  const probability = (rate * dt) / 1000;
  if (probability >= 0 && probability <= 1) return probability;
  throw new ParameterError(
    'spikeProbability',
    `expected a rate of 0 to ${1000 / dt} Hz at dt = ${dt} ms, got ${rate} Hz`,
    {
      fields: { rate, dt },
    },
  );
}

/**
 * Adds independent spikes of equal probability to a block of a spike train (Bernoulli per step and neuron).
 *
 * Draws the distance to the next spike, which is geometric, so the cost is one draw per spike and not per step and
 * neuron. A probability below 2^-23 counts as 0.
 *
 * @param probability - of a spike per step and neuron, 0 to 1
 * @throws ShapeError if the block does not lie in the train
 */
export function addBernoulliSpikes(train: SpikeTrain, block: Block, probability: number, random: RandomStream): void {
  checkBlock(train, block);
  if (!(probability >= 0 && probability <= 1)) {
    throw new ParameterError('addBernoulliSpikes', `expected a probability of 0 to 1, got ${probability}`);
  }
  if (probability < RAREST) return;
  const { batch, start, steps, first, count } = block;
  const perLog = probability === 1 ? 0 : 1 / log(1 - probability);
  const total = steps * count;
  const stride = train.batch * train.rowBytes;
  const base = train.offset(start, batch);
  for (let k = nextGap(random, perLog); k < total; k += 1 + nextGap(random, perLog)) {
    const step = Math.floor(k / count);
    const neuron = first + k - step * count;
    const at = base + step * stride + (neuron >> 3);
    train.data[at] = train.data[at]! | (1 << (neuron & 7));
  }
}

/** Failures before the next success, geometric: floor(ln u / ln(1 - p)). */
const nextGap = (random: RandomStream, perLog: number): number => Math.floor(log(random.uniform()) * perLog);

/** Poisson groups: equal groups of neurons, each of which fires at `rate` while its symbol is on and is silent else. */
export interface PoissonGroups {
  /** Steps for which a symbol stays on or off. */
  readonly symbolSteps: number;
  /** Hz, while on. */
  readonly rate: number;
  /** ms. */
  readonly dt: number;
}

/**
 * Adds the spikes of Poisson groups to one batch element; group g owns neurons g * size / groups and on.
 *
 * @param active - 1 where a group is on, [symbol, group]
 * @param groups - number of groups, a divisor of the train's size
 * @throws ShapeError if groups do not divide the neurons, or the train is shorter than the symbols
 */
export function addPoissonGroups(
  train: SpikeTrain,
  batch: number,
  active: Uint8Array,
  groups: number,
  { symbolSteps, rate, dt }: PoissonGroups,
  random: RandomStream,
): void {
  const count = train.size / groups;
  if (!Number.isInteger(count)) {
    throw new ShapeError('addPoissonGroups', `expected a number of neurons divisible by ${groups}, got ${train.size}`);
  }
  const probability = spikeProbability(rate, dt);
  for (let k = 0; k < active.length; k++) {
    if (active[k] === 0) continue;
    const symbol = Math.floor(k / groups);
    const first = (k - symbol * groups) * count;
    addBernoulliSpikes(
      train,
      { batch, start: symbol * symbolSteps, steps: symbolSteps, first, count },
      probability,
      random,
    );
  }
}

function checkBlock(train: SpikeTrain, { batch, start, steps, first, count }: Block): void {
  const inside = (from: number, length: number, size: number) => from >= 0 && length >= 0 && from + length <= size;
  if (inside(start, steps, train.time) && inside(batch, 1, train.batch) && inside(first, count, train.size)) return;
  throw new ShapeError(
    'addBernoulliSpikes',
    `expected a block in [${train.time}, ${train.batch}, ${train.size}], got steps ${start}+${steps}, batch ${batch}, neurons ${first}+${count}`,
  );
}

import { isDistribution } from '../../base/distribution.ts';
import { ParameterError } from '../../base/errors.ts';
import type { SynapseValue } from './event-spec.ts';
import { PostDraws } from './post-draws.ts';
import type { Sources } from './sources.ts';

/** The delays of a projection: `first`, …, `first + count - 1` time steps. */
export interface DelayClasses {
  readonly first: number;
  readonly count: number;
  /** Begins the delays of a neuron's synapses. */
  start(post: number): void;
  /** Class of the synapse with source k, counted from 0; to be asked for k = 0, 1, … */
  of(post: number, k: number): number;
}

function checked(where: string, steps: number): number {
  if (Number.isInteger(steps) && steps >= 1) return steps;
  throw new ParameterError(where, `expected delays of 1, 2 … time steps, got ${steps}`, {
    hint: 'a delay in ms divided by dt',
  });
}

/** The longest delay with a class of its own that a distribution may ask for: what spike lists are kept for. */
const LONGEST = 4096;

/** @throws ParameterError for a delay that is no whole number of steps from 1 on, and for a distribution without such numbers */
export function delayClasses(name: string, delay: SynapseValue, sources: Sources, seed: number): DelayClasses {
  const where = `projection "${name}"`;
  if (typeof delay === 'number') {
    return { first: checked(where, delay), count: 1, start: () => {}, of: () => 0 };
  }
  if (!isDistribution(delay)) return listedDelays(where, delay, sources);
  const [low, high] =
    delay.kind === 'normal' ? [delay.mean - 4 * delay.sd, delay.mean + 4 * delay.sd] : [delay.low, delay.high];
  const first = Math.max(1, Math.round(low));
  // What lies halfway rounds up, but is never drawn.
  const last = delay.kind === 'normal' ? Math.max(Math.ceil(high - 0.5), Math.round(delay.mean)) : Math.round(high);
  if (last < first || last > LONGEST) {
    throw new ParameterError(where, `expected delays between 1 and ${LONGEST} time steps, got ${low} to ${high}`);
  }
  const draws = new PostDraws(seed, `delays/${name}`);
  const draw = () =>
    delay.kind === 'normal'
      ? Math.round(delay.mean + delay.sd * draws.normal())
      : Math.round(delay.low + (delay.high - delay.low) * draws.uniform());
  const of = () => {
    let steps = draw();
    while (steps < first || steps > last) steps = draw();
    return steps - first;
  };
  return { first, count: last - first + 1, start: (post) => draws.start(post), of };
}

/** A delay for every pair of the topology `pairs`. */
function listedDelays(where: string, delays: ArrayLike<number>, { pair }: Sources): DelayClasses {
  let [first, last] = [delays.length > 0 ? LONGEST : 1, 1];
  for (let k = 0; k < delays.length; k++) {
    const steps = checked(where, delays[k]!);
    if (steps > LONGEST) throw new ParameterError(where, `expected at most ${LONGEST} time steps, got ${steps}`);
    first = Math.min(first, steps);
    last = Math.max(last, steps);
  }
  return { first, count: last - first + 1, start: () => {}, of: (post, k) => delays[pair!(post, k)]! - first };
}

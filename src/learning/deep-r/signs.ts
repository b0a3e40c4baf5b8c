import { randomUniform, randomWord } from '../../base/random.ts';
import { streamOf } from '../../base/stream.ts';
import type { Projection } from '../../network/index.ts';

/** The sign of the connection of two neurons. */
export type SignOf = (pre: number, post: number) => 1 | -1;

/**
 * The signs of all candidate connections of a projection: a function of (seed, names, pre, post), so that no one stores them.
 *
 * @param dale - fraction of excitatory presynaptic neurons, the same ones for all projections from one source; undefined:
 * independent signs, half of them positive
 */
export function signsOf({ name, from, preSize, postSize }: Projection, dale: number | undefined, seed: number): SignOf {
  if (dale === undefined) {
    const stream = streamOf(`deepR/sign/${name}`);
    return (pre, post) => (randomWord(seed, stream, 0, pre * postSize + post) >>> 31 === 0 ? 1 : -1);
  }
  const stream = streamOf(`deepR/dale/${from}`);
  const excitatory = Uint8Array.from({ length: preSize }, (_, i) => Number(randomUniform(seed, stream, 0, i) < dale));
  return (pre) => (excitatory[pre] === 1 ? 1 : -1);
}

import { type NetworkParameters, RandomStream } from 'volley';
import { learnerOf, taskOf, VARIANTS, type Variant } from './delayed-copy.ts';
import type { CopySettings } from './settings.ts';

/** How a gradient compares with that of BPTT on the same weights and trials: by projection. */
export interface Alignment {
  readonly variant: Variant;
  readonly seed: number;
  readonly cosine: Readonly<Record<string, number>>;
  /** Norm over that of BPTT. */
  readonly norm: Readonly<Record<string, number>>;
}

/** Batches over which gradients are added up. */
const BATCHES = 20;

/**
 * Learns by traces and synthetic gradients for a while, then compares the gradients of all variants on the weights
 * reached. Predictions are those of the learner, of its own weights all along; synthetic gradients alone are left out, as
 * they would need a past of their own.
 */
export function measureAlignment(settings: CopySettings, seed: number, iterations: number): Alignment[] {
  const task = taskOf(settings);
  const random = new RandomStream(seed, 2);
  const learner = learnerOf('traces+synthetic', settings, seed);
  const trials = () => task.trainingBatch(random, settings.batch);
  for (let k = 0; k < iterations; k++) {
    learner.advance(trials());
    learner.update();
  }
  const others = VARIANTS.filter((variant) => variant !== 'synthetic' && variant !== 'traces+synthetic');
  const { parameters } = learner;
  const all = [
    ['traces+synthetic', learner] as const,
    ...others.map((variant) => [variant, learnerOf(variant, settings, seed, parameters)] as const),
  ];
  for (let k = 0; k < BATCHES; k++) {
    const batch = trials();
    for (const [, one] of all) one.advance(batch);
  }
  const wanted = all.find(([variant]) => variant === 'bptt')![1].gradient();
  return all.map(([variant, one]) => ({ variant, seed, ...compare(one.gradient(), wanted) }));
}

function compare(found: NetworkParameters, wanted: NetworkParameters): Pick<Alignment, 'cosine' | 'norm'> {
  const names = Object.keys(wanted.connections);
  const products = names.map((name) => {
    const [a, b] = [found.connections[name]!.weights, wanted.connections[name]!.weights];
    return { name, ab: dot(a, b), aa: dot(a, a), bb: dot(b, b) };
  });
  return {
    cosine: Object.fromEntries(products.map(({ name, ab, aa, bb }) => [name, ab / Math.sqrt(aa * bb)])),
    norm: Object.fromEntries(products.map(({ name, aa, bb }) => [name, Math.sqrt(aa / bb)])),
  };
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k]! * b[k]!;
  return sum;
}

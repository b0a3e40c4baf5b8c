import { type NetworkParameters, RandomStream } from 'volley';
import { type AfterUpdate, type CopyValues, learnerOf, taskOf, VARIANTS, type Variant } from './copy.ts';

/** How a gradient compares with that of BPTT on the same weights and trials: by projection. */
export interface Alignment {
  readonly variant: Variant;
  readonly cosine: Readonly<Record<string, number>>;
  /** The mean cosine of the gradient of a single batch with that of BPTT over all: lower where gradients are noisy. */
  readonly single: Readonly<Record<string, number>>;
  /** Norm over that of BPTT. */
  readonly norm: Readonly<Record<string, number>>;
}

/**
 * Learns by traces and synthetic gradients for a while, then compares the gradients of all variants on the weights
 * reached. Predictions are those of the learner, of its own weights all along; synthetic gradients alone are left out, as
 * they would need a past of their own.
 */
export async function measureAlignment(
  values: CopyValues,
  seed: number,
  after: AfterUpdate = async () => {},
): Promise<Alignment[]> {
  const task = taskOf(values);
  const random = new RandomStream(seed, 2);
  const learner = learnerOf('traces+synthetic', values, seed);
  const trials = () => task.trainingBatch(random, values.copyBatch);
  for (let done = 1; done <= values.copyAlignmentAfter; done++) {
    learner.advance(trials());
    learner.update();
    await after(done);
  }
  const others = VARIANTS.filter((variant) => variant !== 'synthetic' && variant !== 'traces+synthetic');
  const { parameters } = learner;
  const all = [
    ['traces+synthetic', learner] as const,
    ...others.map((variant) => [variant, learnerOf(variant, values, seed, parameters)] as const),
  ];
  const sums = all.map(() => [] as Weights[]);
  for (let k = 0; k < values.copyAlignmentBatches; k++) {
    const batch = trials();
    all.forEach(([, one], n) => {
      one.advance(batch);
      sums[n]!.push(weightsOf(one.gradient()));
    });
    await after(values.copyAlignmentAfter);
  }
  const wanted = sums[all.findIndex(([variant]) => variant === 'bptt')]!.at(-1)!;
  return all.map(([variant], n) => ({ variant, ...compare(sums[n]!, wanted) }));
}

type Weights = Readonly<Record<string, Float64Array>>;

const weightsOf = ({ connections }: NetworkParameters): Weights =>
  Object.fromEntries(Object.entries(connections).map(([name, own]) => [name, Float64Array.from(own.weights)]));

/** @param sums - gradients summed up to each batch */
function compare(sums: readonly Weights[], wanted: Weights): Pick<Alignment, 'cosine' | 'single' | 'norm'> {
  const each = (of: (name: string) => number) =>
    Object.fromEntries(Object.keys(wanted).map((name) => [name, of(name)]));
  const cosine = (a: Float64Array, b: Float64Array) => dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
  return {
    cosine: each((name) => cosine(sums.at(-1)![name]!, wanted[name]!)),
    single: each((name) => {
      const before = [wanted[name]!.map(() => 0), ...sums.map((sum) => sum[name]!)];
      const alone = sums.map((sum, k) => sum[name]!.map((value, i) => value - before[k]![i]!));
      return alone.reduce((total, gradient) => total + cosine(gradient, wanted[name]!), 0) / alone.length;
    }),
    norm: each((name) => Math.sqrt(dot(sums.at(-1)![name]!, sums.at(-1)![name]!) / dot(wanted[name]!, wanted[name]!))),
  };
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k]! * b[k]!;
  return sum;
}

import {
  adam,
  alif,
  bptt,
  defineNetwork,
  delayedCopy,
  fanInNormal,
  firingRate,
  glorotUniform,
  leakyReadout,
  type Network,
  type NetworkParameters,
  RandomStream,
  softmaxCrossEntropy,
  syntheticGradients,
  WindowLearner,
} from 'volley';
import type { CopySettings } from './settings.ts';

/** What gradients are made of; `bptt` is one window that holds the whole trial. */
export const VARIANTS = ['truncated', 'traces', 'synthetic', 'traces+synthetic', 'bptt'] as const;
export type Variant = (typeof VARIANTS)[number];

/** How one network learned: means over successive iterations. */
export interface CopyCurve {
  readonly variant: Variant;
  readonly seed: number;
  /** Fraction of wrong symbols, on trials not seen before. */
  readonly error: readonly number[];
  readonly loss: readonly number[];
  /** Part of the adjoints at borders that was not predicted; empty where there is no border. */
  readonly unpredicted: readonly number[];
  /** Hz, in the end. */
  readonly rate: number;
}

/** The task. */
export const taskOf = ({ length, symbols, symbolDuration, delay }: CopySettings) =>
  delayedCopy({ length, symbols, symbolDuration, delay, input: 'x' });

function networkOf(settings: CopySettings): Network {
  const { neurons, tauA, beta, symbols } = settings;
  return defineNetwork({
    inputs: { x: { size: taskOf(settings).inputSize } },
    populations: {
      hidden: { size: neurons, model: alif({ tauA, beta }) },
      out: { size: symbols, model: leakyReadout() },
    },
    projections: {
      in: { from: 'x', to: 'hidden', weights: fanInNormal() },
      rec: { from: 'hidden', to: 'hidden', weights: fanInNormal() },
      out: { from: 'hidden', to: 'out', weights: glorotUniform() },
    },
  });
}

/** @param parameters - initial ones; default: drawn from the seed */
export function learnerOf(
  variant: Variant,
  settings: CopySettings,
  seed: number,
  parameters?: NetworkParameters,
): WindowLearner {
  const { batch, learningRate, futureLearningRate, futureHidden, rateStrength } = settings;
  const predicts = variant === 'synthetic' || variant === 'traces+synthetic';
  return new WindowLearner(networkOf(settings), {
    batch,
    seed,
    parameters,
    window: variant === 'bptt' ? taskOf(settings).steps : settings.window,
    loss: softmaxCrossEntropy({ population: 'out', over: 'steps' }),
    optimiser: adam({ learningRate }),
    rule: bptt(),
    traces: variant === 'traces' || variant === 'traces+synthetic',
    ...(predicts ? { future: syntheticGradients({ learningRate: futureLearningRate, hidden: futureHidden }) } : {}),
    regularisers: [firingRate({ population: 'hidden', target: 20, strength: rateStrength })],
  });
}

/**
 * Trains one network on delayed copy, one update per batch of whole trials.
 *
 * @param log - called with the number of iterations done and the mean error of the last ones
 */
export function learnCopy(
  variant: Variant,
  settings: CopySettings,
  seed: number,
  log: (done: number, error: number, unpredicted: number) => void = () => {},
): CopyCurve {
  const { batch, iterations, every } = settings;
  const task = taskOf(settings);
  const learner = learnerOf(variant, settings, seed);
  const random = new RandomStream(seed, 1);
  const curve = { error: [] as number[], loss: [] as number[], unpredicted: [] as number[] };
  let sums = { error: 0, loss: 0, unpredicted: 0 };
  let rate = 0;
  for (let done = 1; done <= iterations; done++) {
    const result = learner.advance(task.trainingBatch(random, batch));
    learner.update();
    sums.error += result.error / every;
    sums.loss += result.loss / every;
    sums.unpredicted += result.unpredicted / every;
    rate = result.rates.hidden!;
    if (done % every !== 0) continue;
    curve.error.push(sums.error);
    curve.loss.push(sums.loss);
    if (Number.isFinite(sums.unpredicted)) curve.unpredicted.push(sums.unpredicted);
    log(done, sums.error, sums.unpredicted);
    sums = { error: 0, loss: 0, unpredicted: 0 };
  }
  return { variant, seed, ...curve, rate };
}

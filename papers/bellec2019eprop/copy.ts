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
import type { LogRecord, SettingValues } from 'volley/io';
import type { copySettings } from './copy-settings.ts';

/** The settings of delayed copy. */
export type CopyValues = SettingValues<typeof copySettings>;

/** What gradients are made of; `bptt` is one window that holds the whole trial. */
export const VARIANTS = ['truncated', 'traces', 'synthetic', 'traces+synthetic', 'bptt'] as const;
export type Variant = (typeof VARIANTS)[number];

/** How a network learned: means over the updates since the last point. */
export interface CopyPoint {
  /** Updates done. */
  readonly iteration: number;
  /** Fraction of wrong symbols, on trials not seen before. */
  readonly error: number;
  readonly loss: number;
  /** Part of the adjoints at borders that was not predicted; absent where there is no border. */
  readonly unpredicted?: number;
  /** Firing rate of the last update alone, Hz. */
  readonly rate: number;
}

/** Called after every update, with what to show beside the progress; awaited, so that it may save or stop. */
export type AfterUpdate = (done: number, fields?: LogRecord) => Promise<void>;

/** The task. */
export const taskOf = (values: CopyValues) =>
  delayedCopy({
    length: values.copyLength,
    symbols: values.copySymbols,
    symbolDuration: values.copySymbolDuration,
    delay: values.copyDelay,
    input: 'x',
  });

function networkOf(values: CopyValues): Network {
  const { copyNeurons, copyTauA: tauA, copyBeta: beta, copySymbols } = values;
  return defineNetwork({
    inputs: { x: { size: taskOf(values).inputSize } },
    populations: {
      hidden: { size: copyNeurons, model: alif({ tauA, beta }) },
      out: { size: copySymbols, model: leakyReadout() },
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
  values: CopyValues,
  seed: number,
  parameters?: NetworkParameters,
): WindowLearner {
  const predicts = variant === 'synthetic' || variant === 'traces+synthetic';
  const future = () =>
    syntheticGradients({ learningRate: values.copyFutureLearningRate, hidden: values.copyFutureHidden });
  return new WindowLearner(networkOf(values), {
    batch: values.copyBatch,
    seed,
    parameters,
    window: variant === 'bptt' ? taskOf(values).steps : values.copyWindow,
    loss: softmaxCrossEntropy({ population: 'out', over: 'steps' }),
    optimiser: adam({ learningRate: values.copyLearningRate }),
    rule: bptt(),
    traces: variant === 'traces' || variant === 'traces+synthetic',
    ...(predicts ? { future: future() } : {}),
    regularisers: [firingRate({ population: 'hidden', target: values.copyRate, strength: values.copyRateStrength })],
  });
}

/** Trains one network on delayed copy, one update per batch of whole trials; a point after every `copyEvery` updates. */
export async function learnCopy(
  variant: Variant,
  values: CopyValues,
  seed: number,
  after: AfterUpdate = async () => {},
): Promise<CopyPoint[]> {
  const { copyBatch, copyIterations, copyEvery: every } = values;
  const task = taskOf(values);
  const learner = learnerOf(variant, values, seed);
  const random = new RandomStream(seed, 1);
  const points: CopyPoint[] = [];
  let sums = { error: 0, loss: 0, unpredicted: 0 };
  for (let iteration = 1; iteration <= copyIterations; iteration++) {
    const result = learner.advance(task.trainingBatch(random, copyBatch));
    learner.update();
    sums.error += result.error / every;
    sums.loss += result.loss / every;
    sums.unpredicted += result.unpredicted / every;
    if (iteration % every === 0) {
      const { unpredicted, ...means } = sums;
      const known = Number.isFinite(unpredicted) ? { unpredicted } : {};
      points.push({ iteration, ...means, ...known, rate: result.rates.hidden! });
      sums = { error: 0, loss: 0, unpredicted: 0 };
    }
    await after(iteration, { error: result.error });
  }
  return points;
}

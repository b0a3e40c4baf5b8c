import {
  defineNetwork,
  fanInNormal,
  firingRate,
  leakyReadout,
  lif,
  type Network,
  type PatternBatch,
  patternGeneration,
  RandomStream,
  sgd,
  squaredError,
  streamOf,
  type Trainer,
  triangular,
} from 'volley';
import type { SettingValues } from 'volley/io';
import type { Phase } from '../common/phase.ts';
import { RULE_TITLES, type RuleName } from './rule-names.ts';
import { learningRule } from './rules.ts';
import type { settings } from './settings.ts';

type Values = SettingValues<typeof settings>;

/** The one trial of a run: frozen input spikes and their target. */
export const patternTrial = (seed: number): PatternBatch =>
  patternGeneration().trial(new RandomStream(seed, streamOf('pattern')));

/** Pattern generation: LIF neurons that turn a frozen input into a sum of sines. */
export function patternPhase(rule: RuleName, values: Values, trial: PatternBatch): Phase {
  const power = squaredNorm(trial.targets.out!.data) / 2;
  return {
    name: `pattern.${rule}`,
    title: `pattern generation by ${RULE_TITLES[rule]}`,
    network: patternNetwork(values),
    trainer: {
      batch: trial.size,
      steps: trial.steps,
      loss: squaredError(),
      optimiser: sgd({ learningRate: values.patternLearningRate }),
      rule: learningRule(rule, fanInNormal(), values.adaptiveDecay),
      regularisers: [firingRate({ population: 'hidden', target: values.rateTarget, strength: values.patternRate })],
    },
    iterations: values.patternIterations,
    batch: () => trial,
    score: { name: 'nmse', of: ({ loss }) => loss / power },
    finish: async (trainer, { last }) => ({
      metrics: { [`pattern.${rule}`]: last, ...alignmentMetric(rule, trainer) },
    }),
  };
}

function patternNetwork({ patternNeurons, patternTau, patternVTh, dampening }: Values): Network {
  const neuron = lif.with({ pseudoDerivative: triangular({ dampening }) });
  return defineNetwork({
    inputs: { input: { size: patternGeneration().inputSize } },
    populations: {
      hidden: { size: patternNeurons, model: neuron({ tauM: patternTau, vTh: patternVTh, nRef: 0 }) },
      out: { size: 1, model: leakyReadout({ tauOut: patternTau }) },
    },
    projections: {
      input: { from: 'input', to: 'hidden', weights: fanInNormal() },
      recurrent: { from: 'hidden', to: 'hidden', weights: fanInNormal() },
      output: { from: 'hidden', to: 'out', weights: fanInNormal() },
    },
  });
}

/** Cosine between feedback weights and the weights to the readout, for rules that keep them apart. */
function alignmentMetric(rule: RuleName, trainer: Trainer): Record<string, number> {
  const feedback = trainer.feedback.output;
  if (!feedback) return {};
  return { [`patternAlignment.${rule}`]: cosine(trainer.parameters.connections.output!.weights, feedback) };
}

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((sum, value, k) => sum + value * b[k]!, 0);

const squaredNorm = (a: ArrayLike<number>): number => dot(a, a);

const cosine = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  dot(a, b) / Math.sqrt(squaredNorm(a) * squaredNorm(b));

import {
  defineNetwork,
  errorNeuron,
  initialParameters,
  type Network,
  type NetworkParameters,
  type PopulationSpec,
  type ProjectionSpec,
  pairs,
  RandomStream,
  streamOf,
  twoCompartment,
  uniform,
} from 'volley';
import type { SettingValues } from 'volley/io';
import { erbp, erbpMembrane, erbpQuantised } from 'volley/synapses';
import { CLASSES } from './examples.ts';
import type { settings } from './settings.ts';

export type Values = SettingValues<typeof settings>;

/** Whether weights are numbers or lie on a grid. */
export type WeightKind = 'float' | 'quantised';

/** Two error neurons per class: one for spikes that are missing, and one for those that are too many. */
const ERRORS = 2 * CLASSES;
const CLASS = Array.from({ length: CLASSES }, (_, k) => k);

/** Sizes of the hidden layers. */
export const hiddenSizes = ({ hidden1, hidden2 }: Values): number[] => (hidden2 > 0 ? [hidden1, hidden2] : [hidden1]);

/** Names of the spiking layers above the data, with those of the projections that lead there. */
export const layersOf = (values: Values): { readonly layer: string; readonly weights: string }[] =>
  [...hiddenSizes(values).map((_, k) => `hidden${k + 1}`), 'prediction'].map((layer, k) => ({
    layer,
    weights: `w${k + 1}`,
  }));

/** Distance of two quantised weights. */
export const weightStep = ({ bits, weightRange }: Values): number => weightRange / 2 ** (bits - 1);

/**
 * Random feedback to `size` neurons, [neuron, error neuron]: the same numbers with opposite signs from both error neurons of
 * a class, and with a sum of 0 over the classes.
 */
export function feedbackWeights(size: number, limit: number, random: RandomStream): Float32Array {
  const weights = new Float32Array(size * ERRORS);
  for (let i = 0; i < size; i++) {
    const row = CLASS.map(() => limit * (2 * random.uniform() - 1));
    const mean = row.reduce((sum, g) => sum + g, 0) / CLASSES;
    for (const k of CLASS) {
      weights[i * ERRORS + k] = row[k]! - mean;
      weights[i * ERRORS + CLASSES + k] = mean - row[k]!;
    }
  }
  return weights;
}

/** From class k to both of its error neurons, with opposite signs. */
const intoErrors = (jump: number) => ({
  topology: pairs([...CLASS, ...CLASS], [...CLASS, ...CLASS.map((k) => k + CLASSES)]),
  weights: Float32Array.from({ length: ERRORS }, (_, k) => (k < CLASSES ? jump : -jump)),
});

/** From both error neurons to their class, with opposite signs. */
const outOfErrors = (jump: number) => ({
  topology: pairs([...CLASS, ...CLASS.map((k) => k + CLASSES)], [...CLASS, ...CLASS]),
  weights: Float32Array.from({ length: ERRORS }, (_, k) => (k < CLASSES ? jump : -jump)),
});

function synapseOf(values: Values, kind: WeightKind, eta: number) {
  const { p, window, gate, weightRange } = values;
  const common = { eta, p, bMin: -window, bMax: window };
  if (kind === 'quantised') return erbpQuantised({ ...common, step: weightStep(values), wMax: weightRange });
  return gate === 'membrane' ? erbpMembrane(common) : erbp(common);
}

/** Plastic projections from the data through the hidden layers to the prediction. */
function forwardProjections(values: Values, inputs: number, kind: WeightKind): Record<string, ProjectionSpec> {
  const { weightScale, eta, trainHidden } = values;
  const sizes = [inputs, ...hiddenSizes(values), CLASSES];
  const layers = layersOf(values);
  const forward = layers.map(({ layer, weights }, k): [string, ProjectionSpec] => {
    const from = layers[k - 1]?.layer ?? 'data';
    // The label's neurons count as inputs of the first layer.
    const fans = sizes[k]! + sizes[k + 1]! + (k === 0 ? CLASSES : 0);
    const limit = Math.sqrt(weightScale / fans);
    const synapse = synapseOf(values, kind, layer === 'prediction' || trainHidden ? eta : 0);
    return [weights, { from, to: layer, input: 'J', weights: uniform(-limit, limit), synapse }];
  });
  return Object.fromEntries(forward);
}

/** Fixed projections from the error neurons to the dendrites of the hidden layers. */
function feedbackProjections(values: Values, seed: number): Record<string, ProjectionSpec> {
  const hidden = hiddenSizes(values);
  const limit = Math.sqrt(values.weightScale / (CLASSES + hidden.reduce((sum, n) => sum + n, 0)));
  const feedback = hidden.map((size, k): [string, ProjectionSpec] => {
    const weights = feedbackWeights(size, limit, new RandomStream(seed, streamOf(`feedback/${k}`)));
    return [`feedback${k + 1}`, { from: 'error', to: `hidden${k + 1}`, input: 'D', weights, delay: 1 }];
  });
  return Object.fromEntries(feedback);
}

/**
 * The network: data → hidden layers → prediction, and error neurons between label, prediction and all dendrites.
 *
 * Error spikes reach dendrites one step after they were fired.
 *
 * @param inputs - neurons that show an example
 */
export function erbpNetwork(values: Values, inputs: number, kind: WeightKind, seed: number): Network {
  const { tauM, tauS, tauD, theta, tRef, errorJump } = values;
  const model = twoCompartment({ tauM, tauS, tauD, theta, tRef });
  const sizes = [...hiddenSizes(values), CLASSES];
  const layers = layersOf(values).map(({ layer }, k): [string, PopulationSpec] => [layer, { size: sizes[k]!, model }]);
  return defineNetwork<string, string, string>({
    inputs: { data: { size: inputs }, label: { size: CLASSES }, learning: { size: 1, kind: 'floats' } },
    populations: { ...Object.fromEntries(layers), error: { size: ERRORS, model: errorNeuron({ theta }) } },
    projections: {
      ...forwardProjections(values, inputs, kind),
      label: { from: 'label', to: 'error', input: 'J', ...intoErrors(errorJump) },
      answer: { from: 'prediction', to: 'error', input: 'J', ...intoErrors(-errorJump) },
      correction: { from: 'error', to: 'prediction', input: 'D', delay: 1, ...outOfErrors(errorJump) },
      ...feedbackProjections(values, seed),
    },
  });
}

/** Weights by projection, in the order of the synapses. */
export type Weights = Readonly<Record<string, Float32Array>>;

/** Initial parameters; quantised weights are rounded to their grid. */
export function startOf(network: Network, values: Values, kind: WeightKind, seed: number): NetworkParameters {
  const parameters = initialParameters(network, seed);
  if (kind === 'float') return parameters;
  const [step, range] = [weightStep(values), values.weightRange];
  const onGrid = (w: number) => Math.min(range - step, Math.max(-range, step * Math.round(w / step)));
  const rounded = layersOf(values).map(({ weights }) => [
    weights,
    parameters.connections[weights]!.weights.map(onGrid),
  ]);
  return withWeights(parameters, Object.fromEntries(rounded));
}

/** The same parameters with other weights. */
export function withWeights(parameters: NetworkParameters, weights: Weights): NetworkParameters {
  const changed = Object.entries(weights).map(([name, own]) => [
    name,
    { ...parameters.connections[name]!, weights: own },
  ]);
  return { ...parameters, connections: { ...parameters.connections, ...Object.fromEntries(changed) } };
}

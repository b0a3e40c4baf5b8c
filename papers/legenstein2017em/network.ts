import {
  defineNetwork,
  emStdp,
  fixedProbability,
  type Network,
  type ProjectionSpec,
  pairs,
  RandomStream,
  stochasticPsp,
  streamOf,
} from 'volley';
import type { SettingValues } from 'volley/io';
import type { settings } from './settings.ts';

export type Values = SettingValues<typeof settings>;

/** Connection probabilities within the circuit. */
const FROM_E = 0.575;
const TO_E = 0.6;
const AMONG_I = 0.55;

/** What a potential of 12.9 ms does is compensated by, in weights that are meant for one of 10 ms. */
const AREA = 0.78;

/** Spikes of inhibitory neurons per excitatory spike. */
const GAIN = 10;

/**
 * The weights and the bias that make the circuit sample from the prior, which counts active causes.
 *
 * @eq legenstein2017em (prior on the number of causes, reconstructed)
 */
export function constants({ expectedCauses, variance, gamma }: Pick<Values, 'expectedCauses' | 'variance' | 'gamma'>) {
  const toInhibition = (AREA * GAIN) / FROM_E;
  return {
    bias: (2 * expectedCauses - 1) / (2 * variance * gamma),
    toInhibition,
    fromInhibition: -AREA / (variance * gamma * TO_E),
    amongInhibition: -toInhibition,
  };
}

/** Name of the projection of the input synapses with a delay, 1 ms … maxDelay. */
export const inputName = (delay: number): string => `in${delay}`;

/** The synapses of one delay. */
export interface InputPairs {
  readonly pre: number[];
  readonly post: number[];
}

/** Every input reaches every excitatory neuron once, with a delay of its own: one list per delay. */
export function inputPairs(pixels: number, { excitatory, maxDelay }: Values, seed: number): InputPairs[] {
  const random = new RandomStream(seed, streamOf('delays'));
  const lists: InputPairs[] = Array.from({ length: maxDelay }, () => ({ pre: [], post: [] }));
  for (let pre = 0; pre < pixels; pre++) {
    for (let post = 0; post < excitatory; post++) {
      const list = lists[random.integer(maxDelay)]!;
      list.pre.push(pre);
      list.post.push(post);
    }
  }
  return lists;
}

/** Weights of the input synapses by projection, in the order of its synapses. */
export type InputWeights = Readonly<Record<string, ArrayLike<number>>>;

export interface CircuitOptions {
  readonly pixels: number;
  readonly seed: number;
  /** Weight of inhibitory synapses on excitatory neurons. */
  readonly fromInhibition: number;
  /** Whether input synapses learn. */
  readonly plastic: boolean;
  readonly weights: InputWeights;
}

/** Initial weights, uniform in their range. */
export function drawWeights(pixels: number, values: Values, seed: number): InputWeights {
  const random = new RandomStream(seed, streamOf('weights'));
  const lists = inputPairs(pixels, values, seed);
  const draw = () => values.wMin + (1 - values.wMin) * random.uniform();
  return Object.fromEntries(lists.map(({ pre }, k) => [inputName(k + 1), Float32Array.from(pre, draw)]));
}

/** The connections that the circuit has whatever its input. */
export function circuitProjections(values: Values, fromInhibition: number) {
  const { toInhibition, amongInhibition } = constants(values);
  return {
    toInhibition: { from: 'e', to: 'i', weights: toInhibition, topology: fixedProbability(FROM_E), delay: 1 },
    fromInhibition: { from: 'i', to: 'e', weights: fromInhibition, topology: fixedProbability(TO_E), delay: 1 },
    amongInhibition: {
      from: 'i',
      to: 'i',
      weights: amongInhibition,
      topology: fixedProbability(AMONG_I, { self: false }),
      delay: 1,
    },
  } as const;
}

/** The two groups of neurons. */
export function circuitPopulations(values: Values) {
  const { excitatory, inhibitory, gamma } = values;
  const { bias } = constants(values);
  return {
    e: { size: excitatory, model: stochasticPsp({ bias, c1: 0, c2: 0.1, c3: gamma, tRef: 10 }) },
    // 1 Hz per unit of potential; the exponential is off, and flat so that it stays finite.
    i: { size: inhibitory, model: stochasticPsp({ bias: 0, c1: 0.001, c2: 0, c3: 0, tRef: 3 }) },
  } as const;
}

/** Inputs → excitatory neurons ⇄ inhibitory neurons; the input synapses learn by STDP. */
export function microcircuit(values: Values, options: CircuitOptions): Network<'pixels', 'e' | 'i'> {
  const { pixels, seed, fromInhibition, plastic, weights } = options;
  const { eta, tauPlus, tauMinus, wMin } = values;
  const synapse = emStdp({ eta, tauPlus, tauMinus, wMin, wMax: 1 });
  const inputs = inputPairs(pixels, values, seed).flatMap(
    ({ pre, post }, k): [string, ProjectionSpec<'pixels', 'e'>][] => {
      const name = inputName(k + 1);
      const topology = pairs(pre, post);
      const spec = { from: 'pixels', to: 'e', topology, weights: weights[name]!, delay: k + 1 } as const;
      return [[name, plastic ? { ...spec, synapse } : spec]];
    },
  );
  return defineNetwork({
    inputs: { pixels: { size: pixels } },
    populations: circuitPopulations(values),
    projections: { ...Object.fromEntries(inputs), ...circuitProjections(values, fromInhibition) },
  });
}

/** Input weights as an image per excitatory neuron, [neuron, pixel]. */
export function weightImages(pixels: number, values: Values, seed: number, weights: InputWeights): Float32Array {
  const images = new Float32Array(values.excitatory * pixels);
  for (const [k, { pre, post }] of inputPairs(pixels, values, seed).entries()) {
    const own = weights[inputName(k + 1)]!;
    for (let s = 0; s < pre.length; s++) images[post[s]! * pixels + pre[s]!] = own[s]!;
  }
  return images;
}

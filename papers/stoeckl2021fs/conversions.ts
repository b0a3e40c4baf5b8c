import { type Code, type ConvertOptions, codeFor, type SpikingNetwork } from 'volley/convert';
import type { SettingValues } from 'volley/io';
import { listOf } from './lists.ts';
import type { settings } from './settings.ts';

export type Values = SettingValues<typeof settings>;

/** One way to convert a network. */
export interface Conversion {
  /** Names its figures, after the name of the network. */
  readonly key: string;
  /** Curves join conversions of one kind over K. */
  readonly kind: string;
  readonly steps: number;
  readonly options: ConvertOptions;
  /** What is changed in the converted network. */
  readonly change?: (network: SpikingNetwork) => SpikingNetwork;
}

const alpha = 'max' as const;
const rounding = { floor: false, round: true } as const;

/** Truncated as the paper does, and rounded: over K. */
const bothRoundings = (steps: number, options: Partial<ConvertOptions>, name?: string): Conversion[] =>
  Object.entries(rounding).map(([how, round]) => ({
    key: [`k${steps}`, ...(name ? [name] : []), how].join('.'),
    ...{ kind: name ? `${name}, ${how}` : how, steps },
    options: { steps, round, ...options },
  }));

/** The ReLU network on MNIST: over K, with a percentile as range, with a coded input, with noise and with coarse weights. */
export function reluConversions(values: Values): Conversion[] {
  const plain = listOf(values, 'reluSteps').flatMap((steps) => bothRoundings(steps, { alpha }));
  const percentile = listOf(values, 'percentileSteps').flatMap((steps) =>
    bothRoundings(steps, { alpha: { percentile: 99.9 } }, 'percentile'),
  );
  const coded = listOf(values, 'codedSteps').map((steps): Conversion => {
    const options: ConvertOptions = { steps, alpha, round: false, input: 'coded' };
    return { key: `k${steps}.coded`, kind: 'coded input', steps, options };
  });
  const noisy = listOf(values, 'noiseSteps').flatMap((steps) =>
    listOf(values, 'noise').map((noise): Conversion => {
      const options: ConvertOptions = { steps, alpha, round: false, noise };
      return { key: `k${steps}.noise${1000 * noise}permille`, kind: `noise, K = ${steps}`, steps, options };
    }),
  );
  const coarse = listOf(values, 'weightBits').map((weights): Conversion => {
    const options: ConvertOptions = { steps: 8, alpha, round: false, bits: { weights } };
    return { key: `k8.weights${weights}`, kind: 'coarse weights', steps: 8, options };
  });
  return [...plain, ...percentile, ...coded, ...noisy, ...coarse];
}

/** The same network with codes that were fitted with equal weights over their range. */
function uniformFits(network: SpikingNetwork): SpikingNetwork {
  const activations = [...network.activations].map(([name, unit]) => {
    const { gate, steps, statistics } = unit;
    const { minimum: min, maximum: max, mean, deviation } = statistics;
    const request = { steps, statistics: { min, max, mean, deviation }, weighting: 'uniform' } as const;
    const code: Code = codeFor(gate.activation, gate.constants, request);
    return [name, { ...unit, code }] as const;
  });
  return { ...network, activations: new Map(activations) };
}

/** The SiLU network on MNIST: fits that ship, weighted by a normal density or not. */
export const siluConversions = (values: Values): Conversion[] =>
  listOf(values, 'siluSteps').flatMap((steps): Conversion[] => [
    { key: `k${steps}.uniform`, kind: 'uniform fit', steps, options: { steps }, change: uniformFits },
    { key: `k${steps}.weighted`, kind: 'weighted fit', steps, options: { steps } },
  ]);

/** Default options over K. */
export const plainConversions = (steps: readonly number[], kind = 'few-spike'): Conversion[] =>
  steps.map((K) => ({ key: `k${K}`, kind, steps: K, options: { steps: K } }));

import { ParameterError, unknownName } from '../base/errors.ts';
import { checkedOptions } from '../base/options.ts';
import type { StagedNetwork } from './graph/stages.ts';
import type { AlphaRule, Method } from './spiking-network.ts';

/** From this many steps on, the largest input is aimed at; with fewer, a percentile is worth one or two bits. */
const STEPS_FOR_MAX = 8;
const PERCENTILE = 99.9;

/** How a trained network becomes spiking. */
export interface ConvertOptions {
  /** 'fs' by default. */
  readonly method?: Method;
  /** K of all gates, or by the name of the gate or of the activation, with `default` for the others. */
  readonly steps: number | Readonly<Record<string, number>>;
  /** What ReLU-like codes reach up to. Default 'max' for K ≥ 8, the 99.9th percentile for fewer steps. */
  readonly alpha?: AlphaRule;
  /** Rounds to the nearest value of the code instead of down. Default true. */
  readonly round?: boolean;
  /** Rounds α up to a power of two, so that closed forms need shifts only. Default false. */
  readonly dyadic?: boolean;
  /** Whether a spike needs v > T instead of v ≥ T. Default false. */
  readonly strict?: boolean;
  /**
   * Codes of fitted activations: 'table', those that ship; 'per-layer', fitted to the statistics of each layer, a second or two each;
   * 'auto', fitted where the table would lose more than 1 % of the activation's variance. Default 'auto'. Inputs beyond the range of a
   * table get a fit in any case.
   */
  readonly fit?: 'auto' | 'table' | 'per-layer';
  /**
   * What a mean spike per input costs in fits, in squared units of the activation, e.g. 3e-4: codes lose that much accuracy for fewer
   * spikes. Above 0, 'auto' fits every layer. Default 0.
   */
  readonly spikePenalty?: number;
  /** Products by an array of coincidences, or exactly; the values are the same. Default 'outer'. */
  readonly product?: 'outer' | 'exact';
  /** Max-pools by spikes, most significant first, or exactly; the values are the same. Default 'lexmax'. */
  readonly maxPool?: 'lexmax' | 'exact';
  /** Exact numbers into the first layer, or a signed code of `inputSteps` steps per sign. Default 'analog'. */
  readonly input?: 'analog' | 'coded';
  /** Default: the steps of all gates, or `default` of `steps`. */
  readonly inputSteps?: number;
  /** Bits of T, h and d, and of weights. */
  readonly bits?: number | { readonly code?: number; readonly weights?: number };
  /** Standard deviation of noise on the membrane, relative to α or the range of the code. Default 0. */
  readonly noise?: number;
  /** Of noise and fits; 1 by default. */
  readonly seed?: number;
  /** Called before the code of each gate is made, which takes seconds where it is fitted. */
  readonly onGate?: (name: string, index: number, total: number) => void;
}

/** K of a gate. Order: its own name, its activation, `default`. */
export function stepsFor(
  steps: ConvertOptions['steps'],
  { name, activation }: { readonly name: string; readonly activation: string },
): number {
  const found = typeof steps === 'number' ? steps : (steps[name] ?? steps[activation] ?? steps.default);
  if (found === undefined) {
    throw new ParameterError('convert', `expected steps for gate "${name}" (${activation}), got none`, {
      hint: 'add it by name, by activation, or as `default`',
      fields: { name, activation },
    });
  }
  return found;
}

/** The rule that holds without one. */
export const alphaRule = (rule: AlphaRule | undefined, steps: number): AlphaRule =>
  rule ?? (steps >= STEPS_FOR_MAX ? 'max' : { percentile: PERCENTILE });

const isShare = (value: number, most: number) => value > 0 && value <= most;

/** @throws ParameterError naming the first option that is out of its range */
export function checkConvertOptions(staged: StagedNetwork, options: ConvertOptions): void {
  checkedOptions('convert', options, [
    'method',
    'steps',
    'alpha',
    'round',
    'dyadic',
    'strict',
    'fit',
    'spikePenalty',
    'product',
    'maxPool',
    'input',
    'inputSteps',
    'bits',
    'noise',
    'seed',
    'onGate',
  ]);
  const { steps, alpha, bits, noise = 0, method = 'fs', inputSteps, spikePenalty = 0, fit } = options;
  const expect = (holds: boolean, rule: string, got: unknown) => {
    if (!holds) throw new ParameterError('convert', `expected ${rule}, got ${got}`);
  };
  const isSteps = (value: number) => Number.isInteger(value) && value >= 1 && value <= 64;
  if (method !== 'fs' && method !== 'amos') throw unknownName('convert', 'method', method, ['fs', 'amos']);
  for (const value of typeof steps === 'number' ? [steps] : Object.values(steps)) {
    expect(isSteps(value), '1 to 64 steps', value);
  }
  if (typeof steps !== 'number') checkStepNames(staged, steps);
  if (inputSteps !== undefined) expect(isSteps(inputSteps), '1 to 64 inputSteps', inputSteps);
  if (typeof alpha === 'number') expect(isShare(alpha, Number.MAX_VALUE), 'a positive alpha', alpha);
  if (typeof alpha === 'object') {
    expect(isShare(alpha.percentile, 100), 'a percentile above 0, at most 100', alpha.percentile);
  }
  expect(noise >= 0 && noise < Infinity, 'noise of 0 or more', noise);
  expect(spikePenalty >= 0 && spikePenalty < Infinity, 'a spikePenalty of 0 or more', spikePenalty);
  expect(spikePenalty === 0 || fit !== 'table', "fit 'auto' or 'per-layer' with a spikePenalty", fit);
  for (const value of typeof bits === 'number' ? [bits] : Object.values(bits ?? {})) {
    expect(Number.isInteger(value) && value >= 2 && value <= 16, '2 to 16 bits', value);
  }
}

function checkStepNames(staged: StagedNetwork, steps: Readonly<Record<string, number>>): void {
  const gates = staged.parts.filter((part) => part.kind === 'activation');
  const known = new Set(['default', ...gates.flatMap(({ name, activation }) => [activation, name])]);
  for (const name of Object.keys(steps)) {
    if (!known.has(name)) throw unknownName('convert', 'gate or activation in steps', name, known);
  }
}

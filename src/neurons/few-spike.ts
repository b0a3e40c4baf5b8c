import { ParameterError } from '../base/errors.ts';
import { checkedOptions } from '../base/options.ts';
import {
  defineNeuron,
  type NeuronDefinition,
  type NeuronModel,
  type ParameterSpec,
  triangular,
} from '../expr/index.ts';

/** Which names the equations of one few-spike step use: they are one equation, written for a loop or unrolled. */
interface StepNames {
  /** Membrane before the step, and its new value. */
  readonly v: string;
  readonly next: string;
  readonly threshold: string;
  readonly reset: string;
  /** The spike, and what spikes. */
  readonly z: string;
  readonly u: string;
}

/** Options of both forms. */
export interface FewSpikeOptions {
  /** Whether a spike needs v > T instead of v ≥ T. Default false. */
  readonly strict?: boolean;
  /** Whether the membrane is compared with normal noise of deviation `sigma` on it. Default false. */
  readonly noise?: boolean;
}

/** Options of the unrolled form. */
export interface UnrolledOptions extends FewSpikeOptions {
  /**
   * Whether there are states `e1` … `eK`: what the argument of the spike exceeds the tent of the pseudo-derivative by, where no
   * gradient comes through. A fit keeps them small.
   */
  readonly excess?: boolean;
}

const INPUT: Readonly<Record<string, ParameterSpec>> = {
  low: { symbol: 'x_min', unit: '1', default: -1e30, below: 'high', doc: 'least input; smaller ones count as this' },
  high: { symbol: 'x_max', unit: '1', default: 1e30, doc: 'largest input; larger ones count as this' },
  sign: { symbol: 's', unit: '1', default: 1, min: -1, max: 1, doc: '-1 for a neuron of the negative side' },
  bias: { symbol: 'b', unit: '1', default: 0, doc: 'added to the input after clamping' },
};
const SIGMA: ParameterSpec = { symbol: 'σ', unit: '1', default: 0, min: 0, doc: 'noise on v at each comparison' };

/** Tent of height 1 and half-width 1, as the surrogate of u = (v - T) / (|v| + 1). */
const TENT = triangular({ dampening: 1 });

const start = (input: string) => `sign * clip(${input}, low, high) + bias`;

/** Compare, spike, reset: the three lines of every few-spike step. */
function stepLines({ v, next, threshold, reset, z, u }: StepNames, gate: string, options: FewSpikeOptions): string[] {
  const compared = options.noise ? `${v} + sigma * normal()` : v;
  const spike = `${options.strict ? 'spike' : 'spikeGe'}(${u})`;
  return [
    `${u} = (${compared} - ${threshold}) / (abs(${v}) + 1)`,
    `${z} = ${gate === '' ? spike : `where(${gate}, ${spike}, 0)`}`,
    `${next} = ${v} - ${reset} * ${z}`,
  ];
}

function checkCount(where: string, what: string, count: number): void {
  if (Number.isInteger(count) && count >= 1) return;
  throw new ParameterError(where, `expected a whole number of ${what}, 1 or more, got ${count}`);
}

const numbered = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

/**
 * The few-spike neuron, one step at a time: K steps with thresholds T(t) and resets h(t) turn the input of one image into at
 * most K spikes. It has two variables, so that one image can enter every K steps: F gathers what arrives for the next image
 * while v emits the last one.
 *
 * Inputs: per source k, `I<k>`, the weighted sum of its spikes, and `D<k>`, the weight d(t) that its spikes have in this
 * step; `T` and `h` of this step; `load`, positive in the first step of an image, which takes F over into v; `emit`,
 * positive in the K steps in which the neuron may spike. A clock population delivers all but `I<k>`. What arrives in the step
 * of `load` counts for the next image.
 *
 * Parameters: `inputBias`, added to F once per image; the clamp [`low`, `high`], `sign` and `bias` of the code;
 * `sigma` with noise.
 *
 * @param options.sources - number of populations that project to it, each with its own d(t)
 * @throws ParameterError unless `sources` is a positive whole number
 * @eq stoeckl2021fs (few-spike neuron)
 */
export function fewSpikeNeuron({ sources, ...options }: { readonly sources: number } & FewSpikeOptions): NeuronModel {
  checkedOptions('fewSpikeNeuron', options, ['strict', 'noise']);
  checkCount('fewSpikeNeuron', 'sources', sources);
  const arriving = numbered(sources).map((k) => `D${k} * I${k}`);
  const names = { v: 'v0', next: "v'", threshold: 'T', reset: 'h', z: "z'", u: 'u' };
  return defineNeuron({
    name: 'few-spike',
    cite: 'stoeckl2021fs',
    params: {
      ...INPUT,
      inputBias: { symbol: 'b_in', unit: '1', default: 0, doc: 'bias of the weighted sum' },
      ...(options.noise ? { sigma: SIGMA } : {}),
    },
    state: { F: 'input of the next image so far', v: 'membrane that emits' },
    inputs: {
      ...Object.fromEntries(numbered(sources).map((k) => [`I${k}`, `weighted spikes of source ${k}`])),
      ...Object.fromEntries(numbered(sources).map((k) => [`D${k}`, `what a spike of source ${k} is worth now`])),
      T: 'threshold of this step',
      h: 'reset of this step',
      load: 'positive where a new image begins',
      emit: 'positive where spikes are allowed',
    },
    equations: [
      `v0 = where(load > 0, ${start('F + inputBias')}, v)`,
      `F' = where(load > 0, 0, F) + ${arriving.join(' + ')}`,
      ...stepLines(names, 'emit > 0', options),
    ].join('\n'),
    pseudoDerivative: TENT,
  });
}

function unrolledParameters(steps: number, noise: boolean): Record<string, ParameterSpec> {
  const entry = (symbol: string, doc: string): ParameterSpec => ({ symbol, unit: '1', default: 0, doc });
  const perStep = numbered(steps).flatMap((t): [string, ParameterSpec][] => [
    [`T${t}`, entry(`T_${t}`, `threshold of step ${t}`)],
    [`h${t}`, entry(`h_${t}`, `reset after a spike in step ${t}`)],
    [`d${t}`, entry(`d_${t}`, `weight of a spike in step ${t}`)],
  ]);
  const offset = entry('c_0', 'what the output starts from');
  return { ...INPUT, offset, ...(noise ? { sigma: SIGMA } : {}), ...Object.fromEntries(perStep) };
}

/**
 * The K steps of a few-spike neuron as one update: input `x` to decoded output `y`, without memory. What the adjoint and the
 * kernel of the value-level evaluation are derived from.
 *
 * Parameters: `T1` … `TK`, `h1` …, `d1` …, `offset`, and those of the input.
 *
 * @throws ParameterError unless `steps` is a positive whole number
 * @eq stoeckl2021fs (few-spike neuron)
 */
export function fewSpikeUnrolled(steps: number, options: UnrolledOptions = {}): NeuronModel {
  checkedOptions('fewSpikeUnrolled', options, ['strict', 'noise', 'excess']);
  checkCount('fewSpikeUnrolled', 'steps', steps);
  const lines = numbered(steps).flatMap((t) => {
    const names = { v: `v${t}`, next: `v${t + 1}`, threshold: `T${t}`, reset: `h${t}`, z: `z${t}`, u: `u${t}` };
    return stepLines(names, '', options);
  });
  const excess = options.excess ? numbered(steps) : [];
  lines.push(...excess.map((t) => `e${t}' = max(abs(u${t}) - 1, 0)`));
  const decoded = numbered(steps).map((t) => `d${t} * z${t}`);
  const definition: NeuronDefinition = {
    name: `few-spike-${steps}`,
    cite: 'stoeckl2021fs',
    params: unrolledParameters(steps, options.noise ?? false),
    state: Object.fromEntries(excess.map((t) => [`e${t}`, `how far u of step ${t} is outside of [-1, 1]`])),
    inputs: { x: 'weighted input with bias' },
    equations: [`v1 = ${start('x')}`, ...lines, `y = offset + ${decoded.join(' + ')}`].join('\n'),
    pseudoDerivative: TENT,
    output: 'y',
  };
  return defineNeuron(definition);
}

import { ParameterError } from '../base/errors.ts';
import { defineNeuron, type NeuronModel, type ParameterSpec, triangular } from '../expr/index.ts';

/** Options of the unit. */
export interface AmosOptions {
  /** Whether a spike needs v > T instead of v ≥ T. Default false. */
  readonly strict?: boolean;
  /** Whether potentials are compared with normal noise of deviation `sigma` on them. Default false. */
  readonly noise?: boolean;
}

const numbered = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

const INPUT: Readonly<Record<string, ParameterSpec>> = {
  low: { symbol: 'x_min', unit: '1', default: -1e30, doc: 'least input; smaller ones count as this' },
  high: { symbol: 'x_max', unit: '1', default: 1e30, doc: 'largest input; larger ones count as this' },
  sign: { symbol: 's', unit: '1', default: 1, min: -1, max: 1, doc: '-1 for a unit of the negative side' },
  bias: { symbol: 'b', unit: '1', default: 0, doc: 'added to the input after clamping' },
};
const SIGMA: ParameterSpec = { symbol: 'σ', unit: '1', default: 0, min: 0, doc: 'noise on v at each comparison' };

function parametersOf(neurons: number, noise: boolean): Record<string, ParameterSpec> {
  const entry = (symbol: string, doc: string, value = 0): ParameterSpec => ({ symbol, unit: '1', default: value, doc });
  const perNeuron = numbered(neurons).flatMap((i): [string, ParameterSpec][] => [
    [`c${i}`, entry(`c_${i}`, `gain of neuron ${i}, 1 or -1`, 1)],
    [`T${i}`, entry(`T_${i}`, `threshold of neuron ${i}`)],
    [`d${i}`, entry(`d_${i}`, `weight of the spike of neuron ${i}`)],
    ...numbered(i - 1).map((j): [string, ParameterSpec] => [
      `h${i}_${j}`,
      entry(`h_${i},${j}`, `inhibition of neuron ${i} by neuron ${j}`),
    ]),
  ]);
  const offset = entry('c_0', 'what the output starts from');
  return { ...INPUT, offset, ...(noise ? { sigma: SIGMA } : {}), ...Object.fromEntries(perNeuron) };
}

const start = (input: string) => `sign * clip(${input}, low, high) + bias`;

/**
 * What gathers the input of a unit: the weighted spikes of one image, which arrive in one step, with bias, clamped. Its value reaches
 * neuron i of the unit i - 1 steps later.
 *
 * Input `I`; parameters `inputBias` and those of the input; output x. Without a range, bias or sign it is a readout.
 *
 * @eq stoeckl2020amos (unit)
 */
export const amosPort = defineNeuron({
  name: 'amos-port',
  cite: 'stoeckl2020amos',
  params: { ...INPUT, inputBias: { symbol: 'b_in', unit: '1', default: 0, doc: 'bias of the weighted sum' } },
  state: {},
  inputs: { I: 'weighted spikes of one image' },
  equations: `y = ${start('I + inputBias')}`,
  output: 'y',
});

/**
 * One of the neurons of a unit, in time. It remembers nothing; what it gets in a step belongs to one image.
 *
 * Inputs: `x`, the input of the unit times the neuron's gain, and `h`, the inhibition by earlier neurons. Parameter: threshold `T`.
 *
 * @eq stoeckl2020amos (unit)
 */
export function amosNeuron({ strict = false }: Pick<AmosOptions, 'strict'> = {}): NeuronModel {
  return defineNeuron({
    name: 'amos',
    cite: 'stoeckl2020amos',
    params: { T: { symbol: 'T_i', unit: '1', default: 0, doc: 'threshold' } },
    state: {},
    inputs: { x: 'input of the unit, with the gain as its sign', h: 'inhibition by neurons before it' },
    equations: `z' = ${strict ? 'spike' : 'spikeGe'}(x - h - T)`,
    pseudoDerivative: triangular({ dampening: 1 }),
  });
}

/**
 * A unit of K neurons that spike at most once each, as one update without memory: input `x` to decoded output `y`. The delays that
 * bring together what one image causes change no value, and are left out. What the kernel of the value-level evaluation is derived
 * from.
 *
 * Parameters: `c1` … `cK`, `T1` …, `d1` …, `h2_1` … `hK_(K-1)`, `offset`, and those of the input.
 *
 * @throws ParameterError unless `neurons` is a positive whole number
 * @eq stoeckl2020amos (unit)
 */
export function amosUnit(neurons: number, { strict = false, noise = false }: AmosOptions = {}): NeuronModel {
  if (!Number.isInteger(neurons) || neurons < 1) {
    throw new ParameterError('amosUnit', `expected a whole number of neurons, 1 or more, got ${neurons}`);
  }
  const lines = numbered(neurons).flatMap((i) => [
    `v${i} = ${[`c${i} * x1`, ...numbered(i - 1).map((j) => `h${i}_${j} * z${j}`)].join(' - ')}`,
    `u${i} = (v${i}${noise ? ' + sigma * normal()' : ''} - T${i}) / (abs(v${i}) + 1)`,
    `z${i} = ${strict ? 'spike' : 'spikeGe'}(u${i})`,
  ]);
  const decoded = numbered(neurons).map((i) => `d${i} * z${i}`);
  return defineNeuron({
    name: `amos-unit-${neurons}`,
    cite: 'stoeckl2020amos',
    params: parametersOf(neurons, noise),
    state: {},
    inputs: { x: 'weighted input with bias' },
    equations: [`x1 = ${start('x')}`, ...lines, `y = offset + ${decoded.join(' + ')}`].join('\n'),
    pseudoDerivative: triangular({ dampening: 1 }),
    output: 'y',
  });
}

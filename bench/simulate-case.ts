import {
  cobaExp,
  type EventNetworkSpec,
  type EventProjectionSpec,
  fixedInDegree,
  fixedProbability,
  iafPscDelta,
  iafPscExp,
  type NeuronInstance,
  normal,
  stdp,
  uniform,
} from 'volley';
import { microcircuit } from './microcircuit.ts';

/** A network of `volley bench simulate`; the peers' side is bench/peers/simulate_cases.py. */
export interface SimulateCase {
  readonly kind: 'COBA' | 'CUBA' | 'Brunel' | 'BrunelSTDP' | 'Microcircuit';
  /** Neurons; of the microcircuit, of its full size in per cent. */
  readonly size: number;
  /** Whether it takes minutes and gigabytes, and so is run only when asked for. */
  readonly large?: boolean;
}

export const CASES: readonly SimulateCase[] = [
  { kind: 'COBA', size: 4000 },
  { kind: 'COBA', size: 40_000 },
  { kind: 'CUBA', size: 4000 },
  { kind: 'CUBA', size: 40_000 },
  { kind: 'Brunel', size: 12_500 },
  { kind: 'BrunelSTDP', size: 10_000 },
  { kind: 'Microcircuit', size: 10 },
  { kind: 'Microcircuit', size: 100, large: true },
];

export const caseName = ({ kind, size }: SimulateCase): string => `${kind} ${size}`;

/** Inputs of a neuron in the networks of Vogels and Abbott, whatever their size. */
const INPUTS = 80;

type Groups = 'exc' | 'inh';

/** Projections between an excitatory and an inhibitory population. */
function projections(
  make: (from: Groups, to: Groups) => Omit<EventProjectionSpec<Groups>, 'from' | 'to'>,
): Record<string, EventProjectionSpec<Groups>> {
  const groups = ['exc', 'inh'] as const;
  return Object.fromEntries(
    groups.flatMap((from) => groups.map((to) => [`${from}-${to}`, { from, to, ...make(from, to) }])),
  );
}

/** @eq vogels2005signal (network of 80 % excitatory and 20 % inhibitory neurons), sizes of brette2007simulation */
function balanced({ kind, size }: SimulateCase): EventNetworkSpec<Groups> {
  const coba = kind === 'COBA';
  const model: NeuronInstance = coba
    ? cobaExp()
    : iafPscExp({ cM: 200, tauM: 20, tauE: 5, tauI: 10, eL: -49, vTh: -50, vReset: -60, tRef: 5 });
  const weights = coba ? { exc: 6, inh: 67 } : { exc: 16.2, inh: -90 };
  // Conductances to start with, some of them negative, without which activity dies at once.
  const conductances = { gE: normal({ mean: 40, sd: 15 }), gI: normal({ mean: 200, sd: 120 }) };
  const start = { v: uniform(-60, -50), ...(coba ? conductances : {}) };
  const topology = fixedProbability(INPUTS / size, { self: false });
  return {
    populations: {
      exc: { size: 0.8 * size, model, start },
      inh: { size: 0.2 * size, model, start },
    },
    projections: projections((from) => ({ input: from, topology, weights: weights[from] })),
  };
}

/** @eq brunel2000dynamics (network with g = 5 and twice the external input that reaches the threshold) */
export function brunel(
  size: number,
  { jump = 0.1, g = 5 }: { readonly jump?: number; readonly g?: number } = {},
): EventNetworkSpec<Groups> {
  const model = iafPscDelta();
  const sizes = { exc: 0.8 * size, inh: 0.2 * size };
  const drive = { rate: (1000 * 2 * 20) / (jump * 20), weights: jump };
  return {
    populations: { exc: { size: sizes.exc, model }, inh: { size: sizes.inh, model } },
    projections: projections((from) => ({
      topology: fixedInDegree(0.1 * sizes[from]),
      weights: from === 'exc' ? jump : -g * jump,
      delay: 15,
    })),
    poisson: { exc: { to: 'exc', ...drive }, inh: { to: 'inh', ...drive } },
  };
}

/** Multiplicative: weights settle near half their bound, which is the jump of the static network. */
const LEARNING = { tauPlus: 20, tauMinus: 20, aPlus: 0.005, aMinus: 0.005, mu: 1 };

/** {@link brunel} with pair STDP of the synapses between excitatory neurons, which start from the static network's jump. */
export function brunelStdp(size: number, jump = 0.1): EventNetworkSpec<Groups> {
  const { projections: all, ...network } = brunel(size, { jump });
  const synapse = stdp({ ...LEARNING, wMax: 2 * jump });
  return { ...network, projections: { ...all, 'exc-exc': { ...all['exc-exc']!, synapse } } };
}

/** The network of a case. */
export function networkOf(test: SimulateCase): EventNetworkSpec {
  if (test.kind === 'Microcircuit') return microcircuit(test.size / 100);
  if (test.kind === 'BrunelSTDP') return brunelStdp(test.size);
  return test.kind === 'Brunel' ? brunel(test.size) : balanced(test);
}

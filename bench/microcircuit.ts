import {
  type EventNetworkSpec,
  type EventPopulationSpec,
  type EventProjectionSpec,
  iafPscExp,
  normal,
  type PoissonSpec,
  randomPairs,
} from 'volley';

const NAMES = ['L23E', 'L23I', 'L4E', 'L4I', 'L5E', 'L5I', 'L6E', 'L6I'] as const;
type Layer = (typeof NAMES)[number];

const SIZES = [20_683, 5834, 21_915, 5479, 4850, 1065, 14_395, 2948];
const EXTERNAL = [1600, 1500, 2100, 1900, 2000, 1900, 2900, 2100];

/** Probability of one connection or more, [target, source]. */
const PROBABILITIES = [
  [0.1009, 0.1689, 0.0437, 0.0818, 0.0323, 0, 0.0076, 0],
  [0.1346, 0.1371, 0.0316, 0.0515, 0.0755, 0, 0.0042, 0],
  [0.0077, 0.0059, 0.0497, 0.135, 0.0067, 0.0003, 0.0453, 0],
  [0.0691, 0.0029, 0.0794, 0.1597, 0.0033, 0, 0.1057, 0],
  [0.1004, 0.0622, 0.0505, 0.0057, 0.0831, 0.3726, 0.0204, 0],
  [0.0548, 0.0269, 0.0257, 0.0022, 0.06, 0.3158, 0.0086, 0],
  [0.0156, 0.0066, 0.0211, 0.0166, 0.0572, 0.0197, 0.0396, 0.2252],
  [0.0364, 0.001, 0.0034, 0.0005, 0.0277, 0.008, 0.0658, 0.1443],
];

/** Mean rates of the full network in Hz, which the smaller ones are compensated by. */
const FULL_RATES = [0.903, 2.965, 4.414, 5.876, 7.569, 8.633, 1.105, 7.829];

/** pA: an amplitude of 0.15 mV. */
const WEIGHT = 87.81;
const TAU_SYN = 0.5;
const EXTERNAL_RATE = 8;

const isExcitatory = (index: number): boolean => index % 2 === 0;

/** Mean weight at full scale. */
function meanWeight(target: number, source: number): number {
  if (!isExcitatory(source)) return -4 * WEIGHT;
  return target === 0 && source === 2 ? 2 * WEIGHT : WEIGHT;
}

/** Synapses of a projection at full scale. */
const fullSynapses = (target: number, source: number): number =>
  Math.log(1 - PROBABILITIES[target]![source]!) / Math.log(1 - 1 / (SIZES[target]! * SIZES[source]!));

/** What scaled-down inputs lack in mean current, in pA. */
function compensation(target: number, scale: number): number {
  const recurrent = FULL_RATES.map(
    (rate, source) => (rate * meanWeight(target, source) * fullSynapses(target, source)) / SIZES[target]!,
  );
  const mean = recurrent.reduce((sum, value) => sum + value, WEIGHT * EXTERNAL[target]! * EXTERNAL_RATE);
  return (1 - Math.sqrt(scale)) * mean * (TAU_SYN / 1000);
}

/**
 * The cortical microcircuit under 1 mm², dt 0.1 ms: eight populations, 77,169 neurons and 3·10⁸ synapses at full scale.
 *
 * @param scale - of neurons and in-degrees alike; weights and a constant current make up for the missing inputs
 * @eq potjans2014cell (tables 4 and 5)
 */
export function microcircuit(scale: number): EventNetworkSpec<Layer> {
  const up = 1 / Math.sqrt(scale);
  const size = (index: number) => Math.round(SIZES[index]! * scale);
  const model = (index: number) =>
    iafPscExp({ eL: -65, vTh: -50, vReset: -65, tauE: TAU_SYN, tauI: TAU_SYN, iE: compensation(index, scale) });
  const populations = NAMES.map((name, k): [Layer, EventPopulationSpec] => [
    name,
    { size: size(k), model: model(k), start: { v: normal({ mean: -58, sd: 10 }) } },
  ]);
  const projections = NAMES.flatMap((to, target) =>
    NAMES.flatMap((from, source): [string, EventProjectionSpec<Layer>][] => {
      const count = Math.round(fullSynapses(target, source) * scale ** 2);
      if (count === 0) return [];
      const mean = meanWeight(target, source) * up;
      const excitatory = isExcitatory(source);
      const weights = normal({ mean, sd: Math.abs(0.1 * mean) });
      const delay = excitatory ? normal({ mean: 15, sd: 7.5 }) : normal({ mean: 8, sd: 4 });
      const input = excitatory ? 'exc' : 'inh';
      return [[`${from}-${to}`, { from, to, input, topology: randomPairs(count), weights, delay }]];
    }),
  );
  const poisson = NAMES.map((to, k): [string, PoissonSpec<Layer>] => [
    to,
    { to, input: 'exc', rate: EXTERNAL[k]! * scale * EXTERNAL_RATE, weights: WEIGHT * up },
  ]);
  return {
    populations: Object.fromEntries(populations) as Record<Layer, EventPopulationSpec>,
    projections: Object.fromEntries(projections),
    poisson: Object.fromEntries(poisson),
  };
}

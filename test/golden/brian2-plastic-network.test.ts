import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { defineNeuron, EventSimulation, iafPscDelta, pairs, stdp, triangular } from 'volley';

type Pairs = readonly [pre: readonly number[], post: readonly number[]];

interface Golden {
  readonly dt: number;
  readonly steps: number;
  readonly delay: number;
  readonly exc: number;
  readonly inh: number;
  readonly neuron: Readonly<Record<string, number>>;
  readonly stdp: Readonly<Record<string, number>>;
  readonly weights: Readonly<Record<'drive' | 'start' | 'excites' | 'inhibits', number>>;
  readonly sources: Readonly<Record<'period' | 'first', readonly number[]>>;
  readonly connections: Readonly<Record<'drive' | 'ee' | 'ei' | 'inh', Pairs>>;
  readonly spikes: readonly (readonly number[])[];
  readonly plastic: readonly number[];
}

const golden = JSON.parse(
  readFileSync(new URL('./brian2-plastic-network/expected.json', import.meta.url), 'utf8'),
) as Golden;

/** Spikes every `period` steps: given trains without a file of them. */
const metronome = defineNeuron({
  name: 'metronome',
  params: { period: { symbol: 'P', unit: '1', default: 100, min: 1, doc: 'steps from spike to spike' } },
  state: { c: { doc: 'steps since the last spike' } },
  inputs: { none: { doc: 'no effect' } },
  equations: `
    u  = c + 1.5 - period + 0 * none
    z' = spike(u)
    c' = where(z' > 0, 0, c + 1)`,
  pseudoDerivative: triangular({ dampening: 0.3 }),
});

/** Synapses from or to the part of a population pair that begins at `first` and has `size` neurons. */
function onto([pre, post]: Pairs, first: number, size: number) {
  const own = pre.map((_, k) => k).filter((k) => post[k]! >= first && post[k]! < first + size);
  return pairs(
    own.map((k) => pre[k]!),
    own.map((k) => post[k]! - first),
  );
}

function network(delay: number) {
  const { exc, inh, neuron, weights, sources, connections } = golden;
  const { period, first } = sources;
  const model = iafPscDelta(neuron);
  const ends = { exc: [0, exc], inh: [exc, inh] } as const;
  const driving = { from: 'sources', weights: weights.drive } as const;
  const inhibits = { from: 'inh', weights: weights.inhibits, delay } as const;
  const [ee, ei] = [onto(connections.ee, 0, exc), onto(connections.ei, 0, inh)];
  return {
    populations: {
      sources: {
        size: period.length,
        model: metronome({ period: Float32Array.from(period) }),
        start: { c: period.map((steps, n) => steps - first[n]!) },
      },
      exc: { size: exc, model },
      inh: { size: inh, model },
    },
    projections: {
      'drive-exc': { ...driving, to: 'exc', topology: onto(connections.drive, ...ends.exc) },
      'drive-inh': { ...driving, to: 'inh', topology: onto(connections.drive, ...ends.inh) },
      ee: { from: 'exc', to: 'exc', topology: ee, weights: weights.start, delay, synapse: stdp(golden.stdp) },
      ei: { from: 'exc', to: 'inh', topology: ei, weights: weights.excites, delay },
      'inh-exc': { ...inhibits, to: 'exc', topology: onto(connections.inh, ...ends.exc) },
      'inh-inh': { ...inhibits, to: 'inh', topology: onto(connections.inh, ...ends.inh) },
    },
  } as const;
}

/** As in the golden file: per step, [step, neurons in ascending order]. */
function ran(delay: number) {
  const simulation = new EventSimulation(network(delay), { seed: 1, dt: golden.dt });
  const { exc, inh } = simulation.run(golden.steps, { record: ['exc', 'inh'] }).spikes;
  const rows = new Map<number, number[]>();
  for (const [{ time, neuron }, first] of [[exc, 0] as const, [inh, golden.exc] as const]) {
    time.forEach((step, k) => {
      const row = rows.get(step) ?? [step];
      row.push(neuron[k]! + first);
      rows.set(step, row);
    });
  }
  const spikes = [...rows.values()].sort((a, b) => a[0]! - b[0]!);
  return { spikes, plastic: simulation.plasticSynapses('ee') };
}

describe('a network with plastic synapses, beside Brian2', () => {
  const { spikes, plastic } = ran(golden.delay);

  it('spikes at the same steps, for a second', () => {
    expect(spikes).toEqual(golden.spikes);
  });

  it('ends with the same weights', () => {
    const theirs = new Map(golden.connections.ee[0].map((pre, k) => [`${pre} ${golden.connections.ee[1][k]}`, golden.plastic[k]!]));
    const apart = Array.from(plastic.variables.w!, (w, k) => Math.abs(w - theirs.get(`${plastic.pre[k]} ${plastic.post[k]}`)!));
    expect(apart).toHaveLength(golden.plastic.length);
    // float32: some 40 x 40 changes of a weight below 0.8 are each rounded by up to 3e-8, as are traces.
    expect(Math.max(...apart)).toBeLessThan(1e-5 * golden.stdp.wMax!);
  });

  it('would not with a delay that is a step longer', () => {
    expect(ran(golden.delay + 1).spikes).not.toEqual(golden.spikes);
  });
});

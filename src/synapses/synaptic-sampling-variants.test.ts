import { describe, expect, it } from 'vitest';
import { type Graph, type Node, type NodeId, reachable } from '../expr/graph.ts';
import type { SynapseBlock } from '../expr/synapse/program.ts';
import { poissonDoubleExponential } from '../neurons/index.ts';
import { synapticSampling, synapticSamplingFrozen, synapticSamplingUniform, synapticSamplingWaiting } from './index.ts';
import { samplingInputs, samplingSimulation } from './testing/sampling.ts';

/** Steps of 0.02 in θ, so that hundreds of updates lead through the whole prior. */
const FAST = { beta: 2e-3, interval: 1 } as const;

describe('frozen connectome', () => {
  it('goes on from the state of a network that rewires: weights move, which are functional does not', () => {
    const rewiring = samplingSimulation(synapticSampling(FAST), 0.1);
    rewiring.run(samplingInputs(500));
    const frozen = samplingSimulation(synapticSamplingFrozen(FAST), 0.1);
    frozen.loadState(rewiring.saveState());
    const before = frozen.synapses('in').variables;
    expect(before.theta).toEqual(rewiring.synapses('in').variables.theta);
    for (let look = 0; look < 5; look++) {
      frozen.run(samplingInputs(100));
      rewiring.run(samplingInputs(100));
      const { theta, w } = frozen.synapses('in').variables;
      const wrong = theta!.findIndex((value, k) =>
        before.theta![k]! >= 0 ? !(value >= 0 && value !== before.theta![k] && w![k]! > 0) : value !== before.theta![k],
      );
      expect(wrong).toBe(-1);
    }
    const after = rewiring.synapses('in').variables;
    // 500 updates of 0.02 move θ by some 0.4: a good part of 2000 crosses 0.
    expect(after.w!.filter((w, k) => w > 0 !== before.w![k]! > 0).length).toBeGreaterThan(200);
  });

  it('is the walk, bit by bit, where nothing comes near 0', () => {
    const walks = [synapticSampling(), synapticSamplingFrozen()].map((synapse) => {
      const walk = samplingSimulation(synapse, 1);
      walk.run(samplingInputs(3000, { spike: true, bap: 0.1, dopa: 1 }));
      return walk.synapses('in').variables;
    });
    expect(walks[0]).toEqual(walks[1]);
  });
});

describe('waiting times', () => {
  it('are exponential: retracted synapses come back with θ = 0 at a constant rate', () => {
    // Without learning, θ stays where it comes back.
    const waiting = samplingSimulation(synapticSamplingWaiting({ beta: 0, wait: 500, interval: 10 }), -0.5);
    for (let look = 1; look <= 5; look++) {
      waiting.run(samplingInputs(200));
      const { theta, w } = waiting.synapses('in').variables;
      const left = theta!.filter((value) => value === -0.5).length;
      expect(theta!.filter((value) => value === 0)).toHaveLength(theta!.length - left);
      // Of the weights, e^-3, as many are there as synapses are back.
      expect(w!.filter((value) => Math.abs(value - Math.exp(-3)) < 1e-7)).toHaveLength(theta!.length - left);
      const p = Math.exp((-200 * look) / 500);
      // Binomial: five standard errors.
      expect(Math.abs(left - 2000 * p)).toBeLessThan(5 * Math.sqrt(2000 * p * (1 - p)));
    }
  });

  it('last as long, by default, as the walk stays below 0', () => {
    const values = { ...FAST, beta: 0.02 };
    const walk = samplingSimulation(synapticSampling(values), 0.1);
    walk.run(samplingInputs(2000));
    let [below, left] = [0, 0];
    let before = walk.synapses('in').variables.theta!;
    for (let step = 0; step < 4000; step++) {
      walk.run(samplingInputs(1));
      const { theta } = walk.synapses('in').variables;
      for (let k = 0; k < theta!.length; k++) {
        below += Number(theta![k]! < 0);
        left += Number(theta![k]! < 0 && before[k]! >= 0);
      }
      before = theta!;
    }
    // The chance that two normal variables of correlation ρ lie on different sides of 0 is arccos(ρ) / π.
    const stay = Math.PI / Math.acos(1 - values.beta * values.interval * 0.25);
    // 8 million updates, some 170,000 stays of widely spread lengths; 200 updates are one correlation time: 0.5 % for the fraction below.
    expect(Math.abs(below / left / stay - 1)).toBeLessThan(0.03);
    const { beta, interval, precision, wait } = synapticSamplingWaiting().values;
    const expected = (Math.PI / Math.acos(1 - beta! * interval! * precision!)) * interval!;
    expect(Math.abs(wait! / expected - 1)).toBeLessThan(0.01);
  });
});

describe('cost', () => {
  const is = (op: Node['op']) => (node: Node) => node.op === op;
  /** How often an operation appears in what some nodes are computed from. */
  const count = (graph: Graph, roots: readonly NodeId[], counted: (node: Node) => boolean) =>
    reachable(graph, roots).filter((used, id) => used && counted(graph.node(id))).length;

  it.each([synapticSampling, synapticSamplingUniform, synapticSamplingFrozen])(
    'is one draw and one exponential per synapse and 100 ms, and neither per step, case %#',
    (model) => {
      const cost = ({ graph, updates, randomSites }: SynapseBlock) => {
        const roots = updates.flatMap(({ scope, node }) => (scope === 'synapse' ? node : []));
        return [randomSites.length, count(graph, roots, is('exp'))];
      };
      const { every, onStep } = model.program.blocks;
      expect([cost(every!), cost(onStep!)]).toEqual([
        [1, 1],
        [0, 0],
      ]);
      expect(model().values.interval).toBe(100);
    },
  );

  it('is one draw and two exponentials per neuron and step', () => {
    const { graph, next, output, randomSites } = poissonDoubleExponential.step;
    expect([randomSites.length, count(graph, [...Object.values(next), output], is('exp'))]).toEqual([1, 2]);
  });
});

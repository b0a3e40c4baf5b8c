import { describe, expect, it } from 'vitest';
import { RandomStream, randomNormal } from '../base/random.ts';
import { streamOf } from '../base/stream.ts';
import { defineNeuron, triangular } from '../expr/index.ts';
import { FloatSequence, SpikeTrain } from '../tensor/index.ts';
import { defineNetwork } from './network.ts';
import { initialParameters } from './parameters.ts';
import { simulateReference } from './reference.ts';
import { allToAll, fixedInDegree, oneToOne, pairs, type Topology } from './topology.ts';
import { fanInNormal } from './weights.ts';

const ms = { symbol: 'τ', unit: 'ms', default: 10, doc: 'time constant' };

const leaky = defineNeuron({
  name: 'leaky',
  params: { tau: ms },
  derived: { k: 'exp(-dt / tau)' },
  state: { y: { doc: 'filtered input', init: 0.25 } },
  inputs: { I: 'current' },
  equations: `y' = k * y + (1 - k) * I`,
  output: 'y',
});

const relay = defineNeuron({
  name: 'relay',
  params: {},
  state: { x: 'last input' },
  inputs: { I: 'current' },
  equations: `
    x' = I
    z' = spike(I - 0.5)`,
  pseudoDerivative: triangular(),
});

const noisy = defineNeuron({
  name: 'noisy-lif',
  params: { tau: ms },
  derived: { alpha: 'exp(-dt / tau)' },
  state: { v: 'membrane potential' },
  inputs: { I: 'current' },
  equations: `
    v' = alpha * v + I + 0.3 * normal() - z
    z' = spike(v' - 1)`,
  pseudoDerivative: triangular(),
});

function randomSpikes(steps: number, batch: number, size: number): SpikeTrain {
  const random = new RandomStream(1, 9);
  const dense = Uint8Array.from({ length: steps * batch * size }, () => Number(random.uniform() < 0.3));
  return SpikeTrain.fromDense(dense, [steps, batch, size]);
}

describe('simulateReference', () => {
  it('relaxes to a constant current as the exponential says', () => {
    const net = defineNetwork({
      inputs: { f: { size: 1, kind: 'floats' } },
      populations: { out: { size: 1, model: leaky({ tau: 8 }) } },
      projections: { in: { from: 'f', to: 'out', weights: 2 } },
    });
    const inputs = { f: new FloatSequence(40, 1, 1, new Float32Array(40).fill(1.5)) };
    const { outputs, states } = simulateReference(net, initialParameters(net, 1), inputs, {
      steps: 40,
      batch: 1,
      dt: 0.5,
    });
    expect(states.out!.y![0]).toBe(0.25);
    // y_t = I + (y_0 - I) e^(-t/τ); 1e-14: 40 steps of a few roundings each.
    outputs.out!.forEach((y, t) => {
      expect(Math.abs(y - (3 + (0.25 - 3) * Math.exp((-0.5 * (t + 1)) / 8)))).toBeLessThan(1e-14);
    });
  });

  it.each([0, 1, 5])('delivers spikes after a delay of %i steps', (delay) => {
    const net = defineNetwork({
      inputs: { x: { size: 3 } },
      populations: { first: { size: 3, model: relay() }, second: { size: 3, model: relay() } },
      projections: {
        in: { from: 'x', to: 'first', topology: oneToOne(), weights: 1 },
        on: { from: 'first', to: 'second', topology: oneToOne(), weights: 1, delay },
      },
    });
    const x = randomSpikes(20, 2, 3);
    const { outputs } = simulateReference(net, initialParameters(net, 1), { x }, { steps: 20, batch: 2 });
    for (let t = 0; t < 20; t++) {
      for (let b = 0; b < 2; b++) {
        for (let i = 0; i < 3; i++) {
          expect(outputs.second![(t * 2 + b) * 3 + i]).toBe(t < delay ? 0 : x.get(t - delay, b, i));
        }
      }
    }
  });

  it('gives the same for one matrix written as dense, sparse or one-to-one', () => {
    const run = (topology: Topology, weights: number[]) => {
      const net = defineNetwork({
        inputs: { x: { size: 2 } },
        populations: { out: { size: 2, model: leaky() } },
        projections: { in: { from: 'x', to: 'out', topology, weights } },
      });
      return simulateReference(net, initialParameters(net, 1), { x: randomSpikes(9, 2, 2) }, { steps: 9, batch: 2 })
        .outputs;
    };
    // Dense weights are [post, pre]; sparse ones go by pre, then post.
    expect(run(pairs([0, 0, 1], [0, 1, 1]), [1, 2, 3])).toEqual(run(allToAll(), [1, 0, 2, 3]));
    expect(run(oneToOne(), [1, 3])).toEqual(run(allToAll(), [1, 0, 0, 3]));
  });

  it('leaves out self-connections whatever their weights', () => {
    const net = defineNetwork({
      inputs: { x: { size: 1 } },
      populations: { loop: { size: 1, model: leaky() } },
      projections: { rec: { from: 'loop', to: 'loop', weights: 1 } },
    });
    const run = (weight: number) => {
      const { neurons } = initialParameters(net, 1);
      const connections = { rec: { kind: 'dense' as const, self: false, weights: [weight] } };
      return simulateReference(net, { connections, neurons }, { x: randomSpikes(5, 1, 1) }, { steps: 5, batch: 1 })
        .outputs;
    };
    expect(run(7)).toEqual(run(0));
  });

  const recurrent = defineNetwork({
    inputs: { x: { size: 6 } },
    populations: { hidden: { size: 5, model: noisy() }, out: { size: 2, model: leaky() } },
    projections: {
      in: { from: 'x', to: 'hidden', delay: 3, weights: fanInNormal() },
      rec: { from: 'hidden', to: 'hidden', delay: 2, topology: fixedInDegree(2), weights: fanInNormal() },
      out: { from: 'hidden', to: 'out', weights: fanInNormal() },
    },
  });

  it('goes on where it stopped as if it had not stopped', () => {
    const parameters = initialParameters(recurrent, 3);
    const x = randomSpikes(30, 2, 6);
    const whole = simulateReference(recurrent, parameters, { x }, { steps: 30, batch: 2, seed: 8 });
    expect(whole.outputs.hidden!.some((z) => z === 1)).toBe(true);
    const cut = 11;
    const rest = new SpikeTrain(30 - cut, 2, 6);
    rest.data.set(x.data.subarray(x.offset(cut, 0)));
    const first = simulateReference(recurrent, parameters, { x }, { steps: cut, batch: 2, seed: 8 });
    const options = { steps: 30 - cut, batch: 2, seed: 8, initial: first.final() };
    const second = simulateReference(recurrent, parameters, { x: rest }, options);
    for (const name of ['hidden', 'out']) {
      expect([...first.outputs[name]!, ...second.outputs[name]!]).toEqual([...whole.outputs[name]!]);
    }
  });

  it('draws noise by population, site, step and element', () => {
    const net = defineNetwork({
      inputs: {},
      populations: { n: { size: 3, model: noisy() } },
      projections: {},
    });
    const { states } = simulateReference(net, initialParameters(net, 1), {}, { steps: 2, batch: 2, seed: 77 });
    for (let element = 0; element < 6; element++) {
      expect(states.n!.v![6 + element]).toBe(0.3 * randomNormal(77, streamOf('random/n/0'), 1, element));
    }
  });
});

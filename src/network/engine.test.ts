import { describe, expect, it } from 'vitest';
import { NumericsError } from '../base/errors.ts';
import { randomNormal, randomUniform } from '../base/random.ts';
import { streamOf } from '../base/stream.ts';
import { defineNeuron } from '../expr/index.ts';
import { leakyReadout } from '../neurons/index.ts';
import { FloatSequence } from '../tensor/index.ts';
import { Engine } from './engine.ts';
import { defineNetwork } from './network.ts';
import { initialParameters } from './parameters.ts';
import { copyFloats } from './recorder.ts';
import { simulateReference } from './reference.ts';
import { Simulation } from './simulation.ts';
import { mixedNetwork, randomInputs } from './testing/mixed-network.ts';
import { fixedProbability } from './topology.ts';

/** Passes its random draws on. */
const dice = defineNeuron({
  name: 'dice',
  params: {},
  state: { n: 'normal draw', u: 'uniform draw' },
  inputs: { I: 'unused' },
  equations: `
    n' = normal() + 0 * I
    u' = uniform()`,
  output: 'n',
});

/** Rows `rowStart` … of the mixed network's readout, computed by an engine of their own. */
function rowsOf(rowStart: number, batch: number, steps: number): Float32Array {
  const parameters = initialParameters(mixedNetwork, 6);
  const engine = new Engine(mixedNetwork, parameters, { batch, steps, dt: 1, seed: 6, rowStart });
  engine.writeInputs(randomInputs(steps, 4), 0, steps, rowStart);
  engine.forward();
  const { output, size } = engine.layout.populations.out!;
  const sequence = new FloatSequence(steps, batch, size);
  copyFloats(engine, sequence, output, 0, steps);
  return sequence.data;
}

describe('random draws in equations', () => {
  it('depend on seed, site, step and element alone', () => {
    const net = defineNetwork({ inputs: {}, populations: { d: { size: 5, model: dice() } }, projections: {} });
    const seed = 2 ** 40 + 3;
    const record = { states: { d: ['n', 'u'] } };
    const simulation = new Simulation(net, { batch: 3, seed, blockSteps: 4, record });
    const runs = [simulation.run({}, 6), simulation.run({}, 5)];
    runs.forEach(({ states }, run) => {
      states.d!.u!.data.forEach((value, k) => {
        const [step, element] = [6 * run + Math.floor(k / 15) + 1, k % 15];
        expect(value).toBe(randomUniform(seed, streamOf('random/d/1'), step, element));
        // Bound of the kernel's own test.
        expect(states.d!.n!.data[k]).toBeCloseTo(randomNormal(seed, streamOf('random/d/0'), step, element), 5);
      });
    });
  });

  it('are the same in every split of the batch', () => {
    const steps = 30;
    const whole = rowsOf(0, 4, steps);
    for (const size of [1, 2]) {
      for (let from = 0; from < 4; from += size) {
        const part = rowsOf(from, size, steps);
        for (let t = 0; t < steps; t++) {
          const [row, width] = [size * 3, 4 * 3];
          expect(part.slice(t * row, (t + 1) * row)).toEqual(
            whole.slice(t * width + from * 3, t * width + from * 3 + row),
          );
        }
      }
    }
  });
});

describe('one network built for several seeds', () => {
  /** Two sparse projections, whose numbers of synapses depend on the seed. */
  const twoSparse = () =>
    defineNetwork({
      inputs: { f: { size: 13, kind: 'floats' } },
      populations: { a: { size: 9, model: leakyReadout() }, b: { size: 9, model: leakyReadout() } },
      projections: {
        toA: { from: 'f', to: 'a', topology: fixedProbability(0.3), weights: 1 },
        toB: { from: 'f', to: 'b', topology: fixedProbability(0.3), weights: 1 },
      },
    });

  it('uses the connections of each', () => {
    const inputs = {
      f: new FloatSequence(
        3,
        1,
        13,
        Float32Array.from({ length: 39 }, (_, k) => k + 1),
      ),
    };
    const shared = twoSparse();
    // Among 20 seeds some need the same memory, divided otherwise.
    for (let seed = 0; seed < 20; seed++) {
      const [got, wanted] = [shared, twoSparse()].map((net) => new Simulation(net, { seed }).run(inputs).outputs);
      expect(got, `seed ${seed}`).toEqual(wanted);
    }
  });
});

/** y' = 1 / I: infinite where the input is zero, as it is in the pad lanes. */
const inverse = defineNeuron({
  name: 'inverse',
  params: {},
  state: { y: 'inverse of the input' },
  inputs: { I: 'current' },
  equations: `y' = 1 / I`,
  output: 'y',
});

describe('values that are not finite', () => {
  const net = defineNetwork({
    inputs: { f: { size: 1, kind: 'floats' } },
    populations: { p: { size: 5, model: inverse() }, q: { size: 5, model: inverse() } },
    projections: {
      in: { from: 'f', to: 'p', weights: 2 },
      on: { from: 'p', to: 'q', weights: 1 },
    },
  });
  const run = (values: number[]) =>
    new Simulation(net, { batch: values.length, seed: 1 }).run({ f: new FloatSequence(1, values.length, 1, values) });

  it('in pad lanes do not matter', () => {
    const inputs = { f: new FloatSequence(1, 2, 1, [1, 4]) };
    const { outputs } = simulateReference(net, initialParameters(net, 1), inputs, { batch: 2, steps: 1 });
    expect([...run([1, 4]).outputs.q!.data]).toEqual([...Float32Array.from(outputs.q!)]);
  });

  it('are reported with population, variable and neuron, whatever the pad lanes hold', () => {
    expect(() => run([1, 0])).toThrow(NumericsError);
    expect(() => run([1, 0])).toThrow('a non-finite y in population "p", neuron 0');
  });

  it('are reported in outputs that are no state', () => {
    const pole = defineNeuron({ ...leakyReadout.definition, equations: `y' = I\n o = 1 / (y' - 2) + bias` });
    const readout = defineNetwork({
      inputs: { f: { size: 1, kind: 'floats' } },
      populations: { out: { size: 1, model: pole() } },
      projections: { in: { from: 'f', to: 'out', weights: 1 } },
    });
    const simulation = new Simulation(readout, { seed: 1 });
    const run = (values: number[]) => simulation.run({ f: new FloatSequence(values.length, 1, 1, values) });
    run([1, 3]);
    expect(() => run([1, 2, 3])).toThrow('a non-finite o in population "out", neuron 0, within the last 3 steps');
  });
});

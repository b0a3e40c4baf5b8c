import fc from 'fast-check';
import { expect, it } from 'vitest';
import { RandomStream } from '../../src/base/random.ts';
import { defineNeuron } from '../../src/expr/index.ts';
import { defineNetwork, EventSimulation, pairs, Simulation } from '../../src/network/index.ts';
import { choiceLists, randomModel } from './expr-models.ts';

const STEPS = 6;
const [SOURCES, SIZE] = [9, 5] as const;

/** Spikes at random, the same in both kinds of simulation. */
const source = defineNeuron({
  name: 'source',
  params: {},
  state: { last: 'whether it spiked' },
  inputs: { I: 'nothing' },
  equations: `
    s = bernoulli(0.3)
    last' = s + 0 * I`,
  output: 's',
});

/** A third of all pairs, with weights. */
function connections(random: RandomStream) {
  const all = Array.from({ length: SOURCES * SIZE }, (_, k) => k).filter(() => random.uniform() < 0.3);
  const topology = pairs(
    all.map((k) => Math.floor(k / SIZE)),
    all.map((k) => k % SIZE),
  );
  return { topology, weights: all.map(() => random.normal()) };
}

it('neurons of random models, with inputs delivered into their states, are those of Simulation', () => {
  let [compared, apart] = [0, 0];
  fc.assert(
    fc.property(choiceLists, fc.nat(1000), (choices, seed) => {
      const model = randomModel(choices, { smooth: false })();
      const random = new RandomStream(seed, 3);
      const populations = { source: { size: SOURCES, model: source() }, cells: { size: SIZE, model } };
      const inputs = Object.keys(model.model.definition.inputs);
      const projections = Object.fromEntries(
        [...inputs, ...inputs].map((input, k) => [
          `p${k}`,
          { from: 'source' as const, to: 'cells' as const, input, delay: 1 + k, ...connections(random) },
        ]),
      );
      const events = new EventSimulation({ populations, projections }, { seed, dt: 1 });
      events.run(STEPS);
      const states = Object.keys(model.model.definition.state);
      const net = defineNetwork({ inputs: {}, populations, projections });
      const simulation = new Simulation(net, { seed, dt: 1, record: { states: { cells: states } } });
      const recorded = simulation.run(undefined, STEPS).states.cells;
      for (const name of states) {
        const got = events.state('cells', name);
        const wanted = recorded[name]!.data.subarray((STEPS - 1) * SIZE);
        got.forEach((value, k) => {
          compared += 1;
          // Sums in another order, a few steps long.
          if (Math.abs(value - wanted[k]!) > 1e-4 * (1 + Math.abs(wanted[k]!))) apart += 1;
        });
      }
    }),
    { numRuns: 150 },
  );
  expect(compared).toBeGreaterThan(500);
  // A comparison that is too close to call may fall either way, and must stay the exception.
  expect(apart).toBeLessThan(0.01 * compared);
});

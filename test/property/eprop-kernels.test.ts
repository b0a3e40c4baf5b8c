import fc from 'fast-check';
import { expect, it } from 'vitest';
import { RandomStream } from 'volley/base';
import { bptt, eprop, OnlineLearner, sgd, squaredError, Trainer } from 'volley/learning';
import { allToAll, defineNetwork, fixedInDegree, type Network, type NetworkParameters } from 'volley/network';
import { leakyReadout } from 'volley/neurons';
import { type Batch, FloatSequence } from 'volley/tensor';
import { choiceLists, randomModel } from './expr-models.ts';

const [INPUTS, N, OUT, STEPS, ROWS] = [3, 5, 2, 20, 2];

/** Random neurons of one model, driven at the first input and, recurrently and late, at the last. */
function networkOf(choices: readonly number[], recurrence: number): Network {
  const model = randomModel(choices, { smooth: false });
  const ports = Object.keys(model.definition.inputs);
  const [first, last] = [ports[0]!, ports.at(-1)!];
  return defineNetwork({
    inputs: { x: { size: INPUTS, kind: 'floats' } },
    populations: { hidden: { size: N, model: model() }, out: { size: OUT, model: leakyReadout({ tauOut: 5 }) } },
    projections: {
      in: { from: 'x', to: 'hidden', input: first, weights: { kind: 'normal', mean: 0, sd: 1 } },
      late: {
        from: 'x',
        to: 'hidden',
        input: last,
        weights: { kind: 'normal', mean: 0, sd: 1 },
        delay: 2,
        topology: fixedInDegree(2),
      },
      rec: {
        from: 'hidden',
        to: 'hidden',
        input: last,
        weights: { kind: 'normal', mean: 0, sd: recurrence },
        topology: allToAll(),
      },
      out: { from: 'hidden', to: 'out', weights: { kind: 'normal', mean: 0, sd: 1 } },
    },
  });
}

function batchOf(random: RandomStream): Batch {
  const normals = (count: number) => Float32Array.from({ length: count }, () => random.normal());
  return {
    steps: STEPS,
    size: ROWS,
    inputs: { x: new FloatSequence(STEPS, ROWS, INPUTS, normals(STEPS * ROWS * INPUTS)) },
    targets: { out: { data: normals(STEPS * ROWS * OUT) } },
  };
}

/** The largest difference relative to the largest gradient of any projection. */
function distance(a: NetworkParameters, b: NetworkParameters): number {
  const all = (p: NetworkParameters) => Object.values(p.connections).flatMap(({ weights }) => [...weights]);
  const [x, y] = [all(a), all(b)];
  const largest = Math.max(...x.map(Math.abs));
  return largest === 0 ? 0 : Math.max(...x.map((value, k) => Math.abs(value - y[k]!))) / largest;
}

// float32 sums in another order; gradients of random models cancel to a thousandth of their terms.
const CLOSE = 1e-3;
const SETTINGS = { numRuns: 60 };
const common = { batch: ROWS, loss: squaredError(), optimiser: sgd({ learningRate: 0.1 }) };

// @eq bellec2020eprop (1)
// @eq bellec2020eprop (the eligibility vector and trace)
it('compiled traces of random models have the gradient of the cut adjoint', async () => {
  let differing = 0;
  await fc.assert(
    fc.asyncProperty(choiceLists, fc.nat(1000), fc.boolean(), async (choices, seed, detachReset) => {
      const network = networkOf(choices, 0.7);
      const batch = batchOf(new RandomStream(seed, 1));
      const options = { ...common, seed, rule: eprop({ detachReset }) };
      const { gradient } = await (await Trainer.create(network, { ...options, steps: STEPS })).gradient(batch);
      const learner = new OnlineLearner(network, { ...options, block: 6 });
      learner.advance(batch);
      expect(distance(gradient, learner.gradient())).toBeLessThan(CLOSE);
      const exact = { ...options, rule: bptt({ detachReset }), steps: STEPS };
      const whole = await (await Trainer.create(network, exact)).gradient(batch);
      if (distance(whole.gradient, gradient) > CLOSE) differing++;
    }),
    SETTINGS,
  );
  // With recurrent weights e-prop is no more than an approximation.
  expect(differing).toBeGreaterThan(10);
});

it('is the gradient of BPTT where neurons do not reach each other', async () => {
  await fc.assert(
    fc.asyncProperty(choiceLists, fc.nat(1000), fc.boolean(), async (choices, seed, detachReset) => {
      const network = networkOf(choices, 0);
      const batch = batchOf(new RandomStream(seed, 1));
      const options = { ...common, seed, steps: STEPS };
      const cut = await Trainer.create(network, { ...options, rule: eprop({ detachReset }) });
      const whole = await Trainer.create(network, { ...options, rule: bptt({ detachReset }) });
      const [a, b] = [await whole.gradient(batch), await cut.gradient(batch)];
      expect(distance(a.gradient, b.gradient)).toBeLessThan(CLOSE);
    }),
    SETTINGS,
  );
});

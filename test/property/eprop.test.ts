import fc from 'fast-check';
import { expect, it } from 'vitest';
import { RandomStream } from 'volley/base';
import type { NeuronModel } from 'volley/expr';
import { bptt, eprop, referenceEprop, referenceGradient, squaredError } from 'volley/learning';
import { allToAll, defineNetwork, type Network, type ReferenceParameters } from 'volley/network';
import { leakyReadout } from 'volley/neurons';
import { type Batch, FloatSequence } from 'volley/tensor';
import { choiceLists, randomModel } from './expr-models.ts';

const [INPUTS, N, OUT, STEPS] = [2, 3, 2, 12];

/** A group of neurons of a random model, driven at its first input and, recurrently, at its last. */
function networkOf(model: NeuronModel): Network {
  const inputs = Object.keys(model.definition.inputs);
  const into = { from: 'x', to: 'hidden', weights: 0 } as const;
  return defineNetwork({
    inputs: { x: { size: INPUTS, kind: 'floats' } },
    populations: { hidden: { size: N, model: model({}) }, out: { size: OUT, model: leakyReadout({ tauOut: 5 }) } },
    projections: {
      in: { ...into, input: inputs[0]! },
      late: { ...into, input: inputs.at(-1)!, delay: 2 },
      rec: { from: 'hidden', to: 'hidden', input: inputs.at(-1)!, weights: 0, topology: allToAll() },
      out: { from: 'hidden', to: 'out', weights: 0 },
    },
  });
}

function parametersOf(network: Network, random: RandomStream, recurrence: number): ReferenceParameters {
  const dense = (count: number, sd: number) => ({
    kind: 'dense' as const,
    self: true,
    weights: Float64Array.from({ length: count }, () => sd * random.normal()),
  });
  const values = (name: string) =>
    Object.fromEntries(
      Object.entries(network.populations[name]!.model.values).map(([key, value]) => [
        key,
        Float64Array.of(value as number),
      ]),
    );
  return {
    connections: {
      in: dense(N * INPUTS, 1),
      late: dense(N * INPUTS, 1),
      rec: dense(N * N, recurrence),
      out: dense(OUT * N, 1),
    },
    neurons: { hidden: values('hidden'), out: values('out') },
  };
}

function batchOf(random: RandomStream): Batch {
  const normals = (count: number) => Float32Array.from({ length: count }, () => random.normal());
  return {
    steps: STEPS,
    size: 1,
    inputs: { x: new FloatSequence(STEPS, 1, INPUTS, normals(STEPS * INPUTS)) },
    targets: { out: { data: normals(STEPS * OUT) } },
  };
}

type Gradients = Readonly<Record<string, Float64Array>>;

/** The largest difference relative to the largest gradient of any projection. */
function distance(a: Gradients, b: Gradients): number {
  const largest = (values: Gradients) => Math.max(...Object.values(values).flatMap((v) => [...v].map(Math.abs)));
  const apart = Object.entries(b).map(([name, v]) => [name, v.map((value, k) => value - a[name]![k]!)] as const);
  const difference = largest(Object.fromEntries(apart));
  return difference === 0 ? 0 : difference / largest(b);
}

const cases = { numRuns: 100 };
const options = { loss: squaredError() };
// Sums in another order; the gradients of a dozen steps may cancel to a thousandth of their terms.
const CLOSE = 1e-9;

function eachCase(recurrence: number, check: (network: Network, start: ReferenceParameters, batch: Batch) => void) {
  fc.assert(
    fc.property(choiceLists, fc.nat(1000), (choices, seed) => {
      const network = networkOf(randomModel(choices, { smooth: false }));
      const random = new RandomStream(seed, 8);
      check(network, parametersOf(network, random, recurrence), batchOf(random));
    }),
    cases,
  );
}

it('without recurrent weights, e-prop of random models is BPTT, with and without the reset', () => {
  let driven = 0;
  eachCase(0, (network, start, batch) => {
    for (const detachReset of [true, false]) {
      const wanted = referenceGradient(network, start, batch, { ...options, rule: bptt({ detachReset }) });
      const found = referenceEprop(network, start, batch, { ...options, rule: eprop({ detachReset }) });
      expect(distance(found.gradients.weights, wanted.gradients.weights)).toBeLessThan(CLOSE);
      if (wanted.gradients.weights.in!.some((g) => g !== 0)) driven += 1;
    }
  });
  // Many a random model is driven by nothing; enough must be, or the test says nothing.
  expect(driven).toBeGreaterThan(40);
});

// @eq bellec2020eprop (1)
// @eq bellec2020eprop (eligibility vector and trace)
it('with recurrent weights, the online form of random models is the reverse form', () => {
  let apart = 0;
  eachCase(0.5, (network, start, batch) => {
    const wanted = referenceGradient(network, start, batch, { ...options, rule: eprop() }).gradients.weights;
    const found = referenceEprop(network, start, batch, options).gradients.weights;
    expect(distance(found, wanted)).toBeLessThan(CLOSE);
    const whole = referenceGradient(network, start, batch, { ...options, rule: bptt() }).gradients.weights;
    if (distance(whole, wanted) > 1e-3) apart += 1;
  });
  // The paths that e-prop leaves out must matter in some models.
  expect(apart).toBeGreaterThan(10);
});

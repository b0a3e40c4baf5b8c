import { expect, it } from 'vitest';
import { evaluateLoss } from 'volley/learning';
import { simulateReference } from 'volley/network';
import { classificationRun, type GoldenForm, goldenRun, reverse } from './nest-eprop.ts';

/** Losses of evidence accumulation with two sequences in a batch, for both definitions of a neuron's firing rate. */
const LOSSES = {
  perSequence: [0.702163370672, 0.735555303152],
  overBatch: [0.702163370672, 0.728207507526],
};

/** The loss alone. */
const forwards: GoldenForm = (network, parameters, batch, { loss }) => {
  const { steps, size } = batch;
  const { outputs } = simulateReference(network, parameters, batch.inputs, { batch: size, steps });
  const layout = { steps, batch: size, classes: 2, stride: 2, rowOffset: 0 };
  const gradients = Object.entries(parameters.connections).map(([name, { weights }]) => [
    name,
    new Float64Array(weights.length),
  ]);
  return {
    loss: evaluateLoss(loss, batch, outputs.out!, layout).loss,
    gradients: Object.fromEntries(gradients),
    spikes: [],
  };
};

/** The reverse sweep; the last of `count` iterations, whose gradient nothing reads, is only evaluated. */
function sparingLast(count: number): GoldenForm {
  let iteration = 0;
  return (...given) => {
    iteration += 1;
    return iteration < count ? reverse(...given) : forwards(...given);
  };
}

it.each([
  ['of every sequence, as NEST takes them', true, LOSSES.perSequence],
  ['over the batch', false, LOSSES.overBatch],
] as const)(
  'a batch of two learns as recorded with firing rates %s',
  async (_name, perSequence, wanted) => {
    const { iterations } = await goldenRun(
      classificationRun(2, perSequence),
      sparingLast(wanted.length),
      wanted.length,
    );
    iterations.forEach(({ loss }, k) => {
      // The digits that were recorded.
      expect(loss).toBeCloseTo(wanted[k]!, 11);
    });
  },
  180_000,
);

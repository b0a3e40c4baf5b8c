import { expect, it } from 'vitest';
import { eprop, OnlineLearner, randomFeedback, sgd, type StepResult, Trainer } from 'volley/learning';
import { initialParameters, type NetworkParameters } from 'volley/network';
import { classificationRun, type GoldenRun, NAMES, recorded, regressionRun } from './nest-eprop.ts';

const ITERATIONS = 5;

/** What the compiled kernels find in one iteration. */
interface Found {
  readonly loss: number;
  /** Spikes of the hidden population, over the whole batch. */
  readonly spikes: number;
}

function options({ network, weights, options: { loss, regularisers }, optimiser, batches }: GoldenRun) {
  const start = initialParameters(network, 0);
  const connections = Object.fromEntries(
    NAMES.map((name) => [name, { ...start.connections[name]!, weights: Float32Array.from(weights[name]) }]),
  ) as NetworkParameters['connections'];
  return {
    batch: batches[0]!.size,
    seed: 0,
    loss,
    regularisers,
    optimiser: optimiser.kind === 'descent' ? sgd({ learningRate: optimiser.learningRate }) : optimiser,
    rule: eprop({ feedback: randomFeedback({ weights: weights.feedback }) }),
    parameters: { ...start, connections },
  };
}

/** Targets as the kernels take them: float32. */
function batchOf({ batches }: GoldenRun, k: number) {
  const batch = batches[k % batches.length]!;
  const targets = Object.entries(batch.targets ?? {}).map(([name, { data }]) => [name, { data: Float32Array.from(data) }]);
  return targets.length > 0 ? { ...batch, targets: Object.fromEntries(targets) } : batch;
}

async function reverse(run: GoldenRun): Promise<Found[]> {
  const trainer = await Trainer.create(run.network, { ...options(run), steps: run.batches[0]!.steps });
  const found: Found[] = [];
  for (let k = 0; k < ITERATIONS; k++) {
    const result: StepResult = await trainer.step(batchOf(run, k));
    const { steps, size } = run.batches[0]!;
    // Hz of 100 neurons over a batch of known length.
    found.push({ loss: result.loss, spikes: Math.round((result.rates.hidden! * 100 * steps * size) / 1000) });
  }
  return found;
}

function online(run: GoldenRun, block: number): Found[] {
  const learner = new OnlineLearner(run.network, { ...options(run), block });
  return Array.from({ length: ITERATIONS }, (_, k) => {
    learner.reset();
    const { loss, rates } = learner.advance(batchOf(run, k));
    learner.update();
    const { steps, size } = run.batches[0]!;
    return { loss, spikes: Math.round((rates.hidden! * 100 * steps * size) / 1000) };
  });
}

it.each([
  ['pattern generation', 'regression', regressionRun],
  ['evidence accumulation', 'classification', () => classificationRun(1)],
] as const)('float32 kernels follow the recorded %s, by the sweep and online', async (_, name, make) => {
  const run = make();
  const wanted = recorded()[name].iterations;
  for (const found of [await reverse(run), online(run, 32), online(run, 1)]) {
    for (const [k, { loss, spikes }] of found.entries()) {
      expect(spikes).toBe(wanted[k]!.spikes[0]);
      // What single precision leaves of five iterations: no spike moves.
      expect(Math.abs(loss / wanted[k]!.loss - 1)).toBeLessThan(1e-7);
    }
  }
});

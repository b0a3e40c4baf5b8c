import { describe, expect, it } from 'vitest';
import { normal } from '../base/distribution.ts';
import { RandomStream } from '../base/random.ts';
import {
  defineNetwork,
  fanInNormal,
  fixedProbability,
  initialParameters,
  type Network,
  oneToOne,
  type ReferenceParameters,
} from '../network/index.ts';
import { leakyReadout } from '../neurons/index.ts';
import { type Batch, FloatSequence, SpikeTrain } from '../tensor/index.ts';
import { softmaxCrossEntropy } from './loss.ts';
import { sgd } from './optimisers.ts';
import { referenceLoss } from './reference/bptt.ts';
import { graded, smoothAlif } from './testing/smooth-models.ts';
import { Trainer } from './trainer.ts';

const STEPS = 25;
const ROWS = 3;
const CHANNELS = 5;
const CLASSES = 3;

/** Spiking and graded inputs, dense, sparse and one-to-one projections, delays 0 to 3. */
const network = (pieces?: Parameters<typeof smoothAlif>[0]) =>
  defineNetwork({
    inputs: { x: { size: CHANNELS }, f: { size: 2, kind: 'floats' } },
    populations: {
      hidden: {
        size: 6,
        model: smoothAlif(pieces)({ beta: [0, 0, 0, 1.7, 1.2, 2], tauA: normal({ mean: 60, sd: 5 }) }),
      },
      middle: { size: 6, model: graded() },
      out: { size: CLASSES, model: leakyReadout({ tauOut: 5, bias: [0.1, 0, -0.1] }) },
    },
    projections: {
      in: { from: 'x', to: 'hidden', input: 'I', weights: fanInNormal({ gain: 1.5 }) },
      drive: { from: 'f', to: 'hidden', input: 'I', weights: fanInNormal({ gain: 0.5 }), delay: 1 },
      rec: { from: 'hidden', to: 'hidden', input: 'R', weights: fanInNormal() },
      late: { from: 'hidden', to: 'hidden', input: 'R', topology: oneToOne(), weights: normal({ sd: 0.3 }), delay: 3 },
      up: { from: 'hidden', to: 'middle', topology: fixedProbability(0.6), weights: fanInNormal() },
      down: { from: 'middle', to: 'hidden', input: 'R', weights: fanInNormal(), delay: 2 },
      read: { from: 'middle', to: 'out', weights: fanInNormal({ gain: 2 }) },
    },
  });

const TRAINABLE = { hidden: ['tauM', 'tauA', 'vTh', 'beta'], middle: ['tau', 'gain'], out: ['tauOut', 'bias'] };
const loss = softmaxCrossEntropy();

function randomBatch(): Batch {
  const random = new RandomStream(3, 1);
  const spikes = Uint8Array.from({ length: STEPS * ROWS * CHANNELS }, () => Number(random.uniform() < 0.4));
  const values = Float32Array.from({ length: STEPS * ROWS * 2 }, () => random.normal());
  const labels = Int32Array.from({ length: 2 * ROWS }, () => random.integer(CLASSES));
  return {
    steps: STEPS,
    size: ROWS,
    inputs: {
      x: SpikeTrain.fromDense(spikes, [STEPS, ROWS, CHANNELS]),
      f: new FloatSequence(STEPS, ROWS, 2, values),
    },
    decisions: { start: Int32Array.of(8, 20), length: Int32Array.of(4, 5), labels },
  };
}

const batch = randomBatch();

/** Every trained array, by name; weights in float64, so that small changes to them are exact. */
function trained(parameters: ReferenceParameters): {
  parameters: ReferenceParameters;
  arrays: Record<string, Float64Array>;
} {
  const arrays: Record<string, Float64Array> = {};
  const connections = Object.entries(parameters.connections).map(([name, own]) => {
    arrays[name] = Float64Array.from(own.weights);
    return [name, { ...own, weights: arrays[name] }] as const;
  });
  const neurons = structuredClone(parameters.neurons);
  for (const [name, keys] of Object.entries(TRAINABLE)) {
    for (const key of keys) arrays[`${name}.${key}`] = neurons[name]![key]!;
  }
  return { parameters: { connections: Object.fromEntries(connections), neurons }, arrays };
}

/** Central differences of the float64 loss by every trained value. */
function finiteDifferences(net: Network): Record<string, Float64Array> {
  const { parameters, arrays } = trained(initialParameters(net, 5));
  const at = (values: Float64Array, k: number, value: number) => {
    const before = values[k]!;
    values[k] = value;
    const result = referenceLoss(net, parameters, batch, { loss });
    values[k] = before;
    return result;
  };
  const differences = Object.entries(arrays).map(([name, values]) => {
    const slopes = Float64Array.from(values, (value, k) => {
      const h = 1e-5 * Math.max(1e-2, Math.abs(value));
      return (at(values, k, value + h) - at(values, k, value - h)) / (2 * h);
    });
    return [name, slopes] as const;
  });
  return Object.fromEntries(differences);
}

/** The gradient of the compiled float32 kernels. */
async function kernelGradient(net: Network): Promise<Record<string, Float64Array>> {
  const trainer = await Trainer.create(net, {
    batch: ROWS,
    steps: STEPS,
    seed: 5,
    loss,
    optimiser: sgd({ learningRate: 1 }),
    trainable: TRAINABLE,
  });
  const { gradient } = await trainer.gradient(batch);
  return trained(gradient).arrays;
}

/** Largest difference relative to the largest entry, per array. */
function errors(got: Record<string, Float64Array>, wanted: Record<string, Float64Array>): Record<string, number> {
  const entries = Object.entries(wanted).map(([name, values]) => {
    const scale = Math.max(...values.map(Math.abs));
    return [name, Math.max(...values.map((value, k) => Math.abs(value - got[name]![k]!))) / scale] as const;
  });
  return Object.fromEntries(entries);
}

describe('the gradient of the compiled kernels', () => {
  const wanted = finiteDifferences(network());

  it('is that of finite differences on a smooth network', async () => {
    const found = errors(await kernelGradient(network()), wanted);
    expect(Object.keys(found)).toHaveLength(7 + 8);
    // float32 sums over 25 steps and 3 rows, 1 - ρ losing 2^-25 / (1 - ρ) = 2e-6: measured 3.4e-6 at most.
    for (const [name, error] of Object.entries(found)) expect(error, name).toBeLessThan(1e-5);
  });

  it.each([
    ['reset', { reset: 'stop(z)' }],
    ['adaptation', { adaptation: 'stop(z)' }],
    ['recurrence', { recurrence: 'stop(R)' }],
  ])('is another one when the %s is frozen by stop()', async (_, pieces) => {
    const found = errors(await kernelGradient(network(pieces)), wanted);
    expect(found.in).toBeGreaterThan(0.05);
  });
});

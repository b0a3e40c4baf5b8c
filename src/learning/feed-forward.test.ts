import { expect, it } from 'vitest';
import { RandomStream } from '../base/random.ts';
import {
  type Connections,
  defineNetwork,
  fanInNormal,
  fixedNumber,
  initialParameters,
  type Network,
  type Topology,
} from '../network/index.ts';
import { linear, relu } from '../neurons/index.ts';
import { type Batch, FloatSequence } from '../tensor/index.ts';
import { softmaxCrossEntropy } from './loss.ts';
import { sgd } from './optimisers.ts';
import { referenceGradient } from './reference/bptt.ts';
import { Trainer } from './trainer.ts';

const [PIXELS, HIDDEN, CLASSES, ROWS] = [11, 7, 3, 5];

const network = (topologies: readonly (Topology | undefined)[]): Network => {
  const weights = fanInNormal({ gain: 1.5 });
  const topology = (k: number) => (topologies[k] ? { topology: topologies[k] } : {});
  return defineNetwork({
    inputs: { x: { size: PIXELS, kind: 'floats' } },
    populations: { hidden: { size: HIDDEN, model: relu() }, out: { size: CLASSES, model: linear() } },
    projections: {
      first: { from: 'x', to: 'hidden', weights, ...topology(0) },
      second: { from: 'hidden', to: 'out', weights, ...topology(1) },
    },
  });
};

function batchOf(random: RandomStream): Batch {
  const data = Float32Array.from({ length: ROWS * PIXELS }, () => random.normal());
  const labels = Int32Array.from({ length: ROWS }, () => random.integer(CLASSES));
  const decisions = { start: Int32Array.of(0), length: Int32Array.of(1), labels };
  return { steps: 1, size: ROWS, inputs: { x: new FloatSequence(1, ROWS, PIXELS, data) }, decisions };
}

/** Weights as a dense [post][pre] matrix, 0 where there is no connection. */
function matrix({ weights, ...connections }: Connections, pre: number, post: number): number[][] {
  const rows = Array.from({ length: post }, (_, j) => [...weights.subarray(j * pre, (j + 1) * pre)]);
  if (connections.kind !== 'sparse') return rows;
  const { rowStart, post: targets } = connections.pattern;
  const sparse = rows.map(() => Array<number>(pre).fill(0));
  for (let i = 0; i < pre; i++) {
    for (let k = rowStart[i]!; k < rowStart[i + 1]!; k++) sparse[targets[k]!]![i] = weights[k]!;
  }
  return sparse;
}

/** Back-propagation as the textbook writes it, for one row: dE/dW of both layers, and the loss. */
function textbook(first: number[][], second: number[][], x: readonly number[], label: number) {
  const inputs = first.map((row) => row.reduce((sum, w, i) => sum + w * x[i]!, 0));
  const hidden = inputs.map((value) => Math.max(0, value));
  const logits = second.map((row) => row.reduce((sum, w, j) => sum + w * hidden[j]!, 0));
  const total = logits.reduce((sum, y) => sum + Math.exp(y), 0);
  const dOut = logits.map((y, c) => Math.exp(y) / total - Number(c === label));
  const dHidden = inputs.map((value, j) =>
    value > 0 ? second.reduce((sum, row, c) => sum + row[j]! * dOut[c]!, 0) : 0,
  );
  return {
    loss: Math.log(total) - logits[label]!,
    first: dHidden.map((d) => x.map((value) => d * value)),
    second: dOut.map((d) => hidden.map((value) => d * value)),
  };
}

for (const [kind, topologies] of Object.entries({
  dense: [undefined, undefined],
  sparse: [fixedNumber(30), fixedNumber(12)],
  mixed: [fixedNumber(40), undefined],
})) {
  it(`trains ${kind} layers of smooth units by textbook back-propagation`, async () => {
    const net = network(topologies);
    const parameters = initialParameters(net, 2);
    const batch = batchOf(new RandomStream(4, 1));
    const options = {
      batch: ROWS,
      steps: 1,
      seed: 2,
      loss: softmaxCrossEntropy(),
      optimiser: sgd({ learningRate: 0.1 }),
    };
    const trainer = await Trainer.create(net, { ...options, parameters });
    const got = await trainer.gradient(batch);
    const reference = referenceGradient(net, parameters, batch, { seed: 2, loss: options.loss });
    const { first, second } = parameters.connections;
    const [w1, w2] = [matrix(first!, PIXELS, HIDDEN), matrix(second!, HIDDEN, CLASSES)];
    const data = (batch.inputs.x as FloatSequence).data;
    const rows = Array.from({ length: ROWS }, (_, b) =>
      textbook(w1, w2, [...data.subarray(b * PIXELS, (b + 1) * PIXELS)], batch.decisions!.labels[b]!),
    );
    const mean = (of: (row: (typeof rows)[number]) => number) => rows.reduce((sum, row) => sum + of(row), 0) / ROWS;
    expect(got.loss).toBeCloseTo(
      mean(({ loss }) => loss),
      6,
    );
    for (const [name, pre, post] of [
      ['first', PIXELS, HIDDEN],
      ['second', HIDDEN, CLASSES],
    ] as const) {
      const weights = matrix(got.gradient.connections[name]!, pre, post);
      const exact = matrix(
        { ...parameters.connections[name]!, weights: Float32Array.from(reference.gradients.weights[name]!) },
        pre,
        post,
      );
      const connected = matrix(
        { ...parameters.connections[name]!, weights: parameters.connections[name]!.weights.map(() => 1) },
        pre,
        post,
      );
      for (let j = 0; j < post; j++) {
        for (let i = 0; i < pre; i++) {
          const wanted = connected[j]![i]! * mean((row) => row[name][j]![i]!);
          // float32 sums of a dozen terms of size 1.
          expect(Math.abs(weights[j]![i]! - wanted)).toBeLessThan(2e-6);
          expect(Math.abs(exact[j]![i]! - wanted)).toBeLessThan(1e-6);
        }
      }
    }
  });
}

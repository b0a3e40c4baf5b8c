import { expect } from 'vitest';
import type { Activity } from '../../runtime.ts';
import type { Graph } from '../graph.ts';
import { type NormaliseOptions, type StagedNetwork, stage, stageShapes, withoutBias } from '../index.ts';
import { product } from '../shapes/dimensions.ts';
import { randomActivity } from './build.ts';
import { runGraph, runStaged } from './run-staged.ts';

// Float32 sums of a few hundred terms in another order, after folding of weights; activities are about 1.
const TOLERANCE = 1e-5;

export function expectSame(got: Activity, wanted: Activity): void {
  expect(got.shape).toEqual(wanted.shape);
  const errors = got.data.map((value, k) => Math.abs(value - wanted.data[k]!) / Math.max(1, Math.abs(wanted.data[k]!)));
  expect(Math.max(...errors)).toBeLessThan(TOLERANCE);
}

const imagesOf = (staged: StagedNetwork, batch: number, seed: number): Activity =>
  randomActivity([batch, ...staged.input.shape.slice(1).map(Number)], seed);

/** stage(x) = withoutBias(stage)(x) + stage(0) for every stage, on random inputs. */
async function expectLinear(staged: StagedNetwork, batch: number): Promise<void> {
  for (const part of staged.parts) {
    if (part.kind !== 'linear') continue;
    const inputs = part.graph.inputs.map(({ name, shape }, k) => {
      const activity = randomActivity([batch, ...shape.slice(1).map(Number)], 7 + k);
      return [name, activity, { ...activity, data: new Float32Array(product(activity.shape)) }] as const;
    });
    const random = new Map(inputs.map(([name, activity]) => [name, activity] as const));
    const zero = new Map(inputs.map(([name, , activity]) => [name, activity] as const));
    const [whole, linear, constant] = await Promise.all([
      runGraph(part.graph, random),
      runGraph(withoutBias(part.graph), random),
      runGraph(part.graph, zero),
    ]);
    for (const [name, { shape, data }] of linear) {
      const sum = data.map((value, k) => value + constant.get(name)!.data[k]!);
      expectSame({ shape, data: sum }, whole.get(name)!);
    }
  }
}

/**
 * Cuts a graph and compares it with the graph itself as onnxruntime executes it, checks that stages are linear and that
 * shapes are as stated; the graph does not end in a softmax.
 *
 * @returns the staged network
 */
export async function checkStaged(graph: Graph, options: NormaliseOptions = {}, batch = 3): Promise<StagedNetwork> {
  const staged = stage(graph, options);
  const image = imagesOf(staged, batch, 5);
  const wanted = await runGraph(graph, new Map([[graph.inputs[0]!.name, image]]));
  const got = await runStaged(staged, image);
  expectSame(got, wanted.get(graph.outputs[0]!.name)!);
  expect([batch, ...stageShapes(staged).get(staged.output.name)!]).toEqual(got.shape);
  await expectLinear(staged, batch);
  return staged;
}

/** What a network consists of: operators of its stages, names of its gates. */
export function outline(staged: StagedNetwork): string[] {
  return staged.parts.map((part) => {
    if (part.kind === 'linear') return part.graph.nodes.map(({ op }) => op).join(' ');
    return part.kind === 'activation' ? part.activation : part.kind;
  });
}

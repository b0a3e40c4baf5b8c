import { calibrate } from '../../calibrate.ts';
import { convert } from '../../convert.ts';
import type { ConvertOptions } from '../../convert-options.ts';
import type { Graph } from '../../graph/graph.ts';
import { stage } from '../../graph/index.ts';
import type { Activity } from '../../runtime.ts';
import type { SpikingNetwork } from '../../spiking-network.ts';
import { runtime } from './networks.ts';

/** A small network converted on the images that it will be shown. */
export async function converted(graph: Graph, images: Activity, options: ConvertOptions): Promise<SpikingNetwork> {
  const staged = stage(graph);
  return convert(staged, await calibrate(staged, runtime, images), options);
}

/** Runs a graph once. */
export async function runGraph(graph: Graph, images: Activity): Promise<ReadonlyMap<string, Activity>> {
  const session = await runtime.load(graph);
  const results = await session.run(new Map([[graph.inputs[0]!.name, images]]));
  await session.release();
  return results;
}

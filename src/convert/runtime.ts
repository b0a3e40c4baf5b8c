import type { Graph } from './graph/graph.ts';

/** A float32 array with its shape, batch first. */
export interface Activity {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** A loaded graph. */
export interface GraphSession {
  /**
   * Runs the graph. An activity in `results` receives the output of its name in place, whatever memory it views; other outputs
   * are new.
   *
   * @returns every output of the graph by name
   */
  run(
    inputs: ReadonlyMap<string, Activity>,
    results?: ReadonlyMap<string, Activity>,
  ): Promise<ReadonlyMap<string, Activity>>;
  release(): Promise<void>;
}

/** What executes linear operators: onnxruntime, in Node or a browser. Volley has none of its own. */
export interface GraphRuntime {
  load(graph: Graph): Promise<GraphSession>;
  /**
   * The graph as the runtime would run it: joined operators, and those of its own that keep the channels of an image in blocks.
   * `load` takes such a graph, or a part of it; inputs, outputs and their names stay. Left out by runtimes that cannot say.
   */
  optimise?(graph: Graph): Promise<Graph>;
}

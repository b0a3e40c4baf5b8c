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
}

import type { Network, NetworkParameters, SparsePattern } from '../network/index.ts';
import type { Batch } from '../tensor/index.ts';
import { Shard, type ShardForward, type ShardOptions } from './shard.ts';

/** Everything needed to build the shards of a trainer. */
export interface ShardPlan {
  readonly network: Network;
  readonly parameters: NetworkParameters;
  readonly options: ShardOptions;
  /** Number of shards; shard s computes rows s·rows … (s + 1)·rows - 1. */
  readonly shards: number;
}

/**
 * Runs the shards of a batch, here or on workers. Results come back in the order of the shards, so that their sum does
 * not depend on who computed them.
 */
export interface ShardExecutor {
  /**
   * @param vector - the trainer's own array: it changes with the next step
   * @param patterns - connections that changed, by projection; see {@link Shard.setParameters}
   */
  setParameters(vector: Float32Array, patterns?: Readonly<Record<string, SparsePattern>>): Promise<void>;
  /** Runs all rows of a batch; see {@link Shard.forward}. */
  forward(batch: Batch, normaliser: number, clock: number): Promise<ShardForward[]>;
  backward(constants: Readonly<Record<string, Float64Array>>): Promise<Float32Array[]>;
  /** Ends the sequence; see {@link Shard.finish}. */
  finish(): Promise<void>;
  saveState(): Promise<Uint8Array[]>;
  loadState(states: readonly Uint8Array[]): Promise<void>;
  /** Bytes of simulation memory of all shards. */
  memoryBytes(): Promise<number>;
  close(): Promise<void>;
}

/** Makes an executor; `Trainer` takes one, so that the core knows nothing of threads. */
export type ExecutorFactory = (plan: ShardPlan) => ShardExecutor | Promise<ShardExecutor>;

/** Runs all shards one after another in this thread. */
export const inProcess: ExecutorFactory = ({ network, parameters, options, shards }) => {
  const all = Array.from({ length: shards }, (_, s) => new Shard(network, parameters, options, s * options.rows));
  return {
    setParameters: async (vector, patterns) => {
      for (const shard of all) shard.setParameters(vector, patterns);
    },
    forward: async (batch, normaliser, clock) =>
      all.map((shard, s) => shard.forward(batch, normaliser, clock, s * options.rows)),
    backward: async (constants) => all.map((shard) => shard.backward(constants)),
    finish: async () => {
      for (const shard of all) shard.finish();
    },
    saveState: async () => all.map((shard) => shard.saveState()),
    loadState: async (states) => {
      all.forEach((shard, s) => {
        shard.loadState(states[s]!);
      });
    },
    memoryBytes: async () => all.reduce((sum, shard) => sum + shard.memoryBytes, 0),
    close: async () => {},
  };
};

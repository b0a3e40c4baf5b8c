import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { type Remote, wrap } from 'comlink';
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs';
import { ParameterError } from '../base/errors.ts';
import { checkedOptions } from '../base/options.ts';
import type { ExecutorFactory } from '../learning/index.ts';
import { toPlain } from '../network/index.ts';
import { sliceBatch } from '../tensor/index.ts';
import type { ShardGroup } from './shard-worker.ts';
import { carryErrors } from './thread-errors.ts';

/** Splits `count` shards into `groups` runs of nearly equal length. */
const split = (count: number, groups: number): { from: number; shards: number }[] =>
  Array.from({ length: groups }, (_, g) => {
    const from = Math.floor((g * count) / groups);
    return { from, shards: Math.floor(((g + 1) * count) / groups) - from };
  });

/**
 * Runs the shards of a trainer on worker threads. The results are the same bits for any number of workers.
 *
 * @param workers - number of threads, default one per core; more than there are shards are not started
 *
 * @example
 * const trainer = await Trainer.create(net, { ...options, shards: 4, executor: workerThreads({ workers: 2 }) });
 */
export function workerThreads(options: { workers?: number } = {}): ExecutorFactory {
  const { workers = availableParallelism() } = checkedOptions('workerThreads', options, ['workers']);
  if (!Number.isInteger(workers) || workers < 1) {
    throw new ParameterError('workerThreads', `expected 1 worker or more, got ${workers}`);
  }
  carryErrors();
  return async ({ network, parameters, options, shards }) => {
    const groups = split(shards, Math.min(workers, shards));
    const threads = groups.map(() => new Worker(new URL('./shard-worker.js', import.meta.url), { execArgv: [] }));
    const remotes: Remote<ShardGroup>[] = threads.map((thread) => wrap<ShardGroup>(nodeEndpoint(thread)));
    const each = <T>(
      call: (remote: Remote<ShardGroup>, group: { from: number; shards: number }) => Promise<T>,
    ): Promise<T[]> => Promise.all(remotes.map((remote, g) => call(remote, groups[g]!)));
    const plain = toPlain(network);
    const { rows } = options;
    const close = async () => void (await Promise.all(threads.map((thread) => thread.terminate())));
    const created = each((remote, group) => {
      const rowStarts = Array.from({ length: group.shards }, (_, s) => (group.from + s) * rows);
      return remote.create(plain, parameters, options, rowStarts);
    });
    await created.catch(async (error: unknown) => {
      await close();
      throw error;
    });
    return {
      setParameters: async (vector, patterns) => {
        // A view of the optimiser's memory: without the copy, all of that memory would be sent.
        const own = vector.slice();
        await each((remote) => remote.setParameters(own, patterns));
      },
      forward: async (batch, normaliser, clock) =>
        (
          await each((remote, { from, shards: own }) =>
            remote.forward(sliceBatch(batch, from * rows, own * rows), normaliser, clock),
          )
        ).flat(),
      backward: async (constants) => (await each((remote) => remote.backward(constants))).flat(),
      finish: async () => void (await each((remote) => remote.finish())),
      saveState: async () => (await each((remote) => remote.saveState())).flat(),
      loadState: async (states) =>
        void (await each((remote, { from, shards: own }) => remote.loadState(states.slice(from, from + own)))),
      memoryBytes: async () => (await each((remote) => remote.memoryBytes())).reduce((sum, bytes) => sum + bytes, 0),
      close,
    };
  };
}

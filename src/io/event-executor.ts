import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { type Remote, wrap } from 'comlink';
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs';
import { ParameterError, VolleyError, WorkerError } from '../base/errors.ts';
import { checkedOptions } from '../base/options.ts';
import {
  checkParts,
  type MailShape,
  mailBytes,
  Rendezvous,
  type SliceExecutorFactory,
  toPlainEvents,
} from '../network/index.ts';
import type { SliceHost } from './event-worker.ts';
import { carryErrors } from './thread-errors.ts';

const typed = (reason: unknown): VolleyError =>
  reason instanceof VolleyError ? reason : new WorkerError('eventThreads', `expected a result, got ${reason}`);

/** Threads of which the end of one is the end of all calls: a call to a thread that is gone would never be answered. */
class Crew {
  readonly threads: readonly Worker[];
  readonly #remotes: readonly Remote<SliceHost>[];
  readonly #pending = new Set<(reason: VolleyError) => void>();
  #failure: VolleyError | undefined;
  /** Called once, when a thread has failed. */
  onFailure = (): void => {};

  constructor(count: number) {
    this.threads = Array.from(
      { length: count },
      () => new Worker(new URL('./event-worker.js', import.meta.url), { execArgv: [] }),
    );
    this.#remotes = this.threads.map((thread) => wrap<SliceHost>(nodeEndpoint(thread)));
    this.threads.forEach((thread, index) => {
      const ended = (how: string) =>
        this.fail(new WorkerError('eventThreads', `expected worker ${index} to go on, got ${how}`));
      thread.on('error', (error) => ended(`its error "${error instanceof Error ? error.message : error}"`));
      thread.on('exit', (code) => ended(`its end with code ${code}`));
    });
  }

  fail(reason: VolleyError): void {
    if (this.#failure) return;
    this.#failure = reason;
    this.onFailure();
    for (const reject of this.#pending) reject(reason);
  }

  /** Calls all workers. If some fail, the error is the first one's that did not only stop because of another. */
  async each<T>(call: (remote: Remote<SliceHost>, index: number) => Promise<T>): Promise<T[]> {
    if (this.#failure) throw this.#failure;
    const settled = Promise.allSettled(this.#remotes.map(call));
    const results = await new Promise<PromiseSettledResult<T>[]>((resolve, reject) => {
      this.#pending.add(reject);
      settled.then(resolve).finally(() => this.#pending.delete(reject));
    });
    const errors = results.flatMap((result) => (result.status === 'rejected' ? [typed(result.reason)] : []));
    if (errors.length === 0) return results.map((result) => (result as PromiseFulfilledResult<T>).value);
    const cause = errors.find(({ fields }) => !fields.stopped) ?? errors[0]!;
    this.fail(cause);
    throw cause;
  }

  async close(): Promise<void> {
    this.fail(new WorkerError('eventThreads', 'expected a call before close, got one after'));
    await Promise.all(this.threads.map((thread) => thread.terminate()));
  }
}

/**
 * Runs an event-driven network in parts on worker threads, each with a memory of up to 4 GiB. The results are the same bits
 * for any number of workers.
 *
 * @param workers - number of threads, default one per core
 * @throws ParameterError unless there is a whole number of workers, 1 or more
 *
 * @example
 * const simulation = await PartitionedSimulation.create(spec, { seed: 1, executor: eventThreads({ workers: 2 }) });
 * const { counts } = await simulation.run(10_000);
 * await simulation.close();
 */
export function eventThreads(options: { workers?: number } = {}): SliceExecutorFactory {
  const { workers = availableParallelism() } = checkedOptions('eventThreads', options, ['workers']);
  if (!Number.isInteger(workers) || workers < 1) {
    throw new ParameterError('eventThreads', `expected 1 worker or more, got ${workers}`);
  }
  carryErrors();
  return async ({ spec, options }) => {
    checkParts(spec.populations, workers);
    const plain = toPlainEvents(spec);
    const crew = new Crew(workers);
    try {
      const infos = await crew.each((remote, index) => remote.create(plain, options, { index, count: workers }));
      const shape: MailShape = { parts: workers, capacity: Math.max(...infos.map(({ capacity }) => capacity)) };
      const buffer = new SharedArrayBuffer(mailBytes(shape));
      crew.onFailure = () => new Rendezvous(buffer, shape, -1).fail();
      await crew.each((remote) => remote.connect(buffer, shape));
      return {
        infos,
        run: (steps, record) => crew.each((remote) => remote.run(steps, record)),
        state: (population, name) => crew.each((remote) => remote.state(population, name)),
        synapses: (projection) => crew.each((remote) => remote.synapses(projection)),
        signal: async (name, value) => void (await crew.each((remote) => remote.signal(name, value))),
        reset: async () => void (await crew.each((remote) => remote.reset())),
        close: () => crew.close(),
      };
    } catch (error) {
      await crew.close();
      throw error;
    }
  };
}

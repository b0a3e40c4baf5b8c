import { parentPort } from 'node:worker_threads';
import { expose } from 'comlink';
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs';
import { Shard, type ShardForward, type ShardOptions } from '../learning/index.ts';
import { fromPlain, type NetworkParameters, type PlainNetwork, type SparsePattern } from '../network/index.ts';
import { type Batch, reviveBatch } from '../tensor/index.ts';
import { carryErrors } from './thread-errors.ts';

/** What a worker thread offers: some of the shards of a trainer. */
export class ShardGroup {
  #shards: Shard[] = [];

  create(
    network: PlainNetwork,
    parameters: NetworkParameters,
    options: ShardOptions,
    rowStarts: readonly number[],
  ): void {
    const revived = fromPlain(network);
    this.#shards = rowStarts.map((rowStart) => new Shard(revived, parameters, options, rowStart));
  }

  setParameters(vector: Float32Array, patterns?: Readonly<Record<string, SparsePattern>>): void {
    for (const shard of this.#shards) shard.setParameters(vector, patterns);
  }

  /** `batch` holds the rows of this group's shards only, from row 0. */
  forward(batch: Batch, normaliser: number, clock: number): ShardForward[] {
    const revived = reviveBatch(batch);
    const rows = batch.size / this.#shards.length;
    return this.#shards.map((shard, s) => shard.forward(revived, normaliser, clock, s * rows));
  }

  backward(constants: Readonly<Record<string, Float64Array>>): Float32Array[] {
    return this.#shards.map((shard) => shard.backward(constants));
  }

  finish(): void {
    for (const shard of this.#shards) shard.finish();
  }

  saveState(): Uint8Array[] {
    return this.#shards.map((shard) => shard.saveState());
  }

  loadState(states: readonly Uint8Array[]): void {
    this.#shards.forEach((shard, s) => {
      shard.loadState(states[s]!);
    });
  }

  memoryBytes(): number {
    return this.#shards.reduce((sum, shard) => sum + shard.memoryBytes, 0);
  }
}

if (parentPort) {
  carryErrors();
  expose(new ShardGroup(), nodeEndpoint(parentPort));
}

import { cpus, totalmem } from 'node:os';

/** One case of a benchmark: ours beside the peers, in the same unit. */
export interface BenchRow {
  readonly case: string;
  readonly unit: string;
  readonly ours: number;
  /** Values by program; empty where none was run. */
  readonly peers: Readonly<Record<string, number>>;
  /** How many times better than the best peer ours is; null without a peer. */
  readonly ratioToBestPeer: number | null;
  /** Further columns: `gemmShare`, `peakMB`, … */
  readonly [extra: string]: number | string | null | Readonly<Record<string, number>>;
}

export interface BenchResult {
  readonly bench: string;
  readonly machine: string;
  readonly rows: readonly BenchRow[];
}

export interface BenchOptions {
  /** Whether to run the other programs too. */
  readonly peers: boolean;
  /** Says in one line what is being measured. */
  progress(text: string): void;
}

export interface Bench {
  readonly doc: string;
  run(options: BenchOptions): Promise<BenchResult>;
}

/** Benchmarks by name; each should load what is heavy inside `run`. */
export type BenchRegistry = Readonly<Record<string, Bench>>;

export interface BenchRowValues {
  readonly case: string;
  readonly unit: string;
  readonly ours: number;
  readonly peers?: Readonly<Record<string, number>>;
  /** Whether a larger value is the better one (a rate rather than a duration), default false. */
  readonly higherIsBetter?: boolean;
  readonly extra?: Readonly<Record<string, number | string | null>>;
}

/** Completes a row with its ratio to the best peer, greater than 1 where ours is better. */
export function benchRow({ peers = {}, higherIsBetter = false, extra = {}, ...row }: BenchRowValues): BenchRow {
  const values = Object.values(peers);
  const best = higherIsBetter ? Math.max(...values) : Math.min(...values);
  const ratioToBestPeer = values.length === 0 ? null : higherIsBetter ? row.ours / best : best / row.ours;
  return { ...row, peers, ratioToBestPeer, ...extra };
}

/** The machine in one line: processor, cores, memory, Node and platform. */
export function machineLine(): string {
  const cores = cpus();
  const model = cores[0]?.model.replace(/\s+/g, ' ').trim() ?? 'unknown processor';
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  return `${model}, ${cores.length} cores, ${memory}, Node ${process.versions.node}, ${process.platform} ${process.arch}`;
}

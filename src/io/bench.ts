import { cpus, totalmem } from 'node:os';
import type { Curve } from './report/builder.ts';

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
  /** Drawn in the bench report. */
  readonly charts?: readonly Curve[];
}

export interface BenchOptions {
  /** Whether to run the other programs too. */
  readonly peers: boolean;
  /** Only the cases whose names contain this, large ones too; for a benchmark that is `selectable`. */
  readonly cases?: string;
  /** Says in one line what is being measured. */
  progress(text: string): void;
}

export interface Bench {
  readonly doc: string;
  /** Whether `cases` of the options is understood. */
  readonly selectable?: boolean;
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

/** One column of a benchmark's table. */
export interface BenchColumn {
  readonly title: string;
  value(row: BenchRow): BenchRow[string] | undefined;
}

const FIXED = new Set(['case', 'unit', 'ours', 'peers', 'ratioToBestPeer']);

/** The columns of a benchmark's table: the fixed ones, one per peer, then what its rows bring besides. */
export function benchColumns({ rows }: BenchResult): BenchColumn[] {
  const peers = [...new Set(rows.flatMap((row) => Object.keys(row.peers)))];
  const extras = [...new Set(rows.flatMap((row) => Object.keys(row).filter((key) => !FIXED.has(key))))];
  const own = (key: string): BenchColumn => ({ title: key, value: (row) => row[key] });
  return [
    ...['case', 'unit', 'ours'].map(own),
    ...peers.map((peer) => ({ title: peer, value: (row: BenchRow) => row.peers[peer] })),
    ...(peers.length > 0 ? [{ title: 'ratio to best', value: (row: BenchRow) => row.ratioToBestPeer }] : []),
    ...extras.map(own),
  ];
}

/** The cells of a row as text. */
export const benchLine = (row: BenchRow, columns: readonly BenchColumn[]): string[] =>
  columns.map((column) => cell(column.value(row)));

function cell(value: BenchRow[string] | undefined): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'number') return String(Number(value.toPrecision(4)));
  return typeof value === 'string' ? value : JSON.stringify(value);
}

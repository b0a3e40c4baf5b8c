import { withoutBias } from '../graph/index.ts';
import type { LinearStage } from '../graph/stages.ts';
import { sizeOf } from '../images.ts';
import type { Activity, GraphRuntime, GraphSession } from '../runtime.ts';
import type { SparseMatrix } from './sparse.ts';

/** A linear stage as numbers: every output is bias + Σ matrix · input. */
export interface ProbedStage {
  /** By output: its value for inputs of 0. */
  readonly biases: ReadonlyMap<string, Float32Array>;
  readonly connections: readonly { readonly source: string; readonly target: string; readonly matrix: SparseMatrix }[];
}

/** Limits of {@link probeStage}. */
export interface ProbeOptions {
  /** Called after every batch of unit vectors with the number of connections that it found; what it throws ends the probe. */
  readonly onFound?: (connections: number) => void;
}

/** Numbers that one batch of unit vectors may take up, inputs and outputs together. */
const BUDGET = 4_000_000;

/**
 * Finds the connections of a linear stage exactly: runs it, without its biases, on one unit vector per neuron of every source. A
 * weight that is multiplied by 1 and added to zeros stays as it is.
 *
 * @param shapes - of one image, by value
 */
export async function probeStage(
  { graph }: LinearStage,
  runtime: GraphRuntime,
  shapes: ReadonlyMap<string, readonly number[]>,
  { onFound = () => {} }: ProbeOptions = {},
): Promise<ProbedStage> {
  const sizes = new Map([...graph.inputs, ...graph.outputs].map(({ name }) => [name, sizeOf(shapes.get(name)!)]));
  const inputs = (rows: number) =>
    new Map(
      graph.inputs.map(({ name }): [string, Activity] => [
        name,
        { shape: [rows, ...shapes.get(name)!], data: new Float32Array(rows * sizes.get(name)!) },
      ]),
    );
  const whole = await runtime.load(graph);
  const zero = await whole.run(inputs(1));
  await whole.release();
  const linear = await runtime.load(withoutBias(graph));
  const columns = new Map<string, Columns>();
  const total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  const rows = Math.max(1, Math.min(256, Math.floor(BUDGET / total)));
  try {
    for (const { name: source } of graph.inputs) {
      const size = sizes.get(source)!;
      for (const { name } of graph.outputs) columns.set(key(source, name), new Columns(sizes.get(name)!));
      for (let from = 0; from < size; from += rows) {
        const results = await unitVectors(linear, inputs(Math.min(rows, size - from)), source, from, size);
        for (const { name } of graph.outputs) onFound(columns.get(key(source, name))!.add(results.get(name)!.data));
      }
    }
  } finally {
    await linear.release();
  }
  const pairs = graph.inputs.flatMap((from) => graph.outputs.map((to) => ({ source: from.name, target: to.name })));
  return {
    biases: new Map([...zero].map(([name, { data }]) => [name, data])),
    connections: pairs.map((pair) => ({ ...pair, matrix: columns.get(key(pair.source, pair.target))!.matrix() })),
  };
}

const key = (source: string, target: string) => JSON.stringify([source, target]);

function unitVectors(
  session: GraphSession,
  inputs: Map<string, Activity>,
  source: string,
  from: number,
  size: number,
): Promise<ReadonlyMap<string, Activity>> {
  const { data, shape } = inputs.get(source)!;
  for (let r = 0; r < shape[0]!; r++) data[r * size + from + r] = 1;
  return session.run(inputs);
}

/** The columns of a matrix, as they come. */
class Columns {
  readonly #rows: number;
  readonly #ends: number[] = [];
  #row = new Uint32Array(1024);
  #weight = new Float32Array(1024);
  #count = 0;

  constructor(rows: number) {
    this.#rows = rows;
  }

  /** Adds columns from an array of them; returns how many entries are not 0. */
  add(columns: Float32Array): number {
    const before = this.#count;
    for (let start = 0; start < columns.length; start += this.#rows) {
      this.#reserve(this.#rows);
      this.#addColumn(columns, start);
      this.#ends.push(this.#count);
    }
    return this.#count - before;
  }

  #addColumn(columns: Float32Array, start: number): void {
    const [rows, row, weight] = [this.#rows, this.#row, this.#weight];
    let k = this.#count;
    for (let i = 0; i < rows; i++) {
      const value = columns[start + i]!;
      if (value !== 0) {
        row[k] = i;
        weight[k++] = value;
      }
    }
    this.#count = k;
  }

  /** Makes room for `more` entries. */
  #reserve(more: number): void {
    const needed = this.#count + more;
    if (needed <= this.#row.length) return;
    const [row, weight] = [this.#row, this.#weight];
    this.#row = new Uint32Array(2 * needed);
    this.#weight = new Float32Array(2 * needed);
    this.#row.set(row);
    this.#weight.set(weight);
  }

  matrix(): SparseMatrix {
    const row = this.#row.slice(0, this.#count);
    const weight = this.#weight.slice(0, this.#count);
    return {
      rows: this.#rows,
      columns: this.#ends.length,
      columnStart: Uint32Array.from([0, ...this.#ends]),
      row,
      weight,
    };
  }
}

import { type Code as Body, ModuleBuilder } from '../../expr/index.ts';
import { planesOf } from '../few-spike/evaluate.ts';
import type { CodeKernel } from '../few-spike/kernel.ts';
import type { Code } from '../few-spike/parameters.ts';
import { type CellGrid, gridOf } from './cell-grid.ts';
import { type Piece, pieceAt, piecesOf } from './pieces.ts';

/** A code looked up in a table of the pieces on which it is constant. */
export type TableKernel = Pick<CodeKernel, 'evaluate' | 'count'>;

/** A compiled code, for any memory that has room for its tables. */
export interface TableModule {
  readonly tableBytes: number;
  /** @param tables - address of as many bytes, a multiple of 16; they are the kernel's for good */
  instantiate(memory: WebAssembly.Memory, tables: number): TableKernel;
}

/** More would not stay in the cache next to the data. */
const MOST_PIECES = 1024;
const LANES = [0, 1, 2, 3] as const;
/** From here on, float32 numbers are whole: adding it leaves the nearest one in the lowest bits. */
const WHOLE = 2 ** 23;
const WHOLE_BITS = 0x4b000000;
/** An end and a value. */
const PIECE_BYTES = 8;
/** One per lane, so that no count waits for its neighbour's. */
const COUNT_BYTES = 16;
const CELL_BYTES = 4;
const F32_GE = 0x60;

const align = (bytes: number) => 16 * Math.ceil(bytes / 16);

/** Where the three tables lie, from the first byte on: pieces, spikes counted by piece, and the piece that each cell begins with. */
class TableLayout {
  readonly pieces = 0;
  readonly counts: number;
  readonly cells: number;
  readonly bytes: number;

  constructor(pieces: number, cells: number) {
    this.counts = align(PIECE_BYTES * pieces);
    this.cells = this.counts + COUNT_BYTES * pieces;
    this.bytes = align(this.cells + CELL_BYTES * cells);
  }
}

// Parameters of both functions: address, number of floats, address of the tables.
const [ADDRESS, COUNT, TABLES] = [0, 1, 2];

/** Emits the loop over vectors of inputs. */
class TableWriter {
  readonly #code: Body;
  readonly #grid: CellGrid;
  readonly #layout: TableLayout;
  readonly #counts: boolean;
  readonly #input: number;
  readonly #cells: number;
  readonly #piece: number;
  /** From twice the address of a piece to its counts. */
  readonly #toCounts: number;
  readonly #toCells: number;
  readonly #constants = new Map<string, number>();

  constructor(code: Body, grid: CellGrid, layout: TableLayout, counts: boolean) {
    this.#code = code;
    this.#grid = grid;
    this.#layout = layout;
    this.#counts = counts;
    this.#input = code.local('v128');
    this.#cells = code.local('v128');
    this.#piece = code.local('i32');
    this.#toCounts = code.local('i32');
    this.#toCells = code.local('v128');
  }

  #hoist(): void {
    const code = this.#code;
    const { scale, shift, last } = this.#grid;
    for (const [name, value] of Object.entries({ scale, shift, last, zero: 0, one: 1, whole: WHOLE })) {
      const local = code.local('v128');
      code.f32Const(value).f32x4Splat().localSet(local);
      this.#constants.set(name, local);
    }
    code.i32Const(this.#layout.counts).localGet(TABLES).i32Sub().localSet(this.#toCounts);
    const base = (this.#layout.cells - CELL_BYTES * WHOLE_BITS) | 0;
    code.localGet(TABLES).i32Const(base).i32Add().i32x4Splat().localSet(this.#toCells);
  }

  #push(name: string): Body {
    return this.#code.localGet(this.#constants.get(name)!);
  }

  /** Addresses of the cells of four inputs. Each comparison passes NaN on, up to the last. */
  #lookUp(): void {
    const code = this.#code;
    this.#push('zero');
    code.localGet(ADDRESS).v128Load().localTee(this.#input);
    this.#push('scale').f32x4Mul();
    this.#push('shift').f32x4Add();
    this.#push('one').f32x4Pmax();
    this.#push('last').f32x4Pmin();
    code.f32x4Pmax();
    this.#push('whole').f32x4Add();
    code.i32Const(Math.log2(CELL_BYTES)).i32x4Shl().localGet(this.#toCells).i32x4Add().localSet(this.#cells);
  }

  #lane(lane: number): void {
    const code = this.#code;
    const piece = this.#piece;
    code.localGet(this.#cells).i32x4ExtractLane(lane).i32Load().localTee(piece);
    // One piece further from its end on.
    code.localGet(this.#input).f32x4ExtractLane(lane).localGet(piece).f32Load().raw(F32_GE);
    code.i32Const(Math.log2(PIECE_BYTES)).i32Shl().i32Add().localSet(piece);
    code
      .localGet(ADDRESS)
      .localGet(piece)
      .f32Load(4)
      .f32Store(4 * lane);
    if (!this.#counts) return;
    const address = () => code.localGet(piece).i32Const(1).i32Shl().localGet(this.#toCounts).i32Add();
    address();
    address()
      .i32Load(4 * lane)
      .i32Const(1)
      .i32Add()
      .i32Store(4 * lane);
  }

  /** Whole vectors, then what is left. */
  loop(): void {
    const code = this.#code;
    this.#hoist();
    const end = code.local('i32');
    code.localGet(COUNT).i32Const(-4).i32And().i32Const(2).i32Shl().localGet(ADDRESS).i32Add().localSet(end);
    code.block().loop();
    code.localGet(ADDRESS).localGet(end).i32GeU().brIf(1);
    this.#lookUp();
    for (const lane of LANES) this.#lane(lane);
    code.localGet(ADDRESS).i32Const(16).i32Add().localSet(ADDRESS).br(0).end().end();
    code.localGet(COUNT).i32Const(3).i32And().if();
    this.#lookUp();
    for (const lane of LANES.slice(0, 3)) {
      code.localGet(COUNT).i32Const(3).i32And().i32Const(lane).i32GtU().if();
      this.#lane(lane);
      code.end();
    }
    code.end();
  }
}

function moduleOf(grid: CellGrid, layout: TableLayout): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder({ shared: false, minPages: 0 });
  for (const [name, counts] of [
    ['evaluate', false],
    ['count', true],
  ] as const) {
    const body = (code: Body) => new TableWriter(code, grid, layout, counts).loop();
    module.addFunction(['i32', 'i32', 'i32'], [], body, name);
  }
  return module.toBytes();
}

/** Spikes by plane, from how many inputs fell on each piece; the table is empty again. */
function takeCounts(table: Uint32Array, pieces: readonly Piece[], planes: number): Uint32Array {
  const counts = new Uint32Array(planes);
  for (const [index, { spikes }] of pieces.entries()) {
    const at = LANES.length * index;
    const inputs = table[at]! + table[at + 1]! + table[at + 2]! + table[at + 3]!;
    if (inputs === 0) continue;
    for (let plane = 0; plane < planes; plane++) counts[plane]! += inputs * spikes[plane]!;
  }
  table.fill(0);
  return counts;
}

/**
 * A faster kernel for codes that are constant on not too many pieces of their inputs, as fitted ones are: every input finds its cell on
 * a regular grid, and there its piece. Values and counts are those of the step-by-step kernel, bit for bit.
 *
 * @returns undefined if there are too many pieces, or some are too narrow for a grid
 */
export function tableKernel(code: Code): TableModule | undefined {
  const found = piecesOf(code, MOST_PIECES);
  const grid = found && gridOf(found.slice(1).map(({ from }) => from));
  if (!found || !grid) return undefined;
  // NaN has a piece and a cell of its own, in front.
  const pieces = [pieceAt(code, Number.NaN), ...found];
  const layout = new TableLayout(pieces.length, grid.first.length);
  const module = new WebAssembly.Module(moduleOf(grid, layout));
  return {
    tableBytes: layout.bytes,
    instantiate: (memory, tables) => {
      const view = new DataView(memory.buffer, tables, layout.bytes);
      for (const [index, { value }] of pieces.entries()) {
        const end = index === 0 ? Number.NaN : (pieces[index + 1]?.from ?? Number.NaN);
        view.setFloat32(PIECE_BYTES * index, end, true);
        view.setFloat32(PIECE_BYTES * index + 4, value, true);
      }
      for (const [cell, piece] of grid.first.entries()) {
        view.setUint32(layout.cells + CELL_BYTES * cell, tables + PIECE_BYTES * piece, true);
      }
      const counts = new Uint32Array(memory.buffer, tables + layout.counts, LANES.length * pieces.length);
      const exports = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Record<
        'evaluate' | 'count',
        (address: number, n: number, tables: number) => void
      >;
      return {
        evaluate: (address, n) => exports.evaluate(address, n, tables),
        count: (address, n) => {
          exports.count(address, n, tables);
          return takeCounts(counts, pieces, planesOf(code));
        },
      };
    },
  };
}

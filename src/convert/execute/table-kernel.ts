import { type Code as Body, ModuleBuilder } from '../../expr/index.ts';
import { planesOf } from '../few-spike/evaluate.ts';
import type { CodeKernel } from '../few-spike/kernel.ts';
import type { Code } from '../few-spike/parameters.ts';
import { type CellGrid, gridOf } from './cell-grid.ts';
import { type Piece, pieceAt, piecesOf } from './pieces.ts';
import { ADDRESS, emitVectorBlocks, pushTailLanes } from './vector-blocks.ts';

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
/** One vector: an end, the values below and from it on, and where the spikes of the piece below it are. */
const CELL_BYTES = 16;
/** Spikes in one vector: a byte per plane. */
const ROW_PLANES = 16;

const [I8X16_ADD, I16X8_EXTEND_LOW_U8, I32X4_EXTEND_LOW_U16] = [0x6e, 0x89, 0xa9];

/** Where the three tables lie, from the first byte on: cells, spikes by piece, and the counts by plane that a call leaves. */
class TableLayout {
  readonly cells = 0;
  readonly spikes: number;
  readonly counts: number;
  readonly bytes: number;
  /** Vectors of spikes per piece, and their bytes. */
  readonly rows: number;
  readonly pieceBytes: number;

  constructor(cells: number, pieces: number, planes: number) {
    this.rows = Math.ceil(planes / ROW_PLANES);
    this.pieceBytes = ROW_PLANES * this.rows;
    this.spikes = CELL_BYTES * cells;
    this.counts = this.spikes + this.pieceBytes * pieces;
    this.bytes = this.counts + 4 * ROW_PLANES * this.rows;
  }
}

/** Parameter after the two of the loop. */
const TABLES = 2;

/** Emits the loop over vectors of inputs. */
class TableWriter {
  readonly #code: Body;
  readonly #layout: TableLayout;
  readonly #input: number;
  readonly #piece: number;
  readonly #mask: number;
  readonly #toCells: number;
  /** The cells of four inputs, and halves of their transpose. */
  readonly #found: readonly number[];
  readonly #constants = new Map<string, number>();
  /** Spikes in bytes, by lane and row. */
  readonly #bytes: readonly (readonly number[])[];
  /** By plane, four to a vector. */
  readonly #sums: readonly number[];

  constructor(code: Body, grid: CellGrid, layout: TableLayout, counts: boolean) {
    const vectors = (length: number) => Array.from({ length }, () => code.local('v128'));
    this.#code = code;
    this.#layout = layout;
    [this.#input, this.#piece, this.#mask, this.#toCells] = vectors(4) as [number, number, number, number];
    this.#found = vectors(4);
    const rows = counts ? layout.rows : 0;
    this.#bytes = Array.from({ length: rows }, () => vectors(LANES.length));
    this.#sums = vectors(LANES.length * rows);
    this.#hoist(grid);
  }

  #hoist({ scale, shift, last }: CellGrid): void {
    const code = this.#code;
    const floats = { scale, shift, last, zero: 0, one: 1, whole: WHOLE, nan: Number.NaN };
    for (const [name, value] of Object.entries(floats)) {
      const local = code.local('v128');
      code.f32Const(value).f32x4Splat().localSet(local);
      this.#constants.set(name, local);
    }
    const next = code.local('v128');
    code.i32Const(this.#layout.pieceBytes).i32x4Splat().localSet(next);
    this.#constants.set('next', next);
    const base = (this.#layout.cells - CELL_BYTES * WHOLE_BITS) | 0;
    code.localGet(TABLES).i32Const(base).i32Add().i32x4Splat().localSet(this.#toCells);
  }

  #push(name: string): Body {
    return this.#code.localGet(this.#constants.get(name)!);
  }

  /** Loads the inputs; lanes that are none become NaN, which has no spikes. */
  load(lanes?: number): void {
    const code = this.#code;
    code.localGet(ADDRESS).v128Load();
    if (lanes !== undefined) this.#push('nan').localGet(lanes).v128Bitselect();
    code.localSet(this.#input);
  }

  /** Addresses of the cells of four inputs, left in `piece`. Each comparison passes NaN on, up to the last. */
  #lookUp(): void {
    const code = this.#code;
    this.#push('zero');
    code.localGet(this.#input);
    this.#push('scale').f32x4Mul();
    this.#push('shift').f32x4Add();
    this.#push('one').f32x4Pmax();
    this.#push('last').f32x4Pmin();
    code.f32x4Pmax();
    this.#push('whole').f32x4Add();
    code.i32Const(Math.log2(CELL_BYTES)).i32x4Shl().localGet(this.#toCells).i32x4Add().localSet(this.#piece);
  }

  /** Replaces the inputs by their values, and leaves in `piece` where their spikes are. */
  decode(): void {
    const code = this.#code;
    this.#lookUp();
    const [a, b, c, d] = this.#found as [number, number, number, number];
    for (const lane of LANES) {
      code.localGet(this.#piece).i32x4ExtractLane(lane).v128Load().localSet(this.#found[lane]!);
    }
    const pair = (x: number, y: number, words: Words) => code.localGet(x).localGet(y).i8x16Shuffle(bytesOf(words));
    // Ends and values below them, then values above and spikes: a transpose in two steps.
    pair(a, b, [2, 6, 3, 7]).localSet(this.#mask);
    pair(a, b, [0, 4, 1, 5]).localSet(a);
    pair(c, d, [0, 4, 1, 5]).localSet(b);
    pair(c, d, [2, 6, 3, 7]).localSet(d);
    code.localGet(this.#mask).localSet(c);
    code.localGet(this.#input);
    pair(a, b, [0, 1, 4, 5]).f32x4Ge().localSet(this.#mask);
    code.localGet(ADDRESS);
    pair(c, d, [0, 1, 4, 5]);
    pair(a, b, [2, 3, 6, 7]);
    code.localGet(this.#mask).v128Bitselect().v128Store();
    if (this.#bytes.length === 0) return;
    pair(c, d, [2, 3, 6, 7]);
    this.#push('next').localGet(this.#mask).v128And().i32x4Add().localSet(this.#piece);
  }

  /** Adds the spikes of the four inputs. */
  count(): void {
    const code = this.#code;
    for (const lane of LANES) {
      for (const [row, bytes] of this.#bytes.entries()) {
        code
          .localGet(this.#piece)
          .i32x4ExtractLane(lane)
          .v128Load(ROW_PLANES * row);
        code.localGet(bytes[lane]!).simd(I8X16_ADD).localSet(bytes[lane]!);
      }
    }
  }

  /** Moves counts from bytes to words. */
  flush(): void {
    const code = this.#code;
    for (const [row, bytes] of this.#bytes.entries()) {
      for (const sum of bytes) {
        for (const quarter of LANES) {
          const word = this.#sums[LANES.length * row + quarter]!;
          code.localGet(word).localGet(sum);
          code.simd(I16X8_EXTEND_LOW_U8 + (quarter >> 1)).simd(I32X4_EXTEND_LOW_U16 + (quarter & 1));
          code.i32x4Add().localSet(word);
        }
        this.#push('zero').localSet(sum);
      }
    }
  }

  /** Leaves the counts in memory. */
  end(): void {
    for (const [index, word] of this.#sums.entries()) {
      this.#code
        .localGet(TABLES)
        .localGet(word)
        .v128Store(this.#layout.counts + 16 * index);
    }
  }
}

type Words = readonly [number, number, number, number];

/** The bytes of four words of two vectors. */
const bytesOf = (words: Words): number[] => words.flatMap((word) => LANES.map((byte) => 4 * word + byte));

function moduleOf(grid: CellGrid, layout: TableLayout): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder({ shared: false, minPages: 0 });
  for (const [name, counts] of [
    ['evaluate', false],
    ['count', true],
  ] as const) {
    const body = (code: Body) => {
      const writer = new TableWriter(code, grid, layout, counts);
      const lanes = code.local('v128');
      pushTailLanes(code).localSet(lanes);
      const work = (only?: number) => () => {
        writer.load(only);
        writer.decode();
        writer.count();
      };
      emitVectorBlocks(code, { tail: work(lanes), each: work(), flush: () => writer.flush() });
      writer.end();
    };
    module.addFunction(['i32', 'i32', 'i32'], [], body, name);
  }
  return module.toBytes();
}

/** Writes cells and spikes. */
function fillTables(
  view: DataView,
  tables: number,
  grid: CellGrid,
  layout: TableLayout,
  pieces: readonly Piece[],
): void {
  for (const [cell, piece] of grid.first.entries()) {
    const at = layout.cells + CELL_BYTES * cell;
    const above = piece === 0 ? undefined : pieces[piece + 1];
    view.setFloat32(at, above?.from ?? Number.NaN, true);
    view.setFloat32(at + 4, pieces[piece]!.value, true);
    view.setFloat32(at + 8, above?.value ?? 0, true);
    view.setUint32(at + 12, tables + layout.spikes + layout.pieceBytes * piece, true);
  }
  for (const [index, { spikes }] of pieces.entries()) {
    for (const [plane, did] of spikes.entries()) view.setUint8(layout.spikes + layout.pieceBytes * index + plane, did);
  }
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
  const planes = planesOf(code);
  const layout = new TableLayout(grid.first.length, pieces.length, planes);
  const module = new WebAssembly.Module(moduleOf(grid, layout));
  return {
    tableBytes: layout.bytes,
    instantiate: (memory, tables) => {
      fillTables(new DataView(memory.buffer, tables, layout.bytes), tables, grid, layout, pieces);
      const counts = new Uint32Array(memory.buffer, tables + layout.counts, planes);
      const exports = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Record<
        'evaluate' | 'count',
        (address: number, n: number, tables: number) => void
      >;
      return {
        evaluate: (address, n) => exports.evaluate(address, n, tables),
        count: (address, n) => {
          exports.count(address, n, tables);
          return counts.slice();
        },
      };
    },
  };
}

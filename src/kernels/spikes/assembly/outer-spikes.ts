import { addRows, areFew } from './add-rows';
import { decodeRow } from './decode';
import { isDense, spikesOf } from './row-lists';
import { SQUARE, transposeBits } from './transpose-bits';

/**
 * dW[i, :] += G[s, b, :] for every spike i of row (s, b), the last step s first, b ascending; see `addRows`. `bits` and `g`
 * hold the rows [steps * batch]; `scratch` holds the bytes of `outerScratchBytes`.
 *
 * The spikes are transposed: each row of dW is then read and written once for many rows of G. Where it would gain few of
 * them, G is added row by row instead, with the same sums in the same order.
 */
export function outerSpikes(
  steps: i32, batch: i32, nPre: i32, bits: usize, rowBytes: i32, g: usize, ldg: i32,
  nPost: i32, dw: usize, ldw: i32, scratch: usize,
): void {
  const rows = steps * batch;
  const bitRows = scratch + ((<usize>rows) << 2);
  const transposed = (bitRows + ((<usize>rows) << 2) + 15) & ~15;
  const words = ((<usize>rows + 63) >> 6) << 3;
  const work = transposed + ((<usize>nPre + 63) & ~63) * words;
  listLastFirst(steps, batch, g, (<usize>ldg) << 2, scratch);
  listLastFirst(steps, batch, bits, <usize>rowBytes, bitRows);
  transposeBits(rows, nPre, bitRows, transposed, words, work);
  const width = (<usize>((nPost + 3) & ~3)) << 2;
  if (hasFewSpikes(nPre, rows, transposed, words, width)) {
    for (let r = 0, at = scratch; r < rows; r++, at += 4) {
      const end = decodeRow(<usize>load<u32>(bitRows + (at - scratch)), nPre, dw, (<usize>ldw) << 2, work);
      scatterRow(work, end, <usize>load<u32>(at), width);
    }
    return;
  }
  addRows(nPre, rows, transposed, words, scratch, width, dw, (<usize>ldw) << 2, 1, work + SQUARE);
}

/** Whether the rows have few spikes on average, and none is dense. */
function hasFewSpikes(rows: i32, n: i32, bits: usize, rowBytes: usize, width: usize): bool {
  let total: i64 = 0;
  for (let r = 0, row = bits; r < rows; r++, row += rowBytes) {
    const count = spikesOf(row, n);
    if (isDense(count, n)) return false;
    total += count;
  }
  return areFew(total, rows, width);
}

/** Adds one row of G to the listed rows of dW. */
function scatterRow(list: usize, end: usize, g: usize, width: usize): void {
  if (list == end) return;
  let at: usize = 0;
  for (; at + 128 <= width; at += 128) scatter32(list, end, at, g + at);
  for (; at < width; at += 16) scatter4(list, end, at, g + at);
}

/** Lists the addresses of rows [steps, batch] of `bytes` bytes each, the last step first. */
function listLastFirst(steps: i32, batch: i32, rows: usize, bytes: usize, list: usize): void {
  const step = <usize>batch * bytes;
  for (let first = rows + <usize>steps * step; first > rows; ) {
    first -= step;
    for (let row = first, end = first + step; row < end; row += bytes, list += 4) store<u32>(list, <u32>row);
  }
}

function scatter32(list: usize, end: usize, at: usize, g: usize): void {
  const g0 = v128.load(g);
  const g1 = v128.load(g, 16);
  const g2 = v128.load(g, 32);
  const g3 = v128.load(g, 48);
  const g4 = v128.load(g, 64);
  const g5 = v128.load(g, 80);
  const g6 = v128.load(g, 96);
  const g7 = v128.load(g, 112);
  for (; list < end; list += 4) {
    const row = <usize>load<u32>(list) + at;
    v128.store(row, f32x4.add(v128.load(row), g0));
    v128.store(row, f32x4.add(v128.load(row, 16), g1), 16);
    v128.store(row, f32x4.add(v128.load(row, 32), g2), 32);
    v128.store(row, f32x4.add(v128.load(row, 48), g3), 48);
    v128.store(row, f32x4.add(v128.load(row, 64), g4), 64);
    v128.store(row, f32x4.add(v128.load(row, 80), g5), 80);
    v128.store(row, f32x4.add(v128.load(row, 96), g6), 96);
    v128.store(row, f32x4.add(v128.load(row, 112), g7), 112);
  }
}

function scatter4(list: usize, end: usize, at: usize, g: usize): void {
  const value = v128.load(g);
  for (; list < end; list += 4) {
    const row = <usize>load<u32>(list) + at;
    v128.store(row, f32x4.add(v128.load(row), value));
  }
}

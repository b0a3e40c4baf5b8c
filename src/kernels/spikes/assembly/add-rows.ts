import {
  ADDRESSES, BLOCK, LISTED, listAddresses, listRows, LISTS, ORDER, PACKED, spikesOfRows, splitRows, SUMS,
} from './row-lists';
import { packRows, sumSubsets, TABLE_ROWS, TILE_ROW, TILE_ROWS } from './tiles';

/**
 * out[r, :] (+)= Σ W[i, :] over the spikes i of row r, ascending; a row with spikes at more than 30 % of its bits adds
 * the sum of four neighbours i at a time. The bits of a row do not depend on the rows around it.
 *
 * `addresses` lists the rows of W; `width`, `rowBytes` and `outRow` are bytes.
 *
 * Lists of spikes are made once for up to 512 rows; then, 28 columns at a time, a tile of W stays in a near cache while the
 * lists stream past it. Rows go by the length of their lists, so that the processor foresees where a list ends.
 */
export function addRows(
  rows: i32, n: i32, bits: usize, rowBytes: usize, addresses: usize,
  width: usize, out: usize, outRow: usize, accumulate: i32, scratch: usize,
): void {
  const ids = scratch + TILE_ROW * <usize>TILE_ROWS;
  const work = ids + 4 * <usize>BLOCK;
  for (; rows > 0; rows -= BLOCK, bits += <usize>BLOCK * rowBytes, out += <usize>BLOCK * outRow) {
    const end = ids + ((<usize>min(rows, BLOCK)) << 2);
    const dense = splitRows(ids, end, n, bits, rowBytes);
    if (ids < dense) {
      const uses = spikesOfRows(ids, dense, n, bits, rowBytes);
      if (areFew(uses, <i32>((dense - ids) >> 2), width)) {
        addEach(ids, dense, n, bits, rowBytes, addresses, width, out, outRow, accumulate, work);
      } else {
        // A tile is packed where its rows are used often.
        const kind = uses > <i64>n * 8 ? PACKED : ADDRESSES;
        addSpans(
          ids, dense, n, bits, rowBytes, addresses, width, out, outRow, accumulate, kind, TILE_ROWS, work, scratch,
        );
      }
    }
    if (dense < end) {
      addSpans(
        dense, end, n, bits, rowBytes, addresses, width, out, outRow, accumulate, SUMS, TABLE_ROWS, work, scratch,
      );
    }
  }
}

/**
 * Whether rows have so few spikes that what a pass over tiles costs beside them outweighs what it saves: more of them
 * where the result, of `width` bytes a row, outgrows the second-level cache, for every tile goes through all of it.
 */
@inline
export function areFew(spikes: i64, rows: i32, width: usize): bool {
  return spikes < <i64>rows * (<usize>rows * width > 262144 ? 12 : 3);
}

/** The same for some of the rows, one row after the other. */
function addEach(
  ids: usize, end: usize, n: i32, bits: usize, rowBytes: usize, addresses: usize, width: usize, out: usize, outRow: usize,
  accumulate: i32, work: usize,
): void {
  const order = work + ORDER;
  const list = work + LISTS;
  for (; ids < end; ids += 4) {
    const row = <usize>load<u32>(ids);
    const last = listAddresses(bits + row * rowBytes, n, addresses, list);
    if (last == list && accumulate) continue;
    store<u32>(order, <u32>list);
    store<u32>(order, <u32>last, 4);
    store<u32>(order, <u32>(out + row * outRow), 8);
    addSpan(order, order + LISTED, 0, 0, 0, width, ADDRESSES, accumulate);
  }
}

/** The same for some of the rows, `span` neurons at a time. */
function addSpans(
  ids: usize, end: usize, n: i32, bits: usize, rowBytes: usize, addresses: usize, width: usize, out: usize, outRow: usize,
  accumulate: i32, kind: i32, span: i32, work: usize, tile: usize,
): void {
  // At least one round: without neurons, the result is still written.
  for (let i = 0; ; i += span) {
    const depth = min(span, n - i);
    const add = accumulate | i;
    const listed = listRows(ids, end, bits, rowBytes, depth, kind, addresses, out, outRow, add == 0 ? 1 : 0, work);
    addSpan(work + ORDER, listed, tile, addresses, depth, width, kind, add);
    if (i + span >= n) break;
    bits += (<usize>span) >> 3;
    addresses += (<usize>span) << 2;
  }
}

function addSpan(
  order: usize, end: usize, tile: usize, addresses: usize, depth: i32, width: usize, kind: i32, add: i32,
): void {
  if (order == end) return;
  for (let at: usize = 0, part: usize = 0; at < width; at += part) {
    const rest = width - at;
    part = rest >= TILE_ROW ? TILE_ROW : rest >= 64 ? 64 : 16;
    if (kind != ADDRESSES) packRows(tile, addresses, depth, at, part);
    if (kind == SUMS) sumSubsets(tile, depth, part);
    const rows = kind == ADDRESSES ? at : tile;
    if (part == TILE_ROW) add28(order, end, rows, at, add);
    else if (part == 64) add16(order, end, rows, at, add);
    else add4(order, end, rows, at, add);
  }
}

function add28(order: usize, end: usize, rows: usize, at: usize, add: i32): void {
  for (; order < end; order += LISTED) {
    let list = <usize>load<u32>(order);
    const last = <usize>load<u32>(order, 4);
    const out = <usize>load<u32>(order, 8) + at;
    let s0 = f32x4.splat(0);
    let s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0;
    if (add) {
      s0 = v128.load(out);
      s1 = v128.load(out, 16);
      s2 = v128.load(out, 32);
      s3 = v128.load(out, 48);
      s4 = v128.load(out, 64);
      s5 = v128.load(out, 80);
      s6 = v128.load(out, 96);
    }
    for (; list < last; list += 4) {
      const row = <usize>load<u32>(list) + rows;
      s0 = f32x4.add(s0, v128.load(row));
      s1 = f32x4.add(s1, v128.load(row, 16));
      s2 = f32x4.add(s2, v128.load(row, 32));
      s3 = f32x4.add(s3, v128.load(row, 48));
      s4 = f32x4.add(s4, v128.load(row, 64));
      s5 = f32x4.add(s5, v128.load(row, 80));
      s6 = f32x4.add(s6, v128.load(row, 96));
    }
    v128.store(out, s0);
    v128.store(out, s1, 16);
    v128.store(out, s2, 32);
    v128.store(out, s3, 48);
    v128.store(out, s4, 64);
    v128.store(out, s5, 80);
    v128.store(out, s6, 96);
  }
}

function add16(order: usize, end: usize, rows: usize, at: usize, add: i32): void {
  for (; order < end; order += LISTED) {
    let list = <usize>load<u32>(order);
    const last = <usize>load<u32>(order, 4);
    const out = <usize>load<u32>(order, 8) + at;
    let s0 = f32x4.splat(0);
    let s1 = s0, s2 = s0, s3 = s0;
    if (add) {
      s0 = v128.load(out);
      s1 = v128.load(out, 16);
      s2 = v128.load(out, 32);
      s3 = v128.load(out, 48);
    }
    for (; list < last; list += 4) {
      const row = <usize>load<u32>(list) + rows;
      s0 = f32x4.add(s0, v128.load(row));
      s1 = f32x4.add(s1, v128.load(row, 16));
      s2 = f32x4.add(s2, v128.load(row, 32));
      s3 = f32x4.add(s3, v128.load(row, 48));
    }
    v128.store(out, s0);
    v128.store(out, s1, 16);
    v128.store(out, s2, 32);
    v128.store(out, s3, 48);
  }
}

function add4(order: usize, end: usize, rows: usize, at: usize, add: i32): void {
  for (; order < end; order += LISTED) {
    let list = <usize>load<u32>(order);
    const last = <usize>load<u32>(order, 4);
    const out = <usize>load<u32>(order, 8) + at;
    let sum = add ? v128.load(out) : f32x4.splat(0);
    for (; list < last; list += 4) {
      sum = f32x4.add(sum, v128.load(<usize>load<u32>(list) + rows));
    }
    v128.store(out, sum);
  }
}

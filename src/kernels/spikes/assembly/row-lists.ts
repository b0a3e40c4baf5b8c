import { decodeWord } from './decode';
import { TILE_ROW, TILE_ROWS } from './tiles';

/** Rows of the result that are listed at a time. */
export const BLOCK: i32 = 512;

/** Bytes of a listed row: where its list starts and ends, and the row of the result that it adds to. */
export const LISTED: usize = 12;

/** Where `listRows` keeps what; offsets in bytes. The lists come last, for their length is known last. */
const BINS: usize = 0;
const STARTS: usize = BINS + 4 * (<usize>TILE_ROWS + 1);
export const ORDER: usize = STARTS + 4 * (<usize>BLOCK + 1);
export const LISTS: usize = ORDER + LISTED * <usize>BLOCK;

/** What the entries of a list are: addresses of rows, or offsets into a tile, of rows or of sums of rows. */
export const ADDRESSES: i32 = 0;
export const PACKED: i32 = 1;
export const SUMS: i32 = 2;

/** Whether a row of n bits with this many spikes adds the sums of four neighbours at a time: more than 30 %. */
@inline
export function isDense(spikes: i64, n: i32): bool {
  return spikes * 10 > <i64>n * 3;
}

export function spikesOf(row: usize, n: i32): i64 {
  let count: i64 = 0;
  for (const end = row + (((<usize>n + 63) >> 6) << 3); row < end; row += 8) count += popcnt(load<i64>(row));
  return count;
}

/** Writes the numbers of rows to [ids, end): those that are not dense, then, from the address returned, the dense ones. */
export function splitRows(ids: usize, end: usize, n: i32, bits: usize, rowBytes: usize): usize {
  for (let r = 0; ids < end; r++, bits += rowBytes) {
    if (isDense(spikesOf(bits, n), n)) {
      end -= 4;
      store<u32>(end, r);
    } else {
      store<u32>(ids, r);
      ids += 4;
    }
  }
  return ids;
}

/** Spikes of rows `ids`. */
export function spikesOfRows(ids: usize, end: usize, n: i32, bits: usize, rowBytes: usize): i64 {
  let count: i64 = 0;
  for (; ids < end; ids += 4) count += spikesOf(bits + <usize>load<u32>(ids) * rowBytes, n);
  return count;
}

/**
 * Lists what rows `ids` add: one entry per spike of `depth` bits or, of sums, one per four bits that are not all 0.
 * Leaves the rows at work + ORDER, those with the shortest list first, without the empty ones unless `empty` is 1; returns
 * their end.
 */
export function listRows(
  ids: usize, end: usize, bits: usize, rowBytes: usize, depth: i32, kind: i32, addresses: usize,
  out: usize, outRow: usize, empty: i32, work: usize,
): usize {
  const longest = kind == SUMS ? (depth + 3) >> 2 : depth;
  const bins = work + BINS;
  memory.fill(bins, 0, 4 * (<usize>longest + 1));
  let list = work + LISTS;
  let start = work + STARTS;
  for (let id = ids; id < end; id += 4, start += 4) {
    const row = bits + <usize>load<u32>(id) * rowBytes;
    store<u32>(start, <u32>list);
    const next = kind == SUMS ? listFours(load<u64>(row), list) : listOnes(row, depth, kind, addresses, list);
    const bin = bins + (next - list);
    store<u32>(bin, load<u32>(bin) + 1);
    list = next;
  }
  store<u32>(start, <u32>list);
  if (kind == ADDRESSES) lookUp(work + LISTS, list);
  return sortRows(ids, end, longest, out, outRow, empty, work);
}

/** Replaces each entry of a list by what it points at. */
function lookUp(list: usize, end: usize): void {
  for (; list < end; list += 4) store<u32>(list, load<u32>(<usize>load<u32>(list)));
}

/** Lists the addresses of the rows that one row of n bits adds; returns the end of the list. */
export function listAddresses(row: usize, n: i32, addresses: usize, list: usize): usize {
  const end = listOnes(row, n, ADDRESSES, addresses, list);
  lookUp(list, end);
  return end;
}

/** Counting sort of the listed rows by the length of their lists. */
function sortRows(ids: usize, end: usize, longest: i32, out: usize, outRow: usize, empty: i32, work: usize): usize {
  const bins = work + BINS;
  let next = work + ORDER;
  for (let bin = bins + (empty ? 0 : 4), last = bins + ((<usize>longest) << 2); bin <= last; bin += 4) {
    const count = <usize>load<u32>(bin);
    store<u32>(bin, <u32>next);
    next += count * LISTED;
  }
  for (let start = work + STARTS; ids < end; ids += 4, start += 4) {
    const from = load<u32>(start);
    const to = load<u32>(start, 4);
    if (from == to && !empty) continue;
    const bin = bins + <usize>(to - from);
    const listed = <usize>load<u32>(bin);
    store<u32>(bin, <u32>(listed + LISTED));
    store<u32>(listed, from);
    store<u32>(listed, to, 4);
    store<u32>(listed, <u32>(out + <usize>load<u32>(ids) * outRow), 8);
  }
  return next;
}

/** Appends, for every spike of a row, its offset in a tile, or where the address of its row is listed. */
function listOnes(row: usize, depth: i32, kind: i32, addresses: usize, list: usize): usize {
  const packed = kind == PACKED;
  const stride: usize = packed ? TILE_ROW : 4;
  let base: usize = packed ? 0 : addresses;
  for (; depth > 0; depth -= 64, row += 8, base += stride << 6) list = decodeWord(load<u64>(row), base, stride, list);
  return list;
}

/** Appends the tile offsets of the subset sums of 64 bits, four at a time; an empty subset adds nothing. */
function listFours(word: u64, list: usize): usize {
  for (let tile: usize = 0; word; word >>= 4, tile += TILE_ROW << 4) {
    const subset = <usize>word & 15;
    // No branch: whether four bits are empty cannot be foreseen.
    store<u32>(list, <u32>(tile + subset * TILE_ROW));
    list += subset ? 4 : 0;
  }
  return list;
}

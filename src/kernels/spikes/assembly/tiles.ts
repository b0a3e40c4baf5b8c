/** Bytes of a row of a tile: seven vectors. Seven sums and the seven loads of a row fit sixteen registers. */
export const TILE_ROW: usize = 112;

/** Rows of a tile: 28 KB, for the first-level cache. */
export const TILE_ROWS: i32 = 256;

/** Rows that a tile of subset sums is made of: sixteen sums for every four of them. */
export const TABLE_ROWS: i32 = 64;

/** Copies `width` bytes, at most TILE_ROW, at offset `at` of `depth` rows to a tile; `addresses` lists the rows. */
export function packRows(tile: usize, addresses: usize, depth: i32, at: usize, width: usize): void {
  for (const end = addresses + ((<usize>depth) << 2); addresses < end; addresses += 4, tile += TILE_ROW) {
    const row = <usize>load<u32>(addresses) + at;
    if (width == TILE_ROW) {
      v128.store(tile, v128.load(row));
      v128.store(tile, v128.load(row, 16), 16);
      v128.store(tile, v128.load(row, 32), 32);
      v128.store(tile, v128.load(row, 48), 48);
      v128.store(tile, v128.load(row, 64), 64);
      v128.store(tile, v128.load(row, 80), 80);
      v128.store(tile, v128.load(row, 96), 96);
    } else {
      for (let k: usize = 0; k < width; k += 16) v128.store(tile + k, v128.load(row + k));
    }
  }
}

/**
 * In place of every four rows of a tile, their sixteen subset sums: that of subset s, rows added in ascending order, is
 * row s of sixteen. `depth`, at most TABLE_ROWS, counts the rows; those that fill up the last four may hold anything.
 */
export function sumSubsets(tile: usize, depth: i32, width: usize): void {
  // From the last four rows down: their sums lie above all rows that are still to be read.
  for (let first = (depth - 1) & ~3; first >= 0; first -= 4) {
    const rows = tile + <usize>first * TILE_ROW;
    const sums = tile + <usize>first * 4 * TILE_ROW;
    for (let at: usize = 0; at < width; at += 16) sumFour(rows + at, sums + at);
  }
}

function sumFour(rows: usize, sums: usize): void {
  const r0 = v128.load(rows);
  const r1 = v128.load(rows, 112);
  const r2 = v128.load(rows, 224);
  const r3 = v128.load(rows, 336);
  const r01 = f32x4.add(r0, r1);
  const r02 = f32x4.add(r0, r2);
  const r12 = f32x4.add(r1, r2);
  const r012 = f32x4.add(r01, r2);
  v128.store(sums, r0, 112);
  v128.store(sums, r1, 224);
  v128.store(sums, r01, 336);
  v128.store(sums, r2, 448);
  v128.store(sums, r02, 560);
  v128.store(sums, r12, 672);
  v128.store(sums, r012, 784);
  v128.store(sums, r3, 896);
  v128.store(sums, f32x4.add(r0, r3), 1008);
  v128.store(sums, f32x4.add(r1, r3), 1120);
  v128.store(sums, f32x4.add(r01, r3), 1232);
  v128.store(sums, f32x4.add(r2, r3), 1344);
  v128.store(sums, f32x4.add(r02, r3), 1456);
  v128.store(sums, f32x4.add(r12, r3), 1568);
  v128.store(sums, f32x4.add(r012, r3), 1680);
}

import { addRows } from './add-rows';

/**
 * out[r, :] (+)= Σ W[i, :] over the spikes i of row r, for the rows of many steps at once; see `addRows`. `scratch` holds
 * the bytes of `gatherBlockScratchBytes`.
 */
export function gatherBlock(
  rows: i32, nPre: i32, bits: usize, rowBytes: i32, w: usize, ldw: i32,
  nPost: i32, out: usize, ldo: i32, accumulate: i32, scratch: usize,
): void {
  const end = scratch + ((<usize>nPre) << 2);
  for (let at = scratch; at < end; at += 4, w += (<usize>ldw) << 2) store<u32>(at, <u32>w);
  const width = (<usize>((nPost + 3) & ~3)) << 2;
  addRows(rows, nPre, bits, <usize>rowBytes, scratch, width, out, (<usize>ldo) << 2, accumulate, (end + 15) & ~15);
}

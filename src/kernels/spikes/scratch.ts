/** Rows, and bits of them, that `gatherBlock` lists at a time, and the bytes of the tile of weights beside the lists. */
const [ROWS, BITS, TILE] = [512, 256, 28672];

const blockBytes = (rows: number, bits: number): number =>
  TILE + 4 * (BITS + 1) + ROWS * 20 + 4 + 16 + 4 * Math.max(bits, Math.min(ROWS, rows) * Math.min(BITS, bits));

/** Bytes of scratch memory for `gatherBlock`: a tile of weights, the lists of spikes, the address of every weight row. */
export const gatherBlockScratchBytes = (rows: number, pre: number): number => 16 + 4 * pre + blockBytes(rows, pre);

/** Bytes of scratch memory for `outerSpikes`: as for `gatherBlock` with rows and neurons exchanged, and the transposed spikes. */
export const outerScratchBytes = (rows: number, pre: number): number =>
  16 + 8 * rows + 512 + 64 * Math.ceil(pre / 64) * 8 * Math.ceil(rows / 64) + blockBytes(pre, rows);

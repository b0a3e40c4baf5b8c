/**
 * Cells of equal width with one boundary each at most. The cell of x is fl(fl(x · scale) + shift), limited to 1 … last, as the
 * nearest whole number; cell 0 is for NaN.
 */
export interface CellGrid {
  readonly scale: number;
  readonly shift: number;
  readonly last: number;
  /** By cell: number of the piece of its least input. Piece 0 is for NaN; piece 1 ends at the first boundary. */
  readonly first: Uint32Array;
}

/**
 * Of 16 bytes each, a megabyte where pieces are that narrow. Inputs crowd in some of them, which stay in a cache beside the data; to go
 * through the steps instead takes several times as long.
 */
const MOST_CELLS = 65_536;

const { fround } = Math;

function cellOf(x: number, { scale, shift, last }: Omit<CellGrid, 'first'>): number {
  const place = Math.min(Math.max(fround(fround(x * scale) + shift), 1), last);
  // Rounds as the addition of 2^23 does in float32: halves to even.
  return fround(place + 2 ** 23) - 2 ** 23;
}

/**
 * The coarsest such grid.
 *
 * @param boundaries - ascending
 * @returns undefined if there are none, or they lie too close together
 */
export function gridOf(boundaries: readonly number[]): CellGrid | undefined {
  const [low, high] = [boundaries[0], boundaries.at(-1)];
  if (low === undefined || high === undefined) return undefined;
  for (let cells = 16; cells <= MOST_CELLS; cells *= 2) {
    const scale = fround(high > low ? cells / (high - low) : 1);
    const map = { scale, shift: fround(2 - low * scale), last: cells + 4 };
    if (!(scale > 0 && Number.isFinite(scale) && Number.isFinite(map.shift))) return undefined;
    const at = boundaries.map((x) => cellOf(x, map));
    if (at.some((cell, k) => cell === at[k - 1])) continue;
    const first = new Uint32Array(map.last + 1);
    let piece = 0;
    for (let cell = 1; cell < first.length; cell++) {
      first[cell] = piece + 1;
      if (at[piece] === cell) piece += 1;
    }
    return { ...map, first };
  }
  return undefined;
}

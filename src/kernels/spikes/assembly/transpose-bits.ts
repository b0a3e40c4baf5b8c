/** Bytes of scratch memory for `transposeBits`. */
export const SQUARE: usize = 512;

/**
 * Transposes bit rows: bit r of row i of `out`, [n rounded up to 64, `words` bytes], is bit i of the row at entry r of the
 * list `addresses`. Squares of 64 x 64 bits pass through `square`.
 */
export function transposeBits(rows: i32, n: i32, addresses: usize, out: usize, words: usize, square: usize): void {
  for (let column: usize = 0; <i32>column < n; column += 64) {
    for (let r = 0; r < rows; r += 64) {
      const here = <usize>min(64, rows - r) << 3;
      const list = addresses + ((<usize>r) << 2);
      for (let at: usize = 0; at < here; at += 8) {
        store<u64>(square + at, load<u64>(<usize>load<u32>(list + (at >> 1)) + (column >> 3)));
      }
      memory.fill(square + here, 0, SQUARE - here);
      transposeSquare(square);
      let to = out + column * words + ((<usize>r) >> 3);
      for (let at: usize = 0; at < SQUARE; at += 8, to += words) store<u64>(to, load<u64>(square + at));
    }
  }
}

/** Transposes 64 words in place: swaps ever smaller off-diagonal squares. */
function transposeSquare(square: usize): void {
  swapSquares(square, 32, 0x00000000ffffffff);
  swapSquares(square, 16, 0x0000ffff0000ffff);
  swapSquares(square, 8, 0x00ff00ff00ff00ff);
  swapSquares(square, 4, 0x0f0f0f0f0f0f0f0f);
  swapSquares(square, 2, 0x3333333333333333);
  const odd = i64x2.splat(0x5555555555555555);
  for (const end = square + SQUARE; square < end; square += 16) {
    const pair = v128.load(square);
    const other = v128.shuffle<i64>(pair, pair, 1, 0);
    // The low word takes its odd bits from the even bits of the high one, and the other way round.
    const low = v128.bitselect(pair, i64x2.shl(other, 1), odd);
    const high = v128.bitselect(i64x2.shr_u(other, 1), pair, odd);
    v128.store(square, v128.shuffle<i64>(low, high, 0, 3));
  }
}

@inline
function swapSquares(square: usize, size: i32, low: i64): void {
  const mask = i64x2.splat(low);
  const half = (<usize>size) << 3;
  for (const end = square + SQUARE; square < end; square += half) {
    for (const middle = square + half; square < middle; square += 16) {
      const a = v128.load(square);
      const b = v128.load(square + half);
      const swap = v128.and(v128.xor(i64x2.shr_u(a, size), b), mask);
      v128.store(square, v128.xor(a, i64x2.shl(swap, size)));
      v128.store(square + half, v128.xor(b, swap));
    }
  }
}

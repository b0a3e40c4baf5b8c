import { madd } from '../../assembly/simd';

/** Rows of B per block: 64 rows of one 8-column panel stay in the first-level cache and its TLB. */
const BLOCK_K: i32 = 64;

/** C[M, N] (+)= A[K, M]ᵀ · B[K, N]. Every element adds its products in ascending k, whatever its row or tile. */
export function gemmTN(
  m: i32, n: i32, k: i32, a: usize, lda: i32, b: usize, ldb: i32, c: usize, ldc: i32, accumulate: i32,
): void {
  const aRow = (<usize>lda) << 2;
  const bRow = (<usize>ldb) << 2;
  const cRow = (<usize>ldc) << 2;
  const width = (n + 3) & ~3;
  const width8 = width & ~7;
  if (k == 0 && !accumulate) {
    for (let i = 0; i < m; i++, c += cRow) memory.fill(c, 0, (<usize>width) << 2);
    return;
  }
  for (let k0 = 0; k0 < k; k0 += BLOCK_K) {
    const depth = min(BLOCK_K, k - k0);
    const add = accumulate | k0;
    let j = 0;
    for (; j < width8; j += 8) {
      let ai = a;
      let ci = c + ((<usize>j) << 2);
      const bj = b + ((<usize>j) << 2);
      let i = 0;
      for (; i + 4 <= m; i += 4, ai += 16, ci += cRow << 2) tile4x8(depth, ai, aRow, bj, bRow, ci, cRow, add);
      for (; i < m; i++, ai += 4, ci += cRow) tile1x8(depth, ai, aRow, bj, bRow, ci, add);
    }
    if (j < width) {
      let ai = a;
      let ci = c + ((<usize>j) << 2);
      const bj = b + ((<usize>j) << 2);
      for (let i = 0; i < m; i++, ai += 4, ci += cRow) tile1x4(depth, ai, aRow, bj, bRow, ci, add);
    }
    a += <usize>depth * aRow;
    b += <usize>depth * bRow;
  }
}

function tile4x8(depth: i32, a: usize, aRow: usize, b: usize, bRow: usize, c: usize, cRow: usize, add: i32): void {
  const c1 = c + cRow;
  const c2 = c1 + cRow;
  const c3 = c2 + cRow;
  let s00 = f32x4.splat(0);
  let s01 = s00, s10 = s00, s11 = s00, s20 = s00, s21 = s00, s30 = s00, s31 = s00;
  if (add) {
    s00 = v128.load(c);
    s01 = v128.load(c, 16);
    s10 = v128.load(c1);
    s11 = v128.load(c1, 16);
    s20 = v128.load(c2);
    s21 = v128.load(c2, 16);
    s30 = v128.load(c3);
    s31 = v128.load(c3, 16);
  }
  for (; depth > 0; depth--) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let x = v128.load32_splat(a);
    s00 = madd(x, b0, s00);
    s01 = madd(x, b1, s01);
    x = v128.load32_splat(a, 4);
    s10 = madd(x, b0, s10);
    s11 = madd(x, b1, s11);
    x = v128.load32_splat(a, 8);
    s20 = madd(x, b0, s20);
    s21 = madd(x, b1, s21);
    x = v128.load32_splat(a, 12);
    s30 = madd(x, b0, s30);
    s31 = madd(x, b1, s31);
    a += aRow;
    b += bRow;
  }
  v128.store(c, s00);
  v128.store(c, s01, 16);
  v128.store(c1, s10);
  v128.store(c1, s11, 16);
  v128.store(c2, s20);
  v128.store(c2, s21, 16);
  v128.store(c3, s30);
  v128.store(c3, s31, 16);
}

function tile1x8(depth: i32, a: usize, aRow: usize, b: usize, bRow: usize, c: usize, add: i32): void {
  let s0 = add ? v128.load(c) : f32x4.splat(0);
  let s1 = add ? v128.load(c, 16) : f32x4.splat(0);
  for (; depth > 0; depth--) {
    const x = v128.load32_splat(a);
    s0 = madd(x, v128.load(b), s0);
    s1 = madd(x, v128.load(b, 16), s1);
    a += aRow;
    b += bRow;
  }
  v128.store(c, s0);
  v128.store(c, s1, 16);
}

function tile1x4(depth: i32, a: usize, aRow: usize, b: usize, bRow: usize, c: usize, add: i32): void {
  let s = add ? v128.load(c) : f32x4.splat(0);
  for (; depth > 0; depth--) {
    s = madd(v128.load32_splat(a), v128.load(b), s);
    a += aRow;
    b += bRow;
  }
  v128.store(c, s);
}

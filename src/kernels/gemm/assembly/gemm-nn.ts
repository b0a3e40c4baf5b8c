import { madd } from '../../assembly/simd';

/** Depth of a block: the 8 columns of B that all tiles of a panel share then stay in the first-level cache. */
const BLOCK_K: i32 = 256;

/**
 * C[M, N] (+)= A[M, K] · B[K, N]. Every element starts from C (or 0) and adds its products in ascending k,
 * whatever its tile: the bits of a row depend neither on M nor on its position.
 *
 * The loops over k are not unrolled by hand: engines hoist the loads of an unrolled body above its arithmetic, and
 * sixteen registers do not hold them (measured: half the speed). Tiles of 4 x 8 are the largest that stay in registers.
 */
export function gemmNN(
  m: i32, n: i32, k: i32, a: usize, lda: i32, b: usize, ldb: i32, c: usize, ldc: i32, accumulate: i32,
): void {
  const aRow = (<usize>lda) << 2;
  const bRow = (<usize>ldb) << 2;
  const cRow = (<usize>ldc) << 2;
  const width = ((<usize>n + 3) & ~3) << 2;
  if (k == 0 && !accumulate) {
    for (let i = 0; i < m; i++, c += cRow) memory.fill(c, 0, width);
    return;
  }
  for (let k0 = 0; k0 < k; k0 += BLOCK_K) {
    const depth = min(BLOCK_K, k - k0);
    const add = accumulate | k0;
    let at: usize = 0;
    for (; at + 32 <= width; at += 32) panel8(m, depth, a, aRow, b + at, bRow, c + at, cRow, add);
    if (at < width) panel4(m, depth, a, aRow, b + at, bRow, c + at, cRow, add);
    for (let i = m & ~3; i < m; i++) {
      row(depth, a + <usize>i * aRow, b, bRow, c + <usize>i * cRow, width, add);
    }
    a += (<usize>depth) << 2;
    b += <usize>depth * bRow;
  }
}

/** 8 columns of all whole groups of 4 rows. */
function panel8(
  m: i32, depth: i32, a: usize, aRow: usize, b: usize, bRow: usize, c: usize, cRow: usize, add: i32,
): void {
  for (; m >= 4; m -= 4, a += aRow << 2, c += cRow << 2) tile4x8(depth, a, aRow, b, bRow, c, cRow, add);
}

/** 4 columns of all whole groups of 4 rows. */
function panel4(
  m: i32, depth: i32, a: usize, aRow: usize, b: usize, bRow: usize, c: usize, cRow: usize, add: i32,
): void {
  for (; m >= 4; m -= 4, a += aRow << 2, c += cRow << 2) tile4x4(depth, a, aRow, b, bRow, c, cRow, add);
}

/** One row, for the last M mod 4. */
function row(
  depth: i32, a: usize, b: usize, bRow: usize, c: usize, width: usize, add: i32,
): void {
  let at: usize = 0;
  for (; at + 64 <= width; at += 64) tile1x16(depth, a, b + at, bRow, c + at, add);
  for (; at < width; at += 16) tile1x4(depth, a, b + at, bRow, c + at, add);
}

function tile4x8(depth: i32, a0: usize, aRow: usize, b: usize, bRow: usize, c0: usize, cRow: usize, add: i32): void {
  const end = a0 + ((<usize>depth) << 2);
  let a1 = a0 + aRow;
  let a2 = a1 + aRow;
  let a3 = a2 + aRow;
  const c1 = c0 + cRow;
  const c2 = c1 + cRow;
  const c3 = c2 + cRow;
  let s00 = f32x4.splat(0);
  let s01 = s00, s10 = s00, s11 = s00, s20 = s00, s21 = s00, s30 = s00, s31 = s00;
  if (add) {
    s00 = v128.load(c0);
    s01 = v128.load(c0, 16);
    s10 = v128.load(c1);
    s11 = v128.load(c1, 16);
    s20 = v128.load(c2);
    s21 = v128.load(c2, 16);
    s30 = v128.load(c3);
    s31 = v128.load(c3, 16);
  }
  while (a0 < end) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let x = v128.load32_splat(a0);
    s00 = madd(x, b0, s00);
    s01 = madd(x, b1, s01);
    x = v128.load32_splat(a1);
    s10 = madd(x, b0, s10);
    s11 = madd(x, b1, s11);
    x = v128.load32_splat(a2);
    s20 = madd(x, b0, s20);
    s21 = madd(x, b1, s21);
    x = v128.load32_splat(a3);
    s30 = madd(x, b0, s30);
    s31 = madd(x, b1, s31);
    a0 += 4;
    a1 += 4;
    a2 += 4;
    a3 += 4;
    b += bRow;
  }
  v128.store(c0, s00);
  v128.store(c0, s01, 16);
  v128.store(c1, s10);
  v128.store(c1, s11, 16);
  v128.store(c2, s20);
  v128.store(c2, s21, 16);
  v128.store(c3, s30);
  v128.store(c3, s31, 16);
}

function tile4x4(depth: i32, a0: usize, aRow: usize, b: usize, bRow: usize, c0: usize, cRow: usize, add: i32): void {
  const end = a0 + ((<usize>depth) << 2);
  let a1 = a0 + aRow;
  let a2 = a1 + aRow;
  let a3 = a2 + aRow;
  const c1 = c0 + cRow;
  const c2 = c1 + cRow;
  const c3 = c2 + cRow;
  let s0 = f32x4.splat(0);
  let s1 = s0, s2 = s0, s3 = s0;
  if (add) {
    s0 = v128.load(c0);
    s1 = v128.load(c1);
    s2 = v128.load(c2);
    s3 = v128.load(c3);
  }
  while (a0 < end) {
    const y = v128.load(b);
    s0 = madd(v128.load32_splat(a0), y, s0);
    s1 = madd(v128.load32_splat(a1), y, s1);
    s2 = madd(v128.load32_splat(a2), y, s2);
    s3 = madd(v128.load32_splat(a3), y, s3);
    a0 += 4;
    a1 += 4;
    a2 += 4;
    a3 += 4;
    b += bRow;
  }
  v128.store(c0, s0);
  v128.store(c1, s1);
  v128.store(c2, s2);
  v128.store(c3, s3);
}

function tile1x16(depth: i32, a: usize, b: usize, bRow: usize, c: usize, add: i32): void {
  const end = a + ((<usize>depth) << 2);
  let s0 = f32x4.splat(0);
  let s1 = s0, s2 = s0, s3 = s0;
  if (add) {
    s0 = v128.load(c);
    s1 = v128.load(c, 16);
    s2 = v128.load(c, 32);
    s3 = v128.load(c, 48);
  }
  while (a < end) {
    const x = v128.load32_splat(a);
    s0 = madd(x, v128.load(b), s0);
    s1 = madd(x, v128.load(b, 16), s1);
    s2 = madd(x, v128.load(b, 32), s2);
    s3 = madd(x, v128.load(b, 48), s3);
    a += 4;
    b += bRow;
  }
  v128.store(c, s0);
  v128.store(c, s1, 16);
  v128.store(c, s2, 32);
  v128.store(c, s3, 48);
}

function tile1x4(depth: i32, a: usize, b: usize, bRow: usize, c: usize, add: i32): void {
  const end = a + ((<usize>depth) << 2);
  let s = f32x4.splat(0);
  if (add) {
    s = v128.load(c);
  }
  while (a < end) {
    s = madd(v128.load32_splat(a), v128.load(b), s);
    a += 4;
    b += bRow;
  }
  v128.store(c, s);
}

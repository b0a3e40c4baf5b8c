import { madd, sumLanes } from '../../assembly/simd';

/**
 * C[M, N] (+)= A[M, K] · B[N, K]ᵀ, writing exactly N columns. Every element is one dot product: four partial sums over
 * k mod 4, added as (0 + 1) + (2 + 3), then the last K mod 4 products, then C; the same for every row and tile.
 */
export function gemmNT(
  m: i32, n: i32, k: i32, a: usize, lda: i32, b: usize, ldb: i32, c: usize, ldc: i32, accumulate: i32,
): void {
  const aRow = (<usize>lda) << 2;
  const bRow = (<usize>ldb) << 2;
  const cRow = (<usize>ldc) << 2;
  const body = (<usize>(k & ~3)) << 2;
  const tail = (<usize>k) << 2;
  let i = 0;
  for (; i + 2 <= m; i += 2, a += aRow << 1, c += cRow << 1) {
    let bj = b;
    let cj = c;
    let j = 0;
    for (; j + 4 <= n; j += 4, bj += bRow << 2, cj += 16) {
      tile2x4(body, tail, a, aRow, bj, bRow, cj, cRow, accumulate);
    }
    for (; j < n; j++, bj += bRow, cj += 4) {
      dot(body, tail, a, bj, cj, accumulate);
      dot(body, tail, a + aRow, bj, cj + cRow, accumulate);
    }
  }
  if (i < m) {
    for (let j = 0; j < n; j++, b += bRow, c += 4) dot(body, tail, a, b, c, accumulate);
  }
}

/** The sums of the lanes of four vectors, as one vector. */
@inline
function sumEach(x0: v128, x1: v128, x2: v128, x3: v128): v128 {
  const low01 = v128.shuffle<f32>(x0, x1, 0, 4, 2, 6);
  const high01 = v128.shuffle<f32>(x0, x1, 1, 5, 3, 7);
  const low23 = v128.shuffle<f32>(x2, x3, 0, 4, 2, 6);
  const high23 = v128.shuffle<f32>(x2, x3, 1, 5, 3, 7);
  const pairs01 = f32x4.add(low01, high01);
  const pairs23 = f32x4.add(low23, high23);
  return f32x4.add(
    v128.shuffle<f32>(pairs01, pairs23, 0, 1, 4, 5),
    v128.shuffle<f32>(pairs01, pairs23, 2, 3, 6, 7),
  );
}

function tile2x4(
  body: usize, tail: usize, a0: usize, aRow: usize, b0: usize, bRow: usize, c: usize, cRow: usize, accumulate: i32,
): void {
  const a1 = a0 + aRow;
  const b1 = b0 + bRow;
  const b2 = b1 + bRow;
  const b3 = b2 + bRow;
  let s00 = f32x4.splat(0);
  let s01 = s00, s02 = s00, s03 = s00, s10 = s00, s11 = s00, s12 = s00, s13 = s00;
  let at: usize = 0;
  for (; at < body; at += 16) {
    const x0 = v128.load(a0 + at);
    const x1 = v128.load(a1 + at);
    let y = v128.load(b0 + at);
    s00 = madd(x0, y, s00);
    s10 = madd(x1, y, s10);
    y = v128.load(b1 + at);
    s01 = madd(x0, y, s01);
    s11 = madd(x1, y, s11);
    y = v128.load(b2 + at);
    s02 = madd(x0, y, s02);
    s12 = madd(x1, y, s12);
    y = v128.load(b3 + at);
    s03 = madd(x0, y, s03);
    s13 = madd(x1, y, s13);
  }
  let row0 = sumEach(s00, s01, s02, s03);
  let row1 = sumEach(s10, s11, s12, s13);
  for (; at < tail; at += 4) {
    const y = f32x4(load<f32>(b0 + at), load<f32>(b1 + at), load<f32>(b2 + at), load<f32>(b3 + at));
    row0 = f32x4.add(row0, f32x4.mul(v128.load32_splat(a0 + at), y));
    row1 = f32x4.add(row1, f32x4.mul(v128.load32_splat(a1 + at), y));
  }
  v128.store(c, accumulate ? f32x4.add(v128.load(c), row0) : row0);
  v128.store(c + cRow, accumulate ? f32x4.add(v128.load(c + cRow), row1) : row1);
}

function dot(body: usize, tail: usize, a: usize, b: usize, c: usize, accumulate: i32): void {
  let s = f32x4.splat(0);
  let at: usize = 0;
  for (; at < body; at += 16) s = madd(v128.load(a + at), v128.load(b + at), s);
  let sum = sumLanes(s);
  for (; at < tail; at += 4) sum += load<f32>(a + at) * load<f32>(b + at);
  store<f32>(c, accumulate ? load<f32>(c) + sum : sum);
}

export function fill(dst: usize, count: i32, value: f32): void {
  const end = dst + ((<usize>count) << 2);
  const splat = f32x4.splat(value);
  for (; dst + 16 <= end; dst += 16) v128.store(dst, splat);
  for (; dst < end; dst += 4) store<f32>(dst, value);
}

export function addInto(dst: usize, src: usize, count: i32): void {
  const end = dst + ((<usize>count) << 2);
  for (; dst + 16 <= end; dst += 16, src += 16) v128.store(dst, f32x4.add(v128.load(dst), v128.load(src)));
  for (; dst < end; dst += 4, src += 4) store<f32>(dst, load<f32>(dst) + load<f32>(src));
}

export function scale(dst: usize, count: i32, factor: f32): void {
  const end = dst + ((<usize>count) << 2);
  const splat = f32x4.splat(factor);
  for (; dst + 16 <= end; dst += 16) v128.store(dst, f32x4.mul(v128.load(dst), splat));
  for (; dst < end; dst += 4) store<f32>(dst, load<f32>(dst) * factor);
}

/** dst[c, r] = src[r, c]; writes exactly cols x rows elements. */
export function transpose(rows: i32, cols: i32, src: usize, lds: i32, dst: usize, ldd: i32): void {
  const srcRow = (<usize>lds) << 2;
  const dstRow = (<usize>ldd) << 2;
  const rows4 = rows & ~3;
  const cols4 = cols & ~3;
  for (let r = 0; r < rows4; r += 4) {
    let s = src + <usize>r * srcRow;
    let d = dst + ((<usize>r) << 2);
    for (let c = 0; c < cols4; c += 4, s += 16, d += dstRow << 2) {
      const r0 = v128.load(s);
      const r1 = v128.load(s + srcRow);
      const r2 = v128.load(s + (srcRow << 1));
      const r3 = v128.load(s + srcRow * 3);
      const low01 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
      const high01 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
      const low23 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
      const high23 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
      v128.store(d, v128.shuffle<f32>(low01, low23, 0, 1, 4, 5));
      v128.store(d + dstRow, v128.shuffle<f32>(low01, low23, 2, 3, 6, 7));
      v128.store(d + (dstRow << 1), v128.shuffle<f32>(high01, high23, 0, 1, 4, 5));
      v128.store(d + dstRow * 3, v128.shuffle<f32>(high01, high23, 2, 3, 6, 7));
    }
    for (let c = cols4; c < cols; c++, s += 4, d += dstRow) {
      for (let i: usize = 0; i < 4; i++) store<f32>(d + (i << 2), load<f32>(s + i * srcRow));
    }
  }
  for (let r = rows4; r < rows; r++) {
    let s = src + <usize>r * srcRow;
    let d = dst + ((<usize>r) << 2);
    for (let c = 0; c < cols; c++, s += 4, d += dstRow) store<f32>(d, load<f32>(s));
  }
}

/** W[i, i] = 0 for i < n. */
export function zeroDiagonal(n: i32, w: usize, ldw: i32): void {
  const step = (<usize>(ldw + 1)) << 2;
  for (let i = 0; i < n; i++, w += step) store<f32>(w, 0);
}

/** Columns cols … ldw - 1 of every row become 0. */
export function zeroPad(rows: i32, cols: i32, w: usize, ldw: i32): void {
  const row = (<usize>ldw) << 2;
  const bytes = (<usize>(ldw - cols)) << 2;
  if (bytes == 0) return;
  let at = w + ((<usize>cols) << 2);
  for (let r = 0; r < rows; r++, at += row) memory.fill(at, 0, bytes);
}

/** Squares summed in float64: lane l of eight takes elements l, l + 8, …; lanes are then added pairwise. */
export function sumSquares(src: usize, count: i32): f64 {
  const end = src + ((<usize>count) << 2);
  let s0 = f64x2.splat(0);
  let s1 = f64x2.splat(0);
  let s2 = f64x2.splat(0);
  let s3 = f64x2.splat(0);
  for (; src + 32 <= end; src += 32) {
    const a = f64x2.promote_low_f32x4(v128.load64_zero(src));
    const b = f64x2.promote_low_f32x4(v128.load64_zero(src, 8));
    const c = f64x2.promote_low_f32x4(v128.load64_zero(src, 16));
    const d = f64x2.promote_low_f32x4(v128.load64_zero(src, 24));
    s0 = f64x2.add(s0, f64x2.mul(a, a));
    s1 = f64x2.add(s1, f64x2.mul(b, b));
    s2 = f64x2.add(s2, f64x2.mul(c, c));
    s3 = f64x2.add(s3, f64x2.mul(d, d));
  }
  const pair = f64x2.add(f64x2.add(s0, s1), f64x2.add(s2, s3));
  let sum = f64x2.extract_lane(pair, 0) + f64x2.extract_lane(pair, 1);
  for (; src < end; src += 4) {
    const x = <f64>load<f32>(src);
    sum += x * x;
  }
  return sum;
}

/** Index of the first NaN or infinity, or -1. */
export function allFinite(src: usize, count: i32): i32 {
  const start = src;
  const end = src + ((<usize>count) << 2);
  const exponent = i32x4.splat(0x7f800000);
  for (; src + 16 <= end; src += 16) {
    const bits = v128.and(v128.load(src), exponent);
    if (v128.any_true(i32x4.eq(bits, exponent))) break;
  }
  for (; src < end; src += 4) {
    if ((load<u32>(src) & 0x7f800000) == 0x7f800000) return <i32>((src - start) >> 2);
  }
  return -1;
}

import { cosQuarter, logUnit, sinQuarter } from './elementary';

// Philox 4x32-10, four blocks at a time: word j of block l is lane l of cj.
// @eq salmon2011philox (Philox-4x32-10)

const M0: u32 = 0xd2511f53;
const M1: u32 = 0xcd9e8d57;
const W0: u32 = 0x9e3779b9;
const W1: u32 = 0xbb67ae85;

const UNIFORM: i32 = 0;
const NORMAL: i32 = 1;
const EXPONENTIAL: i32 = 2;

/** out[b, i] = uniform draw in (0, 1) number (rowStart + b)·n + i of (seed, stream, step). */
export function philoxUniform(
  seedLow: u32, seedHigh: u32, stream: u32, step: u32, rowStart: u32, batch: i32, n: i32, out: usize, ldo: i32,
): void {
  draw(UNIFORM, seedLow, seedHigh, stream, step, rowStart, batch, n, out, ldo);
}

/** out[b, i] = standard normal draw; Box-Muller on the words (2⌊i/2⌋, 2⌊i/2⌋ + 1), cosine first. */
export function philoxNormal(
  seedLow: u32, seedHigh: u32, stream: u32, step: u32, rowStart: u32, batch: i32, n: i32, out: usize, ldo: i32,
): void {
  draw(NORMAL, seedLow, seedHigh, stream, step, rowStart, batch, n, out, ldo);
}

/** out[b, i] = exponential draw with mean 1: -log of the uniform draw. */
export function philoxExponential(
  seedLow: u32, seedHigh: u32, stream: u32, step: u32, rowStart: u32, batch: i32, n: i32, out: usize, ldo: i32,
): void {
  draw(EXPONENTIAL, seedLow, seedHigh, stream, step, rowStart, batch, n, out, ldo);
}

@inline
function draw(
  law: i32, seedLow: u32, seedHigh: u32, stream: u32, step: u32,
  rowStart: u32, batch: i32, n: i32, out: usize, ldo: i32,
): void {
  for (let b = 0; b < batch; b++, out += (<usize>ldo) << 2) {
    const first = (<u64>rowStart + b) * n;
    // Position of the current block in the row; up to 3 below 0 at the start, because blocks do not begin with rows.
    let i = -<i32>(first & 3);
    let block = <u32>(first >> 2);
    for (; i < n; i += 16, block += 4) {
      let c0 = i32x4.add(i32x4.splat(block), i32x4(0, 1, 2, 3));
      let c1 = i32x4.splat(step);
      let c2 = i32x4.splat(seedHigh);
      let c3 = i32x4.splat(0);
      let k0 = seedLow;
      let k1 = stream;
      for (let round = 0; round < 10; round++, k0 += W0, k1 += W1) {
        const a = i32x4.splat(M0);
        const d = i32x4.splat(M1);
        const aLow = i64x2.extmul_low_i32x4_u(a, c0);
        const aHigh = i64x2.extmul_high_i32x4_u(a, c0);
        const dLow = i64x2.extmul_low_i32x4_u(d, c2);
        const dHigh = i64x2.extmul_high_i32x4_u(d, c2);
        c0 = v128.xor(v128.xor(v128.shuffle<i32>(dLow, dHigh, 1, 3, 5, 7), c1), i32x4.splat(k0));
        c1 = v128.shuffle<i32>(dLow, dHigh, 0, 2, 4, 6);
        c2 = v128.xor(v128.xor(v128.shuffle<i32>(aLow, aHigh, 1, 3, 5, 7), c3), i32x4.splat(k1));
        c3 = v128.shuffle<i32>(aLow, aHigh, 0, 2, 4, 6);
      }
      c0 = toUniform(c0);
      c1 = toUniform(c1);
      c2 = toUniform(c2);
      c3 = toUniform(c3);
      if (law == NORMAL) {
        const r0 = radius(c0);
        const r2 = radius(c2);
        c0 = f32x4.mul(r0, cosQuarter(c1));
        c1 = f32x4.mul(r0, sinQuarter(c1));
        c2 = f32x4.mul(r2, cosQuarter(c3));
        c3 = f32x4.mul(r2, sinQuarter(c3));
      } else if (law == EXPONENTIAL) {
        c0 = f32x4.neg(logUnit(c0));
        c1 = f32x4.neg(logUnit(c1));
        c2 = f32x4.neg(logUnit(c2));
        c3 = f32x4.neg(logUnit(c3));
      }
      const low01 = v128.shuffle<f32>(c0, c1, 0, 4, 1, 5);
      const high01 = v128.shuffle<f32>(c0, c1, 2, 6, 3, 7);
      const low23 = v128.shuffle<f32>(c2, c3, 0, 4, 1, 5);
      const high23 = v128.shuffle<f32>(c2, c3, 2, 6, 3, 7);
      storeInside(out, i, n, v128.shuffle<f32>(low01, low23, 0, 1, 4, 5));
      storeInside(out, i + 4, n, v128.shuffle<f32>(low01, low23, 2, 3, 6, 7));
      storeInside(out, i + 8, n, v128.shuffle<f32>(high01, high23, 0, 1, 4, 5));
      storeInside(out, i + 12, n, v128.shuffle<f32>(high01, high23, 2, 3, 6, 7));
    }
  }
}

/** (w >> 9 + 1/2) / 2^23, exact in float32. */
@inline
function toUniform(word: v128): v128 {
  const value = f32x4.add(f32x4.convert_i32x4_s(i32x4.shr_u(word, 9)), f32x4.splat(0.5));
  return f32x4.mul(value, f32x4.splat(1.0 / 8388608.0));
}

@inline
function radius(u: v128): v128 {
  return f32x4.sqrt(f32x4.mul(f32x4.splat(-2), logUnit(u)));
}

/** Stores the lanes whose positions i … i + 3 lie in 0 … n - 1. */
function storeInside(out: usize, i: i32, n: i32, value: v128): void {
  if (i >= 0 && i + 4 <= n) {
    v128.store(out + ((<usize>i) << 2), value);
    return;
  }
  if (i >= 0 && i < n) store<f32>(out + ((<usize>i) << 2), f32x4.extract_lane(value, 0));
  if (i >= -1 && i + 1 < n) store<f32>(out + ((<usize>(i + 1)) << 2), f32x4.extract_lane(value, 1));
  if (i >= -2 && i + 2 < n) store<f32>(out + ((<usize>(i + 2)) << 2), f32x4.extract_lane(value, 2));
  if (i >= -3 && i + 3 < n) store<f32>(out + ((<usize>(i + 3)) << 2), f32x4.extract_lane(value, 3));
}

import { laneMask } from '../../spikes/assembly/convert';

// Weights w f32[n], padded like a row. Products are never fused: both builds give the same bits.

/** All ones in the lanes below n of the four that start at i. */
@inline
function inside(i: usize, n: usize): v128 {
  return i32x4.lt_s(i32x4.add(i32x4.splat(<i32>i), i32x4(0, 1, 2, 3)), i32x4.splat(<i32>n));
}

export function oneToOneSpikes(
  batch: i32, n: i32, bits: usize, rowBytes: i32, w: usize, out: usize, ldo: i32, accumulate: i32,
): void {
  for (let b = 0; b < batch; b++, bits += rowBytes, out += (<usize>ldo) << 2) {
    for (let i: usize = 0; i < <usize>n; i += 4) {
      const at = out + (i << 2);
      const value = v128.and(laneMask(bits, i), v128.load(w + (i << 2)));
      v128.store(at, accumulate ? f32x4.add(v128.load(at), value) : value);
    }
  }
}

export function oneToOneFloats(
  batch: i32, n: i32, x: usize, ldx: i32, w: usize, out: usize, ldo: i32, accumulate: i32,
): void {
  for (let b = 0; b < batch; b++, x += (<usize>ldx) << 2, out += (<usize>ldo) << 2) {
    for (let i: usize = 0, end = (<usize>n) << 2; i < end; i += 16) {
      const value = f32x4.mul(v128.load(w + i), v128.load(x + i));
      v128.store(out + i, accumulate ? f32x4.add(v128.load(out + i), value) : value);
    }
  }
}

export function oneToOneBackward(
  batch: i32, n: i32, w: usize, g: usize, ldg: i32, dx: usize, ldx: i32, accumulate: i32,
): void {
  oneToOneFloats(batch, n, g, ldg, w, dx, ldx, accumulate);
}

export function oneToOneGradientSpikes(
  batch: i32, n: i32, bits: usize, rowBytes: i32, g: usize, ldg: i32, dw: usize,
): void {
  for (let b = 0; b < batch; b++, bits += rowBytes, g += (<usize>ldg) << 2) {
    for (let i: usize = 0; i < <usize>n; i += 4) {
      const at = dw + (i << 2);
      v128.store(at, f32x4.add(v128.load(at), v128.and(laneMask(bits, i), v128.load(g + (i << 2)))));
    }
  }
}

export function oneToOneGradientFloats(
  batch: i32, n: i32, x: usize, ldx: i32, g: usize, ldg: i32, dw: usize,
): void {
  for (let b = 0; b < batch; b++, x += (<usize>ldx) << 2, g += (<usize>ldg) << 2) {
    for (let i: usize = 0; i < <usize>n; i += 4) {
      const at = i << 2;
      const product = f32x4.mul(v128.load(x + at), v128.load(g + at));
      v128.store(dw + at, f32x4.add(v128.load(dw + at), v128.and(product, inside(i, n))));
    }
  }
}

import { expNegative } from '../../random/assembly/elementary';

/** Lanes of the last vector that lie beyond the classes hold this, whose exponential is 0. */
const NOTHING: f32 = -3.0e38;

/** The four logits from class c on, with `NOTHING` beyond the last class. */
@inline
function logitsAt(row: usize, c: i32, classes: i32): v128 {
  const inside = i32x4.lt_s(i32x4.add(i32x4.splat(c), i32x4(0, 1, 2, 3)), i32x4.splat(classes));
  return v128.bitselect(v128.load(row + ((<usize>c) << 2)), f32x4.splat(NOTHING), inside);
}

/** dLogits = weight · (softmax - onehot); returns the sum of -log softmax[label]. */
export function softmaxCrossEntropy(
  rows: i32, classes: i32, logits: usize, ldl: i32, labels: usize, weight: f32, dLogits: usize, ldd: i32,
): f64 {
  let loss: f64 = 0;
  const width = ((<usize>classes + 3) & ~3) << 2;
  for (let r = 0; r < rows; r++, logits += (<usize>ldl) << 2, dLogits += (<usize>ldd) << 2) {
    const label = load<i32>(labels + ((<usize>r) << 2));
    if (label < 0) {
      memory.fill(dLogits, 0, width);
      continue;
    }
    const own = (<usize>label) << 2;
    // Read before the first write, so that dLogits may be the logits themselves.
    const ownLogit = load<f32>(logits + own);
    const top = rowMaximum(logits, classes);
    const sum = exponentials(logits, classes, top, dLogits);
    const factor = f32x4.splat(<f32>(<f64>weight / sum));
    for (let at: usize = 0; at < width; at += 16) {
      v128.store(dLogits + at, f32x4.mul(v128.load(dLogits + at), factor));
    }
    store<f32>(dLogits + own, load<f32>(dLogits + own) - weight);
    loss += logOfSum(sum) + (<f64>top - <f64>ownLogit);
  }
  return loss;
}

function rowMaximum(row: usize, classes: i32): f32 {
  let top = f32x4.splat(NOTHING);
  for (let c = 0; c < classes; c += 4) top = f32x4.max(top, logitsAt(row, c, classes));
  return max(
    max(f32x4.extract_lane(top, 0), f32x4.extract_lane(top, 1)),
    max(f32x4.extract_lane(top, 2), f32x4.extract_lane(top, 3)),
  );
}

/** Writes exp(logit - top) and returns the float64 sum. */
function exponentials(row: usize, classes: i32, top: f32, out: usize): f64 {
  let even = f64x2.splat(0);
  let odd = f64x2.splat(0);
  for (let c = 0; c < classes; c += 4) {
    const value = expNegative(f32x4.sub(logitsAt(row, c, classes), f32x4.splat(top)));
    v128.store(out + ((<usize>c) << 2), value);
    even = f64x2.add(even, f64x2.promote_low_f32x4(value));
    odd = f64x2.add(odd, f64x2.promote_low_f32x4(v128.shuffle<i32>(value, value, 2, 3, 2, 3)));
  }
  const sum = f64x2.add(even, odd);
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

/** log(x) for 1 ≤ x < 2^31, as in random/assembly/elementary.ts but in float64 and to s¹⁹/19. */
function logOfSum(x: f64): f64 {
  const bits = reinterpret<u64>(x) + (0x3ff0000000000000 - 0x3fe6a09e667f3bcd);
  const e = <f64>(<i64>(bits >> 52) - 1023);
  const m = reinterpret<f64>((bits & 0x000fffffffffffff) + 0x3fe6a09e667f3bcd);
  const s = (m - 1) / (m + 1);
  const s2 = s * s;
  let series: f64 = 0;
  for (let k: f64 = 19; k > 0; k -= 2) series = series * s2 + 1 / k;
  return e * 0.6931471805599453 + 2 * s * series;
}

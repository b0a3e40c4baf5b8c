/**
 * θ = |w| of the sign given, -θ of the other: θ' = max(θ - pull + deviation·noise, floor) in float64, w' = ±θ' in float32.
 * Lists the weights that are 0 then; `noise` and `gone` may be the same array, as no entry is listed before its noise is read.
 */
export function pullWeights(
  count: i32, w: usize, signs: usize, noise: usize, gone: usize, pull: f64, deviation: f64, floor: f64,
): i32 {
  const first = gone;
  const by = f64x2.splat(pull);
  const least = f64x2.splat(floor);
  const scale = f64x2.splat(deviation);
  const zero = f32x4.splat(0);
  const top = i32x4.splat(1 << 31);
  let k = 0;
  for (; k + 4 <= count; k += 4, w += 16, signs += 4, noise += 16) {
    const bytes = v128.load32_zero(signs);
    const sign = v128.and(i32x4.extend_low_i16x8_s(i16x8.extend_low_i8x16_s(bytes)), top);
    const theta = v128.xor(v128.load(w), sign);
    let low = f64x2.sub(f64x2.promote_low_f32x4(theta), by);
    let high = f64x2.sub(f64x2.promote_low_f32x4(v128.shuffle<i64>(theta, theta, 1, 1)), by);
    if (deviation != 0) {
      const drawn = v128.load(noise);
      low = f64x2.add(low, f64x2.mul(scale, f64x2.promote_low_f32x4(drawn)));
      high = f64x2.add(high, f64x2.mul(scale, f64x2.promote_low_f32x4(v128.shuffle<i64>(drawn, drawn, 1, 1))));
    }
    low = f32x4.demote_f64x2_zero(f64x2.pmax(low, least));
    high = f32x4.demote_f64x2_zero(f64x2.pmax(high, least));
    const moved = v128.shuffle<i64>(low, high, 0, 2);
    v128.store(w, v128.xor(moved, sign));
    const dead = f32x4.eq(moved, zero);
    if (!v128.any_true(dead)) continue;
    for (let lanes = i32x4.bitmask(dead), lane = k; lanes != 0; lanes >>= 1, lane++) {
      if ((lanes & 1) == 0) continue;
      store<u32>(gone, lane);
      gone += 4;
    }
  }
  for (; k < count; k++, w += 4, signs++, noise += 4) {
    const sign: f64 = load<i8>(signs) < 0 ? -1 : 1;
    let theta = sign * <f64>load<f32>(w) - pull;
    if (deviation != 0) theta += deviation * <f64>load<f32>(noise);
    const moved = <f32>(theta < floor ? floor : theta);
    store<f32>(w, <f32>sign * moved);
    if (moved != 0) continue;
    store<u32>(gone, k);
    gone += 4;
  }
  return <i32>((gone - first) >> 2);
}

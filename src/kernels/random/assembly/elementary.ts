// Elementary functions in four float32 lanes, each a truncated power series after an exact range reduction.
// Never fused, so both builds draw the same numbers.

@inline
function step(sum: v128, x: v128, coefficient: f32): v128 {
  return f32x4.add(f32x4.mul(sum, x), f32x4.splat(coefficient));
}

/**
 * log(x) for normal x > 0: x = m·2^e with √½ ≤ m < √2, log m = 2s(1 + s²/3 + s⁴/5 + …), s = (m - 1)/(m + 1).
 * The first term left out is below 2e-9 of the result.
 */
@inline
export function logUnit(x: v128): v128 {
  // Adding the distance of √½ to 1 moves the carry into the exponent exactly where the mantissa passes √2.
  const shifted = i32x4.add(x, i32x4.splat(0x3f800000 - 0x3f3504f3));
  const e = f32x4.convert_i32x4_s(i32x4.sub(i32x4.shr_u(shifted, 23), i32x4.splat(127)));
  const m = i32x4.add(v128.and(shifted, i32x4.splat(0x007fffff)), i32x4.splat(0x3f3504f3));
  const f = f32x4.sub(m, f32x4.splat(1));
  const s = f32x4.div(f, f32x4.add(f, f32x4.splat(2)));
  const s2 = f32x4.mul(s, s);
  let series = f32x4.splat(1.0 / 9.0);
  series = step(series, s2, 1.0 / 7.0);
  series = step(series, s2, 1.0 / 5.0);
  series = step(series, s2, 1.0 / 3.0);
  const twice = f32x4.add(s, s);
  const logM = f32x4.add(twice, f32x4.mul(f32x4.mul(twice, s2), series));
  // ln 2 in two parts; e times the high part is exact.
  const tail = f32x4.add(logM, f32x4.mul(e, f32x4.splat(-0.00021219444005469057)));
  return f32x4.add(f32x4.mul(e, f32x4.splat(0.693359375)), tail);
}

/** The quarter turns nearest to t turns, as integer lanes. */
@inline
function quarters(t: v128): v128 {
  return f32x4.nearest(f32x4.mul(t, f32x4.splat(4)));
}

/** cos(2πt), t in [0, 1]. */
@inline
export function cosQuarter(t: v128): v128 {
  const q = quarters(t);
  return rotate(i32x4.add(i32x4.trunc_sat_f32x4_s(q), i32x4.splat(1)), f32x4.sub(f32x4.mul(t, f32x4.splat(4)), q));
}

/** sin(2πt), t in [0, 1]. */
@inline
export function sinQuarter(t: v128): v128 {
  const q = quarters(t);
  return rotate(i32x4.trunc_sat_f32x4_s(q), f32x4.sub(f32x4.mul(t, f32x4.splat(4)), q));
}

/** sin(π/2·(q + r)) for integer q and |r| ≤ 1/2; coefficients (π/2)^k / k!. */
@inline
function rotate(q: v128, r: v128): v128 {
  const r2 = f32x4.mul(r, r);
  let sine = f32x4.splat(1.6044118478735982e-4);
  sine = step(sine, r2, -4.6817541353186883e-3);
  sine = step(sine, r2, 7.9692626246167046e-2);
  sine = step(sine, r2, -6.4596409750624625e-1);
  sine = f32x4.mul(r, step(sine, r2, 1.5707963267948966));
  let cosine = f32x4.splat(-2.5202042373060605e-5);
  cosine = step(cosine, r2, 9.1926027483942659e-4);
  cosine = step(cosine, r2, -2.0863480763352960e-2);
  cosine = step(cosine, r2, 2.5366950790104802e-1);
  cosine = step(cosine, r2, -1.2337005501361698);
  cosine = step(cosine, r2, 1);
  const odd = i32x4.ne(v128.and(q, i32x4.splat(1)), i32x4.splat(0));
  const sign = i32x4.shl(v128.and(q, i32x4.splat(2)), 30);
  return v128.xor(v128.bitselect(cosine, sine, odd), sign);
}

/**
 * exp(x) for x ≤ 0 (NaN stays NaN), 0 below -87: x = n·ln 2 + r with |r| ≤ ln 2 / 2, then the series to r⁷/7!.
 */
@inline
export function expNegative(x: v128): v128 {
  const low = f32x4.lt(x, f32x4.splat(-87));
  const clamped = f32x4.max(x, f32x4.splat(-87));
  const n = f32x4.nearest(f32x4.mul(clamped, f32x4.splat(1.4426950408889634)));
  let r = f32x4.sub(clamped, f32x4.mul(n, f32x4.splat(0.693359375)));
  r = f32x4.add(r, f32x4.mul(n, f32x4.splat(0.00021219444005469057)));
  let series = f32x4.splat(1.0 / 5040.0);
  series = step(series, r, 1.0 / 720.0);
  series = step(series, r, 1.0 / 120.0);
  series = step(series, r, 1.0 / 24.0);
  series = step(series, r, 1.0 / 6.0);
  series = step(series, r, 0.5);
  series = step(series, r, 1);
  series = step(series, r, 1);
  const power = i32x4.shl(i32x4.trunc_sat_f32x4_s(n), 23);
  return v128.andnot(i32x4.add(series, power), low);
}

import type { ModuleBuilder } from './assembler.ts';
import type { Code } from './code.ts';

/**
 * Elementary functions on four float32 lanes. Largest error against float64, in units in the last place, by a sweep:
 *
 * | function | range swept     | error |
 * |----------|-----------------|-------|
 * | exp      | [-87.3, 88.7]   | 1.0   |
 * | log      | normal numbers  | 0.9   |
 * | tanh     | [-90, 90]       | 1.9   |
 * | sigmoid  | [-90, 90]       | 1.9   |
 */
export type MathName = 'exp' | 'log' | 'tanh' | 'sigmoid';

// ln 2 in two parts: the first has 15 bits, so that its product with the exponent is exact.
const LN2_HIGH = 0.693145751953125;
const LN2_LOW = 1.428606820309417e-6;
const INVERSE_LN2 = Math.LOG2E;

/** Pushes p(x) = c[0] + c[1] x + … by Horner's rule. */
function polynomial(code: Code, x: number, coefficients: readonly number[]): void {
  const [last, ...rest] = [...coefficients].reverse();
  code.f32x4Const(last!);
  for (const c of rest) code.localGet(x).f32x4Mul().f32x4Const(c).f32x4Add();
}

/** The parts of x = n ln 2 + r, r = high - low; `high` is exact. */
interface Reduced {
  readonly n: number;
  readonly high: number;
  readonly low: number;
  readonly r: number;
}

/** Splits local x into whole multiples of ln 2 and a rest. */
function reduce(code: Code, x: number): Reduced {
  const [n, high, low, r] = [0, 1, 2, 3].map(() => code.local('v128')) as [number, number, number, number];
  code.localGet(x).f32x4Const(INVERSE_LN2).f32x4Mul().f32x4Nearest().localSet(n);
  code.localGet(x).localGet(n).f32x4Const(LN2_HIGH).f32x4Mul().f32x4Sub().localTee(high);
  code.localGet(n).f32x4Const(LN2_LOW).f32x4Mul().localTee(low).f32x4Sub().localSet(r);
  return { n, high, low, r };
}

/** Pushes (e^r - 1 - r) / r² = 1/2 + r/6 + …: on |r| <= ln(2)/2 the first term left out is 5e-9. */
function expTail(code: Code, r: number): void {
  polynomial(code, r, [1 / 2, 1 / 6, 1 / 24, 1 / 120, 1 / 720, 1 / 5040]);
}

/** Turns the vector of integers on the stack into powers of two; exponents from -126 to 127. */
const powerOfTwo = (code: Code) => code.i32x4Const(127, 127, 127, 127).i32x4Add().i32Const(23).i32x4Shl();

function buildExp(code: Code): void {
  const [k, half] = [code.local('v128'), code.local('v128')];
  // Beyond these bounds float32 gives 0 and Infinity; pmin and pmax let NaN through.
  code.localGet(0).f32x4Const(-104).f32x4Pmax().f32x4Const(89).f32x4Pmin().localSet(0);
  const { n, r } = reduce(code, 0);
  expTail(code, r);
  code.localGet(r).localGet(r).f32x4Mul().f32x4Mul().localGet(r).f32x4Add().f32x4Const(1).f32x4Add();
  // Two factors, so that neither leaves the normal range.
  code.localGet(n).i32x4TruncSat().localTee(k).i32Const(1).i32x4ShrS().localTee(half);
  powerOfTwo(code).f32x4Mul();
  code.localGet(k).localGet(half).i32x4Sub();
  powerOfTwo(code).f32x4Mul();
}

function buildTanh(code: Code): void {
  const [x, power] = [code.local('v128'), code.local('v128')];
  const [e, d, part, y] = [0, 1, 2, 3].map(() => code.local('v128')) as [number, number, number, number];
  // tanh(|x|) = E / (E + 2) with E = e^(2|x|) - 1; above 10 it is 1 in float32.
  code.localGet(0).f32x4Abs().f32x4Const(10).f32x4Pmin().localTee(x).localGet(x).f32x4Add().localSet(x);
  const { n, high, low, r } = reduce(code, x);
  code.localGet(n).i32x4TruncSat();
  powerOfTwo(code).localSet(power);
  expTail(code, r);
  code.localGet(r).localGet(r).f32x4Mul().f32x4Mul().localGet(low).f32x4Sub().localGet(power).f32x4Mul();
  code.localGet(high).localGet(power).f32x4Mul().localGet(power).f32x4Const(1).f32x4Sub().f32x4Add();
  code.f32x4Add().localTee(e);
  code.f32x4Const(2).f32x4Add().localSet(d);
  code.localGet(d).localGet(e).f32x4Sub().localSet(part);
  code.localGet(e).localGet(d).f32x4Div().localSet(y);
  // What the rounding of E + 2 lost, times y / (E + 2) = y (1 - y) / 2, corrects the quotient.
  code.localGet(y).localGet(e).localGet(d).localGet(part).f32x4Sub().f32x4Sub();
  code.f32x4Const(2).localGet(part).f32x4Sub().f32x4Add().localGet(y).f32x4Mul();
  code.f32x4Const(0.5).f32x4Const(0.5).localGet(y).f32x4Mul().f32x4Sub().f32x4Mul().f32x4Sub();
  allLanes(code.localGet(0), -0x80000000).v128And().v128Or();
}

function buildSigmoid(code: Code, exp: number): void {
  const [e, d, y, negative] = [0, 1, 2, 3].map(() => code.local('v128')) as [number, number, number, number];
  // With e = e^-|x|: 1 / (1 + e) for x >= 0 and e / (1 + e) below.
  code.localGet(0).f32x4Abs().f32x4Neg().call(exp).localTee(e).f32x4Const(1).f32x4Add().localSet(d);
  code.localGet(0).f32x4Const(0).f32x4Lt().localSet(negative);
  code.localGet(e).f32x4Const(1).localGet(negative).v128Bitselect().localGet(d).f32x4Div().localSet(y);
  // What the rounding of 1 + e lost, times y / (1 + e), corrects the quotient; 1 / (1 + e) is y or 1 - y.
  code.localGet(y).localGet(e).localGet(d).f32x4Const(1).f32x4Sub().f32x4Sub().localGet(y).f32x4Mul();
  code.f32x4Const(1).localGet(y).f32x4Sub().localGet(y).localGet(negative).v128Bitselect().f32x4Mul().f32x4Sub();
}

/** Pushes the constant 32-bit integer in every lane. */
const allLanes = (code: Code, value: number) => code.i32x4Const(value, value, value, value);

function buildLog(code: Code): void {
  const [k, f, s, z, square] = [0, 1, 2, 3, 4].map(() => code.local('v128')) as [
    number,
    number,
    number,
    number,
    number,
  ];
  // x = 2^k (1 + f) with 1 + f in [√½, √2): subtracting the bits of √½ makes the exponent field count from there.
  const bitsOfRootHalf = 0x3f3504f3;
  allLanes(code.localGet(0), bitsOfRootHalf).i32x4Sub().i32Const(23).i32x4ShrS().localSet(k);
  code.localGet(0).localGet(k).i32Const(23).i32x4Shl().i32x4Sub().f32x4Const(1).f32x4Sub().localSet(f);
  code.localGet(k).f32x4ConvertI32().localSet(k);
  // With s = f / (2 + f): log(1 + f) = f - f²/2 + s (f²/2 + 2s²/3 + 2s⁴/5 + …).
  code.localGet(f).localGet(f).f32x4Const(2).f32x4Add().f32x4Div().localTee(s).localGet(s).f32x4Mul().localSet(z);
  code.localGet(f).localGet(f).f32x4Mul().f32x4Const(0.5).f32x4Mul().localSet(square);
  code.localGet(k).f32x4Const(LN2_HIGH).f32x4Mul();
  code.localGet(f);
  code.localGet(square);
  code.localGet(s);
  polynomial(code, z, [2 / 3, 2 / 5, 2 / 7, 2 / 9]);
  code.localGet(z).f32x4Mul().localGet(square).f32x4Add().f32x4Mul();
  code.localGet(k).f32x4Const(LN2_LOW).f32x4Mul().f32x4Add();
  code.f32x4Sub().f32x4Sub().f32x4Add();
  // Special values: Infinity stays, 0 gives -Infinity, anything below gives NaN.
  code.localSet(f);
  code.localGet(0).localGet(f).localGet(0).f32x4Const(Number.POSITIVE_INFINITY).f32x4Eq().v128Bitselect().localSet(f);
  code.f32x4Const(Number.NEGATIVE_INFINITY).localGet(f).localGet(0).f32x4Const(0).f32x4Eq().v128Bitselect();
  code.localGet(0).f32x4Const(0).f32x4Ge().v128Not().v128Or();
}

/** Index of the module's function v128 → v128 for `name`, added at its first use. */
export function mathFunction(module: ModuleBuilder, name: MathName): number {
  const add = (build: (code: Code) => void) =>
    module.sharedFunction(name, () => module.addFunction(['v128'], ['v128'], build));
  switch (name) {
    case 'exp':
      return add(buildExp);
    case 'log':
      return add(buildLog);
    case 'tanh':
      return add(buildTanh);
    case 'sigmoid': {
      const exp = mathFunction(module, 'exp');
      return add((code) => buildSigmoid(code, exp));
    }
  }
}

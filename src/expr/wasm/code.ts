import { signedLeb, unsignedLeb, VALUE_TYPES, type ValueType } from './encoding.ts';

const EMPTY_BLOCK = 0x40;
const blockType = (result?: ValueType) => (result === undefined ? EMPTY_BLOCK : VALUE_TYPES[result]);

const float = new DataView(new ArrayBuffer(8));

function float32Bytes(value: number): number[] {
  float.setFloat32(0, value, true);
  return [0, 1, 2, 3].map((i) => float.getUint8(i));
}

function float64Bytes(value: number): number[] {
  float.setFloat64(0, value, true);
  return [0, 1, 2, 3, 4, 5, 6, 7].map((i) => float.getUint8(i));
}

/** Instructions without immediates: name → opcode, `simd` ones behind the prefix 0xFD. */
const PLAIN = {
  i32Eqz: 0x45,
  i32Eq: 0x46,
  i32Ne: 0x47,
  i32LtS: 0x48,
  i32LtU: 0x49,
  i32GtS: 0x4a,
  i32GtU: 0x4b,
  i32LeU: 0x4d,
  i32GeU: 0x4f,
  i64Eqz: 0x50,
  i64LtU: 0x54,
  i32Clz: 0x67,
  i32Ctz: 0x68,
  i32Add: 0x6a,
  i32Sub: 0x6b,
  i32Mul: 0x6c,
  i32DivU: 0x6e,
  i32RemU: 0x70,
  i32And: 0x71,
  i32Or: 0x72,
  i32Xor: 0x73,
  i32Shl: 0x74,
  i32ShrU: 0x76,
  i64Ctz: 0x7a,
  i64Popcnt: 0x7b,
  i64Add: 0x7c,
  i64Sub: 0x7d,
  i64Mul: 0x7e,
  i64And: 0x83,
  i64Or: 0x84,
  i64Xor: 0x85,
  i64Shl: 0x86,
  i64ShrU: 0x88,
  i64ExtendI32U: 0xad,
  f32Add: 0x92,
  f32Sub: 0x93,
  f32Mul: 0x94,
  f32Div: 0x95,
  i32WrapI64: 0xa7,
  f32ConvertI32S: 0xb2,
} as const;

const SIMD = {
  i8x16Splat: 0x0f,
  i32x4Splat: 0x11,
  i64x2Splat: 0x12,
  f32x4Splat: 0x13,
  i8x16Eq: 0x23,
  i8x16LtU: 0x26,
  i32x4Eq: 0x37,
  i32x4LtS: 0x39,
  f32x4Eq: 0x41,
  f32x4Ne: 0x42,
  f32x4Lt: 0x43,
  f32x4Gt: 0x44,
  f32x4Le: 0x45,
  f32x4Ge: 0x46,
  v128Not: 0x4d,
  v128And: 0x4e,
  v128AndNot: 0x4f,
  v128Or: 0x50,
  v128Xor: 0x51,
  v128Bitselect: 0x52,
  v128AnyTrue: 0x53,
  f64x2PromoteLow: 0x5f,
  i8x16Bitmask: 0x64,
  f32x4Floor: 0x68,
  f32x4Nearest: 0x6a,
  i32x4Bitmask: 0xa4,
  i32x4ExtendLowI16: 0xa7,
  i32x4Shl: 0xab,
  i32x4ShrS: 0xac,
  i32x4ShrU: 0xad,
  i32x4Add: 0xae,
  i32x4Sub: 0xb1,
  i32x4Mul: 0xb5,
  f32x4Abs: 0xe0,
  f32x4Neg: 0xe1,
  f32x4Sqrt: 0xe3,
  f32x4Add: 0xe4,
  f32x4Sub: 0xe5,
  f32x4Mul: 0xe6,
  f32x4Div: 0xe7,
  f32x4Min: 0xe8,
  f32x4Max: 0xe9,
  f32x4Pmin: 0xea,
  f32x4Pmax: 0xeb,
  f64x2Add: 0xf0,
  i32x4TruncSat: 0xf8,
  f32x4ConvertI32: 0xfa,
  f32x4RelaxedMadd: 0x105,
  f32x4RelaxedNmadd: 0x106,
} as const;

export type PlainName = keyof typeof PLAIN;
export type SimdName = keyof typeof SIMD;

/** The body of one function under construction; every method appends and returns the same object. */
class CodeWriter {
  /** Whether fused multiply-add may be used. */
  readonly relaxed: boolean;
  readonly #params: number;
  readonly #locals: ValueType[] = [];
  readonly #bytes: number[] = [];

  constructor(params: number, relaxed: boolean) {
    this.#params = params;
    this.relaxed = relaxed;
  }

  /** Appends raw bytes. */
  raw(...bytes: number[]): this {
    for (const byte of bytes) this.#bytes.push(byte);
    return this;
  }

  /** Declares a local, zero at the start; returns its index. */
  local(type: ValueType): number {
    this.#locals.push(type);
    return this.#params + this.#locals.length - 1;
  }

  localGet(index: number): this {
    return this.raw(0x20, ...unsignedLeb(index));
  }

  localSet(index: number): this {
    return this.raw(0x21, ...unsignedLeb(index));
  }

  localTee(index: number): this {
    return this.raw(0x22, ...unsignedLeb(index));
  }

  i32Const(value: number): this {
    return this.raw(0x41, ...signedLeb(value | 0));
  }

  i64Const(value: bigint): this {
    return this.raw(0x42, ...signedLeb(BigInt.asIntN(64, value)));
  }

  f32Const(value: number): this {
    return this.raw(0x43, ...float32Bytes(value));
  }

  /** The constant vector of four 32-bit integers. */
  i32x4Const(a: number, b: number, c: number, d: number): this {
    const bytes = [a, b, c, d].flatMap((word) => [word, word >> 8, word >> 16, word >> 24].map((x) => x & 0xff));
    return this.raw(0xfd, 0x0c, ...bytes);
  }

  /** Four times the same float. */
  f32x4Const(value: number): this {
    const bytes = float32Bytes(value);
    return this.raw(0xfd, 0x0c, ...bytes, ...bytes, ...bytes, ...bytes);
  }

  /** Twice the same double. */
  f64x2Const(value: number): this {
    const bytes = float64Bytes(value);
    return this.raw(0xfd, 0x0c, ...bytes, ...bytes);
  }

  /** [vector, vector] → bytes of both, 0 to 15 of the first and 16 to 31 of the second. */
  i8x16Shuffle(bytes: readonly number[]): this {
    return this.raw(0xfd, 0x0d, ...bytes);
  }

  /** [vector] → one of its four integers. */
  i32x4ExtractLane(lane: number): this {
    return this.raw(0xfd, 0x1b, lane);
  }

  call(index: number): this {
    return this.raw(0x10, ...unsignedLeb(index));
  }

  /** Appends a SIMD instruction by its number. */
  simd(opcode: number): this {
    return this.raw(0xfd, ...unsignedLeb(opcode));
  }

  #memory(opcode: readonly number[], align: number, offset: number): this {
    return this.raw(...opcode, align, ...unsignedLeb(offset));
  }

  i32Load(offset = 0): this {
    return this.#memory([0x28], 2, offset);
  }

  i64Load(offset = 0): this {
    return this.#memory([0x29], 3, offset);
  }

  f32Load(offset = 0): this {
    return this.#memory([0x2a], 2, offset);
  }

  i32Load8U(offset = 0): this {
    return this.#memory([0x2d], 0, offset);
  }

  i32Store(offset = 0): this {
    return this.#memory([0x36], 2, offset);
  }

  i64Store(offset = 0): this {
    return this.#memory([0x37], 3, offset);
  }

  f32Store(offset = 0): this {
    return this.#memory([0x38], 2, offset);
  }

  i32Store8(offset = 0): this {
    return this.#memory([0x3a], 0, offset);
  }

  v128Load(offset = 0): this {
    return this.#memory([0xfd, 0x00], 4, offset);
  }

  /** [address] → eight signed bytes as 16-bit lanes. */
  v128Load8x8S(offset = 0): this {
    return this.#memory([0xfd, 0x01], 3, offset);
  }

  v128Load32Splat(offset = 0): this {
    return this.#memory([0xfd, 0x09], 2, offset);
  }

  /** [address, vector] → the vector with one lane replaced by the float at the address. */
  v128Load32Lane(lane: number, offset = 0): this {
    return this.#memory([0xfd, 0x56], 2, offset).raw(lane);
  }

  /** [address, vector] → (): stores one lane. */
  v128Store32Lane(lane: number, offset = 0): this {
    return this.#memory([0xfd, 0x5a], 2, offset).raw(lane);
  }

  /** [vector] → one of its two 64-bit integers. */
  i64x2ExtractLane(lane: number): this {
    return this.raw(0xfd, 0x1d, lane);
  }

  /** [vector, i64] → the vector with one lane replaced. */
  i64x2ReplaceLane(lane: number): this {
    return this.raw(0xfd, 0x1e, lane);
  }

  /** [vector] → one of its four floats. */
  f32x4ExtractLane(lane: number): this {
    return this.raw(0xfd, 0x1f, lane);
  }

  v128Store(offset = 0): this {
    return this.#memory([0xfd, 0x0b], 4, offset);
  }

  block(result?: ValueType): this {
    return this.raw(0x02, blockType(result));
  }

  loop(result?: ValueType): this {
    return this.raw(0x03, blockType(result));
  }

  if(result?: ValueType): this {
    return this.raw(0x04, blockType(result));
  }

  else(): this {
    return this.raw(0x05);
  }

  end(): this {
    return this.raw(0x0b);
  }

  br(depth: number): this {
    return this.raw(0x0c, ...unsignedLeb(depth));
  }

  brIf(depth: number): this {
    return this.raw(0x0d, ...unsignedLeb(depth));
  }

  return(): this {
    return this.raw(0x0f);
  }

  drop(): this {
    return this.raw(0x1a);
  }

  select(): this {
    return this.raw(0x1b);
  }

  /** Local declarations, instructions and the final end. */
  toBody(): number[] {
    const runs: { type: ValueType; count: number }[] = [];
    for (const type of this.#locals) {
      const last = runs.at(-1);
      if (last?.type === type) last.count += 1;
      else runs.push({ type, count: 1 });
    }
    const declared = runs.flatMap(({ type, count }) => [...unsignedLeb(count), VALUE_TYPES[type]]);
    return unsignedLeb(runs.length).concat(declared, this.#bytes, [0x0b]);
  }
}

/** {@link CodeWriter} plus one method per instruction without immediates. */
export type Code = CodeWriter & Record<PlainName | SimdName, () => Code>;

function install(names: Readonly<Record<string, number>>, prefix: readonly number[]): void {
  for (const [name, opcode] of Object.entries(names)) {
    const bytes = [...prefix, ...(prefix.length > 0 ? unsignedLeb(opcode) : [opcode])];
    Object.defineProperty(CodeWriter.prototype, name, {
      value(this: CodeWriter) {
        return this.raw(...bytes);
      },
    });
  }
}

install(PLAIN, []);
install(SIMD, [0xfd]);

/** Starts the body of a function with `params` parameters. */
export const Code = CodeWriter as unknown as new (params: number, relaxed: boolean) => Code;

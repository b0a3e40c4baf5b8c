import { type Code as Body, ModuleBuilder } from '../../expr/index.ts';
import type { CodeKernel } from '../few-spike/kernel.ts';
import { type Code, type FewSpikeParameters, isCircuit } from '../few-spike/parameters.ts';
import { ADDRESS, emitVectorBlocks, pushTailLanes } from './vector-blocks.ts';

/** A code in binary, decided at once instead of step by step. */
export type BinaryKernel = Pick<CodeKernel, 'evaluate' | 'count'>;

/** A compiled code, for any memory. */
export interface BinaryModule {
  instantiate(memory: WebAssembly.Memory): BinaryKernel;
}

/** Bits of the significand of a float32. */
const PRECISION = 24;
/** From here on, float32 numbers are whole: adding it rounds to the nearest one and leaves it in the lowest bits. */
const WHOLE = 2 ** 23;
/** Steps whose spikes one multiplication spreads to bytes of their own. */
const GROUP = 4;
/** Spreads bit i of a four-bit number to bit 8 i, among others. */
const SPREAD = 0x00204081;
const BYTE_ONES = 0x01010101;

/** Significant bits of a float32. */
function significantBits(value: number): number {
  let fraction = Math.abs(Math.fround(value));
  if (!(fraction > 0) || fraction === Number.POSITIVE_INFINITY) return PRECISION + 1;
  fraction /= 2 ** Math.floor(Math.log2(fraction));
  let bits = 1;
  while (!Number.isInteger(fraction)) {
    fraction *= 2;
    bits += 1;
  }
  return bits;
}

/**
 * The neuron of a code whose spikes are the bits of its input, of which all sums are exact in float32: halving thresholds, equal to
 * resets and weights, with so few significant bits that K more fit. Then the bits found at once are those found step by step.
 */
function binaryNeuron(code: Code): FewSpikeParameters | undefined {
  const [neuron] = code;
  if (code.length !== 1 || !neuron || isCircuit(neuron) || neuron.strict || neuron.sign < 0 || neuron.offset !== 0)
    return undefined;
  const { steps, thresholds, resets, weights } = neuron;
  const first = Math.fround(thresholds[0]!);
  const isBinary = thresholds.every((value, t) => {
    const wanted = first * 2 ** -t;
    const reset = t === steps - 1 ? wanted : Math.fround(resets[t]!);
    return Math.fround(value) === wanted && reset === wanted && Math.fround(weights[t]!) === wanted;
  });
  return isBinary && steps <= 16 && significantBits(first) + steps <= PRECISION ? neuron : undefined;
}

/** Locals of the loop. */
interface Locals {
  readonly constants: ReadonlyMap<string, number>;
  readonly potential: number;
  readonly whole: number;
  readonly value: number;
  readonly mask: number;
}

/** Emits the loops for one neuron. Parameters of both functions: address, number of floats. */
class BinaryWriter {
  readonly #code: Body;
  readonly #neuron: FewSpikeParameters;
  readonly #locals: Locals;

  constructor(code: Body, neuron: FewSpikeParameters) {
    this.#code = code;
    this.#neuron = neuron;
    this.#locals = {
      constants: this.#hoist(),
      potential: code.local('v128'),
      whole: code.local('v128'),
      value: code.local('v128'),
      mask: code.local('v128'),
    };
  }

  #hoist(): ReadonlyMap<string, number> {
    const { steps, thresholds, bias, range } = this.#neuron;
    const least = Math.fround(thresholds[steps - 1]!);
    const floats = { least, inverse: 1 / least, top: least * (2 ** steps - 1), bias, low: range[0], high: range[1] };
    const constants = new Map<string, number>();
    const keep = (name: string, push: () => void) => {
      push();
      const local = this.#code.local('v128');
      this.#code.localSet(local);
      constants.set(name, local);
    };
    for (const [name, value] of Object.entries({ ...floats, zero: 0, whole: WHOLE })) {
      keep(name, () => this.#code.f32Const(value).f32x4Splat());
    }
    for (const [name, value] of Object.entries({ bits: 2 ** steps - 1, nibble: 15, ones: BYTE_ONES, spread: SPREAD })) {
      keep(name, () => this.#code.i32Const(value).i32x4Splat());
    }
    return constants;
  }

  #push(name: string): Body {
    return this.#code.localGet(this.#locals.constants.get(name)!);
  }

  /** Decides one vector: the value replaces the potential, and the spikes stay as bits in `whole`. */
  vector(address: number): void {
    const code = this.#code;
    const { potential, whole, value, mask } = this.#locals;
    const [low, high] = this.#neuron.range;
    code.localGet(address);
    // Each comparison takes NaN for no spike.
    this.#push('zero');
    code.localGet(address).v128Load();
    if (low !== -Infinity) this.#push('low').f32x4Pmax();
    if (high !== Infinity) this.#push('high').f32x4Pmin();
    this.#push('bias').f32x4Add().f32x4Pmax().localSet(potential);
    this.#push('top');
    code.localGet(potential).f32x4Pmin().localTee(potential);
    this.#push('inverse').f32x4Mul();
    this.#push('whole').f32x4Add().localTee(whole);
    this.#push('whole').f32x4Sub();
    this.#push('least').f32x4Mul().localTee(value);
    // Rounded to the nearest; where that is up, one less is right.
    code.localGet(potential).f32x4Gt().localTee(mask);
    code.localGet(whole).i32x4Add();
    this.#push('bits').v128And().localSet(whole);
    code.localGet(value).localGet(mask);
    this.#push('least').v128And().f32x4Sub().v128Store();
  }

  /** Adds the spikes of the vector to bytes; `lanes`, if given, are the elements. */
  count(bytes: readonly number[], lanes?: number): void {
    const code = this.#code;
    const { whole } = this.#locals;
    if (lanes !== undefined) code.localGet(lanes).localGet(whole).v128And().localSet(whole);
    for (const [group, sum] of bytes.entries()) {
      code.localGet(sum).localGet(whole);
      if (group > 0) code.i32Const(GROUP * group).i32x4ShrU();
      if (group < bytes.length - 1) this.#push('nibble').v128And();
      this.#push('spread').simd(I32X4_MUL);
      this.#push('ones').v128And().simd(I8X16_ADD).localSet(sum);
    }
  }

  /** Moves counts from bytes, one per step of a group, to words. */
  flush(bytes: readonly number[], words: readonly number[]): void {
    const code = this.#code;
    for (const [step, word] of words.entries()) {
      const sum = bytes[Math.floor(step / GROUP)]!;
      code.localGet(word).localGet(sum);
      code.i32Const(8 * (step % GROUP)).i32x4ShrU();
      code.i32Const(255).i32x4Splat().v128And().i32x4Add().localSet(word);
    }
    for (const sum of bytes) this.#push('zero').localSet(sum);
  }
}

const I8X16_ADD = 0x6e;
const I32X4_MUL = 0xb5;

function moduleOf(neuron: FewSpikeParameters): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder({ shared: false, minPages: 0 });
  const evaluate = (code: Body) => {
    const writer = new BinaryWriter(code, neuron);
    const each = () => writer.vector(ADDRESS);
    emitVectorBlocks(code, { tail: each, each, flush: () => {} });
  };
  module.addFunction(['i32', 'i32'], [], evaluate, 'evaluate');
  const count = (code: Body) => {
    const writer = new BinaryWriter(code, neuron);
    const lanes = code.local('v128');
    const bytes = Array.from({ length: Math.ceil(neuron.steps / GROUP) }, () => code.local('v128'));
    const words = Array.from({ length: neuron.steps }, () => code.local('v128'));
    pushTailLanes(code).localSet(lanes);
    const work = (only?: number) => () => {
      writer.vector(ADDRESS);
      writer.count(bytes, only);
    };
    emitVectorBlocks(code, { tail: work(lanes), each: work(), flush: () => writer.flush(bytes, words) });
    // The last bit of the number is the spike of the last step.
    for (const word of words.toReversed()) {
      for (const lane of [0, 1, 2, 3]) code.localGet(word).i32x4ExtractLane(lane);
      code.i32Add().i32Add().i32Add();
    }
  };
  const results = Array.from({ length: neuron.steps }, () => 'i32' as const);
  module.addFunction(['i32', 'i32'], results, count, 'count');
  return module.toBytes();
}

/**
 * A faster kernel for codes in binary: bits, values and counts are those of the step-by-step kernel, bit for bit.
 *
 * @returns undefined if the code is not binary, or its sums are not exact in float32
 */
export function binaryKernel(code: Code): BinaryModule | undefined {
  const neuron = binaryNeuron(code);
  if (!neuron) return undefined;
  const module = new WebAssembly.Module(moduleOf(neuron));
  return {
    instantiate: (memory) => {
      const { evaluate, count } = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as {
        evaluate(address: number, n: number): void;
        count(address: number, n: number): number | number[];
      };
      return {
        evaluate: (address, n) => evaluate(address, n),
        count: (address, n) => {
          const counts = count(address, n);
          return Uint32Array.from(typeof counts === 'number' ? [counts] : counts);
        },
      };
    },
  };
}

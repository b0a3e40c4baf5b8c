import type { Code } from '../../wasm/code.ts';
import { unsignedLeb } from '../../wasm/encoding.ts';
import type { IndexBytes } from './places.ts';

/** Four locals, one per lane. */
export type LaneLocals = readonly [number, number, number, number];

export const laneLocals = (code: Code): LaneLocals => [
  code.local('i32'),
  code.local('i32'),
  code.local('i32'),
  code.local('i32'),
];

/** u16 load; the code writer has none of its own. */
const load16 = (code: Code, offset: number): Code => code.raw(0x2f, 1, ...unsignedLeb(offset));

/**
 * Sets each lane's local to four times its index, plus `base`; the first index lies at `offset`, behind as many others as a
 * quarter of the local `pointer`.
 */
export function loadIndices(
  code: Code,
  lanes: LaneLocals,
  pointer: number,
  { offset, bytes }: { readonly offset: number; readonly bytes: IndexBytes },
  base?: number,
): void {
  const half = bytes === 2 ? code.local('i32') : pointer;
  if (bytes === 2) code.localGet(pointer).i32Const(1).i32ShrU().localSet(half);
  for (const [lane, local] of lanes.entries()) {
    code.localGet(half);
    if (bytes === 2) load16(code, offset + 2 * lane);
    else code.i32Load(offset + 4 * lane);
    code.i32Const(2).i32Shl();
    if (base !== undefined) code.localGet(base).i32Add();
    code.localSet(local);
  }
}

/**
 * Pushes four floats from as many addresses: those in the lanes' locals, plus `offset`, plus `base`.
 */
export function gather(code: Code, lanes: LaneLocals, offset: number, base?: number): void {
  const push = (lane: number) => {
    code.localGet(lanes[lane]!);
    if (base !== undefined) code.localGet(base).i32Add();
  };
  for (const lane of [3, 2, 1, 0]) push(lane);
  code.v128Load32Splat(offset);
  for (const lane of [1, 2, 3]) code.v128Load32Lane(lane, offset);
}

/** Stores the four floats of a local at the addresses in the lanes' locals, plus `offset`, in the order of the lanes. */
export function scatter(code: Code, lanes: LaneLocals, offset: number, value: number): void {
  for (const [lane, local] of lanes.entries()) code.localGet(local).localGet(value).v128Store32Lane(lane, offset);
}

/** Adds the four floats of a local to those at the address on the stack. */
export function addVector(code: Code, value: number): void {
  const address = code.local('i32');
  code.localTee(address).localGet(address).v128Load().localGet(value).f32x4Add().v128Store();
}

/** An address: known, or in a local. */
export type Address = { readonly known: number } | { readonly local: number };

/** Adds the four floats of a local to those at the lanes' offsets from `base`, one after the other: lanes may coincide. */
export function scatterAdd(code: Code, lanes: LaneLocals, base: Address, value: number): void {
  const offset = 'known' in base ? base.known : 0;
  const address = code.local('i32');
  for (const [lane, local] of lanes.entries()) {
    code.localGet(local);
    if ('local' in base) code.localGet(base.local).i32Add();
    code.localTee(address).localGet(address).f32Load(offset);
    code.localGet(value).f32x4ExtractLane(lane).f32Add().f32Store(offset);
  }
}

/** Pushes an address. */
export function pushKnown(code: Code, address: Address): void {
  if ('known' in address) code.i32Const(address.known);
  else code.localGet(address.local);
}

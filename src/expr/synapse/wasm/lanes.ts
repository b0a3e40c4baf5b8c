import type { Code } from '../../wasm/code.ts';

/** Four locals, one per lane. */
export type LaneLocals = readonly [number, number, number, number];

export const laneLocals = (code: Code): LaneLocals => [
  code.local('i32'),
  code.local('i32'),
  code.local('i32'),
  code.local('i32'),
];

/** Sets each lane's local to four times the index that lies at the address in `pointer`, plus `offset` bytes, plus `base`. */
export function loadIndices(code: Code, lanes: LaneLocals, pointer: number, offset: number, base?: number): void {
  for (const [lane, local] of lanes.entries()) {
    code
      .localGet(pointer)
      .i32Load(offset + 4 * lane)
      .i32Const(2)
      .i32Shl();
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

/** Adds the four floats of a local to those at the lanes' offsets from `base`, one after the other: lanes may coincide. */
export function scatterAdd(code: Code, lanes: LaneLocals, base: number, value: number): void {
  const address = code.local('i32');
  for (const [lane, local] of lanes.entries()) {
    code.localGet(local).localGet(base).i32Add().localTee(address);
    code.localGet(address).f32Load().localGet(value).f32x4ExtractLane(lane).f32Add().f32Store();
  }
}

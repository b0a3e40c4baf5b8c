import type { Code } from '../../expr/index.ts';

/** Vectors after which counts in bytes could overflow. */
const BLOCK = 255;

/** Parameters that come first in every function with such a loop: address, number of floats. */
export const [ADDRESS, COUNT] = [0, 1];

/** What happens to the vector at ADDRESS. */
export interface VectorWork {
  /** The last vector, of which only some lanes are elements. */
  tail(): void;
  each(): void;
  /** After the tail, and after every block of as many vectors as bytes can count. */
  flush(): void;
}

/** The last, incomplete vector, then blocks of whole ones from the start. */
export function emitVectorBlocks(code: Code, { tail, each, flush }: VectorWork): void {
  const [start, end, stop] = [code.local('i32'), code.local('i32'), code.local('i32')];
  code.localGet(ADDRESS).localSet(start);
  code.localGet(COUNT).i32Const(-4).i32And().i32Const(2).i32Shl().localGet(ADDRESS).i32Add().localSet(end);
  code.localGet(COUNT).i32Const(3).i32And().if();
  code.localGet(end).localSet(ADDRESS);
  tail();
  flush();
  code.end();
  code.localGet(start).localSet(ADDRESS);
  code.block().loop();
  code.localGet(ADDRESS).localGet(end).i32GeU().brIf(1);
  code
    .localGet(ADDRESS)
    .i32Const(16 * BLOCK)
    .i32Add()
    .localTee(stop);
  code.localGet(end).localGet(stop).localGet(end).i32LtU().select().localSet(stop);
  code.loop();
  each();
  code.localGet(ADDRESS).i32Const(16).i32Add().localTee(ADDRESS).localGet(stop).i32LtU().brIf(0).end();
  flush();
  code.br(0).end().end();
}

/** Pushes a mask of the lanes of the last vector that are elements. */
export function pushTailLanes(code: Code): Code {
  return code.i32x4Const(0, 1, 2, 3).localGet(COUNT).i32Const(3).i32And().i32x4Splat().i32x4LtS();
}

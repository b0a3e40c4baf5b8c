import { Arena } from '../../network/index.ts';

/** A span of memory that is needed from one position to another, both included. */
export interface BufferNeed {
  readonly name: string;
  readonly bytes: number;
  readonly from: number;
  readonly to: number;
}

/** Kernels work on whole vectors and write up to three floats behind the last element. */
const ROOM = 16;
const ALIGNMENT = 64;

/** Where each span lies, and the memory that they need together. */
export interface BufferPlan {
  readonly addresses: ReadonlyMap<string, number>;
  readonly pages: number;
}

/**
 * Places spans so that those needed at the same time do not overlap; others share memory, which keeps it small and in cache. First
 * fit in the order of their beginning.
 *
 * @throws UnsupportedError above 4 GiB, WebAssembly's limit
 */
export function placeBuffers(needs: readonly BufferNeed[]): BufferPlan {
  const arena = new Arena();
  const start = arena.bytes;
  const placed: { readonly need: BufferNeed; readonly address: number; readonly end: number }[] = [];
  let top = start;
  for (const need of [...needs].sort((a, b) => a.from - b.from)) {
    const size = ALIGNMENT * Math.ceil((need.bytes + ROOM) / ALIGNMENT);
    const busy = placed
      .filter(({ need: other }) => other.from <= need.to && need.from <= other.to)
      .sort((a, b) => a.address - b.address);
    let address = start;
    for (const other of busy) {
      if (address + size <= other.address) break;
      address = Math.max(address, other.end);
    }
    placed.push({ need, address, end: address + size });
    top = Math.max(top, address + size);
  }
  arena.span(top - start);
  return { addresses: new Map(placed.map(({ need, address }) => [need.name, address])), pages: arena.pages };
}

import { type DenseOrder, type SparseOrder, TILE } from '../../../expr/index.ts';
import { type Arena, type Engine, type ProjectionLayout, padded } from '../../../network/index.ts';

/** Where a projection's synapses lie within its trace arrays. */
export interface SynapseOrder {
  readonly order: DenseOrder | SparseOrder;
  /** Floats of one array: synapses, with those that only fill up. */
  readonly synapses: number;
  /** Writes tables, once the memory has its size. */
  write(): void;
  /** Calls `visit(k, w, post)` for every synapse: its index in trace arrays, among the weights in memory, and its ends. */
  forEach(visit: (k: number, w: number, post: number, pre: number) => void): void;
}

/** [pre, postPadded], as the weights, with rows added up to a whole tile. */
function denseOrder({ projection }: ProjectionLayout): SynapseOrder {
  const { preSize, postSize } = projection;
  const width = padded(postSize);
  const preRows = TILE * Math.ceil(preSize / TILE);
  return {
    order: { kind: 'dense', preRows },
    synapses: preRows * width,
    write: () => {},
    forEach: (visit) => {
      for (let pre = 0; pre < preSize; pre++) {
        for (let post = 0; post < postSize; post++) visit(pre * width + post, pre * width + post, post, pre);
      }
    },
  };
}

/** By presynaptic neuron, every row filled up to whole vectors. */
function sparseOrder(engine: Engine, layout: ProjectionLayout, arena: Arena): SynapseOrder {
  const { preSize } = layout.projection;
  const { rowStart, post } = pattern(engine, layout);
  const vectors = Uint32Array.from({ length: preSize }, (_, pre) =>
    Math.ceil((rowStart[pre + 1]! - rowStart[pre]!) / 4),
  );
  const synapses = 4 * vectors.reduce((sum, count) => sum + count, 0);
  const rowVectors = arena.span(4 * preSize);
  const postOffsets = arena.span(4 * synapses);
  const forEach: SynapseOrder['forEach'] = (visit) => {
    for (let pre = 0, first = 0; pre < preSize; first += 4 * vectors[pre]!, pre++) {
      for (let w = rowStart[pre]!; w < rowStart[pre + 1]!; w++) visit(first + w - rowStart[pre]!, w, post[w]!, pre);
    }
  };
  return {
    order: { kind: 'sparse', preSize, rowVectors, postOffsets },
    synapses,
    write: () => {
      engine.words(rowVectors, preSize).set(vectors);
      const offsets = engine.words(postOffsets, synapses).fill(0);
      forEach((k, _, target) => {
        offsets[k] = 4 * target;
      });
    },
    forEach,
  };
}

/** Compressed rows by presynaptic neuron. */
function pattern(engine: Engine, layout: ProjectionLayout): { rowStart: Uint32Array; post: Uint32Array } {
  const { kind, projection, rowStart, post, count } = layout;
  if (kind === 'sparse') {
    return {
      rowStart: engine.words(rowStart, projection.preSize + 1).slice(),
      post: engine.words(post, count).slice(),
    };
  }
  const index = Uint32Array.from({ length: projection.preSize + 1 }, (_, i) => i);
  return { rowStart: index, post: index };
}

/** Lays out the synapses of a projection; tables take spans of the arena. */
export function synapseOrder(engine: Engine, layout: ProjectionLayout, arena: Arena): SynapseOrder {
  return layout.kind === 'dense' ? denseOrder(layout) : sparseOrder(engine, layout, arena);
}

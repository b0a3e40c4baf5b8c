import type { Graph, NodeId } from '../graph.ts';
import type { ModuleBuilder } from './assembler.ts';
import type { Code } from './code.ts';
import type { LoopAnalysis } from './loop-analysis.ts';
import type { VectorCache } from './vector-cache.ts';

/** How a vector holds a value: floats, or all bits set where the value is true or 1. */
export type Form = 'float' | 'mask';

/** How a node's value is read when it is not computed: in which form, and what pushes it for the current vector. */
export interface Load {
  readonly form: Form;
  readonly push: () => void;
}

/** Prepares a load before the loop; called once, and only for nodes that are used. */
export type LoadMaker = () => Load;

/** What the code of a loop is made from: the graph, where its inputs lie, and the code that it is appended to. */
export interface LowerOptions {
  readonly module: ModuleBuilder;
  readonly code: Code;
  readonly graph: Graph;
  /** Parameters with one value for all neurons: pushes its address as an i32. */
  readonly uniform: (name: string) => ((code: Code) => void) | undefined;
  /** Nodes read from memory. */
  readonly loads: ReadonlyMap<NodeId, LoadMaker>;
}

/** What the code of one node needs: the loop around it, and its operands. */
export interface Values {
  readonly options: LowerOptions;
  readonly analysis: LoopAnalysis;
  /** Values in locals; of the constants, `const 0`, `const 1` and `sign`. */
  readonly cache: VectorCache;
  /** Pushes a node's value as floats. */
  readonly float: (id: NodeId) => void;
  /** Pushes a node's truth value, or its being 1, as a mask. */
  readonly mask: (id: NodeId) => void;
}

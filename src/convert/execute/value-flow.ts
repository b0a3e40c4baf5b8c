import type { Gate, LinearStage } from '../graph/stages.ts';

/** What reads and makes values. */
export interface FlowNode {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** The values that a part of a network reads, each once, and makes. */
export function flowOf(part: LinearStage | Gate): FlowNode {
  if (part.kind === 'linear') {
    return {
      inputs: part.graph.inputs.map(({ name }) => name),
      outputs: part.graph.outputs.map(({ name }) => name),
    };
  }
  return { inputs: part.kind === 'product' ? [...new Set(part.inputs)] : [part.input], outputs: [part.output] };
}

/** Where each value is made and read, by positions in a list of nodes; the network's output is also read at the very end. */
export class ValueFlow {
  /** -1 for the network's input. */
  readonly madeAt: ReadonlyMap<string, number>;
  readonly #readAt: ReadonlyMap<string, readonly number[]>;

  constructor(input: string, output: string, nodes: readonly FlowNode[]) {
    const madeAt = new Map([[input, -1]]);
    const readAt = new Map<string, number[]>([[input, []]]);
    nodes.forEach(({ inputs, outputs }, at) => {
      for (const name of outputs) {
        madeAt.set(name, at);
        readAt.set(name, []);
      }
      for (const name of inputs) readAt.get(name)!.push(at);
    });
    readAt.get(output)!.push(nodes.length);
    this.madeAt = madeAt;
    this.#readAt = readAt;
  }

  /** Positions of the readers of a value, in order. */
  readers(name: string): readonly number[] {
    return this.#readAt.get(name)!;
  }

  /** The last position at which a value is needed. */
  lastUse(name: string): number {
    return Math.max(this.madeAt.get(name)!, ...this.readers(name));
  }

  /** Whether one node alone reads a value that the network made, so that it may write over it. */
  mayOverwrite(name: string): boolean {
    return this.madeAt.get(name)! >= 0 && this.readers(name).length === 1;
  }
}

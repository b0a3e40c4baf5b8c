import { checkedOptions } from '../../base/options.ts';
import { type Code as Body, Lowering, ModuleBuilder, type NodeId } from '../../expr/index.ts';
import { planesOf, stepsOf } from './evaluate.ts';
import { type CodeGraph, codeGraph } from './kernel-graph.ts';
import type { Code } from './parameters.ts';

/**
 * A code as machine code on one memory. Arrays are float32; every one of them needs room for 3 more floats behind it, which
 * are overwritten. `noise`, for codes compiled with it, is the address of standard normal draws [planes, n].
 */
export interface CodeKernel {
  /** Replaces the n inputs at `address` (bytes) by what the code decodes to. */
  evaluate(address: number, n: number, noise?: number): void;
  /** The same; returns the spikes of every plane: per neuron of the code, per step. */
  count(address: number, n: number, noise?: number): Uint32Array;
  /** Writes the spikes as 0 and 1, [planes, n], to `out`; a stride is n floats exactly. */
  spikePlanes(address: number, n: number, out: number, noise?: number): void;
  /** Writes what arrives in each step, the sum of d(t) z(t) over the neurons, [steps, n], to `out`. */
  valuePlanes(address: number, n: number, out: number, noise?: number): void;
}

/** A compiled code, for any memory that is not shared. */
export interface CodeModule {
  /** Steps that it takes: the most of its neurons. */
  readonly steps: number;
  /** Spike planes: the steps of all its neurons. */
  readonly planes: number;
  instantiate(memory: WebAssembly.Memory): CodeKernel;
}

/** What one of the kernel's functions makes of a vector. */
interface Sink {
  readonly roots: readonly NodeId[];
  /** Emits the work on one vector; only the lanes of `lanes`, if given, are elements. */
  vector(lowering: Lowering, lanes?: number): void;
  /** Emits what follows the last vector. */
  end?(): void;
}

// Parameters of every function: address, n, address of the results, address of the noise.
const [INPUT, COUNT, OUT, NOISE] = [0, 1, 2, 3];

/** The loop over n floats in vectors of four; its functions share this frame. */
class VectorLoop {
  readonly code: Body;
  readonly #graph: CodeGraph;
  readonly #module: ModuleBuilder;
  /** Bytes from the start of an array to the current vector, and from one plane to the next. */
  readonly #offset: number;
  readonly #stride: number;

  constructor(module: ModuleBuilder, code: Body, graph: CodeGraph) {
    this.code = code;
    this.#module = module;
    this.#graph = graph;
    this.#offset = code.local('i32');
    this.#stride = code.local('i32');
  }

  /** Bases of planes that begin at a parameter: one local each. */
  planes(parameter: number, count: number): number[] {
    const { code } = this;
    return Array.from({ length: count }, (_, plane) => {
      const base = code.local('i32');
      code.localGet(parameter).localGet(this.#stride).i32Const(plane).i32Mul().i32Add().localSet(base);
      return base;
    });
  }

  /** Pushes the address of the current vector of an array. */
  address(base: number): Body {
    return this.code.localGet(base).localGet(this.#offset).i32Add();
  }

  #loads(): ConstructorParameters<typeof Lowering>[0]['loads'] {
    const from = (base: number) => () => ({ form: 'float' as const, push: () => void this.address(base).v128Load() });
    const { input, draws } = this.#graph;
    const noise = this.planes(NOISE, draws.length);
    return new Map([[input, from(INPUT)], ...draws.map((id, plane) => [id, from(noise[plane]!)] as const)]);
  }

  /**
   * Emits the loop. The incomplete last vector comes first: what it writes too much of a plane is then overwritten by the plane's
   * neighbour.
   */
  emit(make: () => Sink): void {
    const { code } = this;
    const [end, lanes] = [code.local('i32'), code.local('v128')];
    code.localGet(COUNT).i32Const(2).i32Shl().localSet(this.#stride);
    code.localGet(COUNT).i32Const(-4).i32And().i32Const(2).i32Shl().localSet(end);
    const sink = make();
    const options = {
      module: this.#module,
      code,
      graph: this.#graph.graph,
      uniform: () => undefined,
      loads: this.#loads(),
    };
    const lowering = new Lowering(options, sink.roots);
    code.localGet(COUNT).i32Const(3).i32And().if();
    code.localGet(end).localSet(this.#offset);
    code.i32x4Const(0, 1, 2, 3).localGet(COUNT).i32Const(3).i32And().i32x4Splat().i32x4LtS().localSet(lanes);
    lowering.begin();
    sink.vector(lowering, lanes);
    code.end();
    code.localGet(end).if();
    code.i32Const(0).localSet(this.#offset).loop();
    lowering.begin();
    sink.vector(lowering);
    code.localGet(this.#offset).i32Const(16).i32Add().localTee(this.#offset).localGet(end).i32LtU().brIf(0).end();
    code.end();
    sink.end?.();
  }
}

/** Stores ŷ over the input. */
function decoded(loop: VectorLoop, { output }: CodeGraph): Sink {
  return {
    roots: [output],
    vector: (lowering) => {
      loop.address(INPUT);
      lowering.float(output);
      loop.code.v128Store();
    },
  };
}

/** Stores ŷ and counts spikes in four lanes per plane; the sums are what the function returns. */
function counted(loop: VectorLoop, graph: CodeGraph): Sink {
  const { code } = loop;
  const sums = graph.spikes.map(() => code.local('v128'));
  const { roots, vector } = decoded(loop, graph);
  return {
    roots: [...roots, ...graph.spikes],
    vector: (lowering, lanes) => {
      vector(lowering);
      // A mask is -1 where it is set.
      for (const [plane, id] of graph.spikes.entries()) {
        code.localGet(sums[plane]!);
        lowering.mask(id);
        if (lanes !== undefined) code.localGet(lanes).v128And();
        code.i32x4Sub().localSet(sums[plane]!);
      }
    },
    end: () => {
      for (const sum of sums) {
        for (const lane of [0, 1, 2, 3]) code.localGet(sum).i32x4ExtractLane(lane);
        code.i32Add().i32Add().i32Add();
      }
    },
  };
}

/** Stores one plane per node. */
function planes(loop: VectorLoop, nodes: readonly NodeId[]): Sink {
  const bases = loop.planes(OUT, nodes.length);
  return {
    roots: nodes,
    vector: (lowering) => {
      for (const [plane, id] of nodes.entries()) {
        loop.address(bases[plane]!);
        lowering.float(id);
        loop.code.v128Store();
      }
    },
  };
}

function assemble(graph: CodeGraph): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder({ shared: false, minPages: 0 });
  const add = (name: string, results: 'i32'[], sink: (loop: VectorLoop) => Sink) =>
    module.addFunction(
      ['i32', 'i32', 'i32', 'i32'],
      results,
      (code) => {
        const loop = new VectorLoop(module, code, graph);
        loop.emit(() => sink(loop));
      },
      name,
    );
  add('evaluate', [], (loop) => decoded(loop, graph));
  add(
    'count',
    graph.spikes.map(() => 'i32'),
    (loop) => counted(loop, graph),
  );
  add('spikePlanes', [], (loop) => planes(loop, graph.spikes));
  add('valuePlanes', [], (loop) => planes(loop, graph.values));
  return module.toBytes();
}

type Exported = Record<
  'evaluate' | 'count' | 'spikePlanes' | 'valuePlanes',
  (address: number, n: number, out: number, noise: number) => number | number[] | undefined
>;

/**
 * Compiles a code to WebAssembly: one SIMD loop each for values, values with counts, and spike planes, derived from the
 * equations of the unrolled neuron. Results are the bits of {@link evaluateCode} in float32.
 *
 * @param options.noise - deviation of normal noise on v at each comparison, in units of the input; 0 by default
 */
export function compileCode(code: Code, options: { readonly noise?: number } = {}): CodeModule {
  const { noise = 0 } = checkedOptions('compileCode', options, ['noise']);
  const module = new WebAssembly.Module(assemble(codeGraph(code, noise)));
  return {
    steps: stepsOf(code),
    planes: planesOf(code),
    instantiate: (memory) => {
      const exports = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Exported;
      return {
        evaluate: (address, n, draws = 0) => void exports.evaluate(address, n, 0, draws),
        count: (address, n, draws = 0) => {
          const counts = exports.count(address, n, 0, draws)!;
          return Uint32Array.from(typeof counts === 'number' ? [counts] : counts);
        },
        spikePlanes: (address, n, out, draws = 0) => void exports.spikePlanes(address, n, out, draws),
        valuePlanes: (address, n, out, draws = 0) => void exports.valuePlanes(address, n, out, draws),
      };
    },
  };
}

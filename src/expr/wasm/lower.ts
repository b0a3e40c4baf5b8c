import { InternalError } from '../../base/errors.ts';
import { type Graph, type Node, type NodeId, operands } from '../graph.ts';
import type { ModuleBuilder } from './assembler.ts';
import type { Code, SimdName } from './code.ts';
import { analyseLoop, isMask, type LoopAnalysis } from './loop-analysis.ts';
import { mathFunction } from './math.ts';
import { VectorCache } from './vector-cache.ts';

/** How a vector holds a value: floats, or all bits set where the value is true or 1. */
export type Form = 'float' | 'mask';

/** How a node's value is read when it is not computed: in which form, and what pushes it for the current vector. */
export interface Load {
  readonly form: Form;
  readonly push: () => void;
}

/** Prepares a load before the loop; called once, and only for nodes that are used. */
export type LoadMaker = () => Load;

export interface LowerOptions {
  readonly module: ModuleBuilder;
  readonly code: Code;
  readonly graph: Graph;
  /** Parameters with one value for all neurons: pushes its address as an i32. */
  readonly uniform: (name: string) => ((code: Code) => void) | undefined;
  /** Nodes read from memory. */
  readonly loads: ReadonlyMap<NodeId, LoadMaker>;
}

const DIRECT: Readonly<Partial<Record<Node['op'], SimdName>>> = {
  add: 'f32x4Add',
  sub: 'f32x4Sub',
  mul: 'f32x4Mul',
  div: 'f32x4Div',
  min: 'f32x4Pmin',
  max: 'f32x4Pmax',
  sqrt: 'f32x4Sqrt',
  lt: 'f32x4Lt',
  le: 'f32x4Le',
  gt: 'f32x4Gt',
  ge: 'f32x4Ge',
  eq: 'f32x4Eq',
  ne: 'f32x4Ne',
};

/**
 * Turns nodes into four-lane code. What depends on uniform parameters alone is computed once, before the loop, by
 * the constructor; {@link Lowering.begin} starts each vector.
 *
 * Numerics: division by a hoisted value, or by one that divides twice, is multiplication by its reciprocal, at most 1 ulp
 * from the quotient; 0/1 values multiply by masking.
 */
export class Lowering {
  readonly #options: LowerOptions;
  readonly #analysis: LoopAnalysis;
  readonly #cache: VectorCache;
  readonly #loads = new Map<NodeId, Load>();

  /**
   * Prepares the loads that `roots` need and computes before the loop whatever does not vary in it.
   */
  constructor(options: LowerOptions, roots: readonly NodeId[]) {
    const { graph, loads, code, uniform } = options;
    this.#options = options;
    this.#cache = new VectorCache(code);
    this.#analysis = analyseLoop(
      graph,
      roots,
      (name) => uniform(name) !== undefined,
      (id) => loads.has(id),
    );
    for (const id of this.#analysis.loaded) this.#loads.set(id, loads.get(id)!());
    for (const constant of [0, 1]) this.#cache.hoist(`const ${constant}`, () => code.f32Const(constant).f32x4Splat());
    this.#cache.hoist('sign', () => code.i32Const(-0x80000000).i32x4Splat());
    for (const id of this.#analysis.hoisted) this.#hoist(id);
    for (const divisor of this.#analysis.divisions.keys()) {
      if (this.#analysis.invariant[divisor]) this.#hoistReciprocal(divisor);
    }
  }

  #hoist(id: NodeId): void {
    const form: Form = this.#isMask(id) ? 'mask' : 'float';
    this.#cache.hoist(`${form} ${id}`, () => (form === 'mask' ? this.#computeMask(id) : this.#computeFloat(id)));
  }

  #hoistReciprocal(id: NodeId): void {
    this.#cache.hoist(`reciprocal ${id}`, () => {
      this.#constant(1);
      this.float(id);
      this.#options.code.f32x4Div();
    });
  }

  #constant(value: 0 | 1): void {
    this.#cache.push(`const ${value}`);
  }

  /** Starts a new vector: everything but the hoisted values is to be computed again. */
  begin(): void {
    this.#cache.begin();
  }

  /** Loads a node now, if it is used at all, before anything is stored over it. */
  preload(id: NodeId): void {
    const load = this.#loads.get(id);
    if (load === undefined) return;
    load.push();
    this.#cache.keep(`${load.form} ${id}`);
    this.#options.code.drop();
  }

  #isMask(id: NodeId): boolean {
    return isMask(this.#options.graph, id);
  }

  /** Pushes the node's value as floats. */
  float(id: NodeId): void {
    const { code, graph } = this.#options;
    const key = `float ${id}`;
    if (this.#cache.push(key)) return;
    if (this.#isMask(id)) {
      this.mask(id);
      this.#constant(1);
      code.v128And();
    } else {
      const node = graph.node(id);
      if (node.op === 'stop') this.float(node.a);
      else this.#computeFloat(id);
    }
    if (this.#analysis.uses[id]! > 1) this.#cache.keep(key);
  }

  /** Pushes the node's truth value, or its being 1, as a mask. */
  mask(id: NodeId): void {
    const key = `mask ${id}`;
    if (this.#cache.push(key)) return;
    this.#computeMask(id);
    if (this.#analysis.uses[id]! > 1) this.#cache.keep(key);
  }

  #load(id: NodeId, form: Form): boolean {
    const load = this.#loads.get(id);
    if (load === undefined) return false;
    if (load.form !== form) throw new InternalError('Lowering', `expected node ${id} as ${form}, got ${load.form}`);
    load.push();
    return true;
  }

  #computeFloat(id: NodeId): void {
    if (this.#load(id, 'float')) return;
    const { code, graph, module } = this.#options;
    const node = graph.node(id);
    switch (node.op) {
      case 'const':
        code.f32Const(node.value).f32x4Splat();
        return;
      case 'param': {
        const address = this.#options.uniform(node.name);
        if (address === undefined) break;
        address(code);
        code.v128Load32Splat();
        return;
      }
      case 'mul':
        this.#multiply(id, node.a, node.b);
        return;
      case 'div':
        this.#divide(node.a, node.b);
        return;
      case 'add':
      case 'sub':
        this.#sum(node.op, node.a, node.b);
        return;
      case 'select':
        this.#select(node.cond, node.a, node.b);
        return;
      case 'stop':
        this.float(node.a);
        return;
      case 'exp':
      case 'log':
      case 'tanh':
      case 'sigmoid':
        this.float(node.a);
        code.call(mathFunction(module, node.op));
        return;
      case 'neg':
      case 'abs':
        // Engines build the sign mask anew for every f32x4.neg and f32x4.abs; this one is hoisted.
        this.float(node.a);
        this.#cache.push('sign');
        if (node.op === 'neg') code.v128Xor();
        else code.v128AndNot();
        return;
      case 'min':
      case 'max':
      case 'sqrt':
        for (const operand of operands(node)) this.float(operand);
        code[DIRECT[node.op]!]();
        return;
    }
    throw new InternalError('Lowering', `expected a value for node ${id} (${node.op}), got neither code nor memory`);
  }

  #multiply(id: NodeId, a: NodeId, b: NodeId): void {
    const { code } = this.#options;
    const masked = this.#isMask(a) ? a : this.#isMask(b) ? b : undefined;
    if (masked === undefined || this.#analysis.invariant[id]) {
      this.float(a);
      this.float(b);
      code.f32x4Mul();
      return;
    }
    this.mask(masked);
    this.float(masked === a ? b : a);
    code.v128And();
  }

  #divide(a: NodeId, b: NodeId): void {
    const { code } = this.#options;
    this.float(a);
    const key = `reciprocal ${b}`;
    if (!this.#cache.push(key)) {
      if ((this.#analysis.divisions.get(b) ?? 0) < 2) {
        this.float(b);
        code.f32x4Div();
        return;
      }
      this.#constant(1);
      this.float(b);
      code.f32x4Div();
      this.#cache.keep(key);
    }
    code.f32x4Mul();
  }

  /** The product that a sum may fuse with: used here alone and not a masking. */
  #fusable(id: NodeId): { readonly a: NodeId; readonly b: NodeId } | undefined {
    const { code, graph } = this.#options;
    const node = graph.node(id);
    if (
      !code.relaxed ||
      node.op !== 'mul' ||
      this.#loads.has(id) ||
      this.#analysis.uses[id]! > 1 ||
      this.#analysis.invariant[id]
    )
      return undefined;
    return this.#isMask(node.a) || this.#isMask(node.b) ? undefined : node;
  }

  #sum(op: 'add' | 'sub', a: NodeId, b: NodeId): void {
    const { code } = this.#options;
    const right = this.#fusable(b);
    const left = right === undefined && op === 'add' ? this.#fusable(a) : undefined;
    const product = right ?? left;
    if (product === undefined) {
      this.float(a);
      this.float(b);
      code[DIRECT[op]!]();
      return;
    }
    this.float(product.a);
    this.float(product.b);
    this.float(right === undefined ? b : a);
    if (op === 'add') code.f32x4RelaxedMadd();
    else code.f32x4RelaxedNmadd();
  }

  #select(cond: NodeId, a: NodeId, b: NodeId): void {
    const { code, graph } = this.#options;
    if (graph.isConstant(a, 0)) {
      this.float(b);
      this.mask(cond);
      code.v128AndNot();
      return;
    }
    this.float(a);
    if (graph.isConstant(b, 0)) {
      this.mask(cond);
      code.v128And();
      return;
    }
    this.float(b);
    this.mask(cond);
    code.v128Bitselect();
  }

  #computeMask(id: NodeId): void {
    if (this.#load(id, 'mask')) return;
    const { code, graph } = this.#options;
    const node = graph.node(id);
    switch (node.op) {
      case 'const': {
        const bits = node.value === 0 ? 0 : -1;
        code.i32x4Const(bits, bits, bits, bits);
        return;
      }
      case 'spike':
        this.#spikeOperands(node.a);
        if (node.inclusive) code.f32x4Ge();
        else code.f32x4Gt();
        return;
      case 'stop':
        this.mask(node.a);
        return;
      case 'not':
        this.mask(node.a);
        code.v128Not();
        return;
      case 'and':
      case 'or':
      case 'mul':
        this.mask(node.a);
        this.mask(node.b);
        if (node.op === 'or') code.v128Or();
        else code.v128And();
        return;
      case 'select':
        this.#selectMask(node.cond, node.a, node.b);
        return;
      case 'lt':
      case 'le':
      case 'gt':
      case 'ge':
      case 'eq':
      case 'ne':
        this.float(node.a);
        this.float(node.b);
        code[DIRECT[node.op]!]();
        return;
    }
    throw new InternalError('Lowering', `expected a mask for node ${id} (${node.op}), got neither code nor memory`);
  }

  /** Pushes two values whose comparison says whether a node is above 0: a difference is, where its first operand is above its second. */
  #spikeOperands(id: NodeId): void {
    const { graph } = this.#options;
    const node = graph.node(id);
    const direct = node.op === 'sub' && this.#analysis.uses[id] === 1 && !this.#loads.has(id);
    if (!direct || this.#analysis.invariant[id]) {
      this.float(id);
      this.#constant(0);
      return;
    }
    this.float(node.a);
    this.float(node.b);
  }

  #selectMask(cond: NodeId, a: NodeId, b: NodeId): void {
    const { code, graph } = this.#options;
    if (graph.isConstant(a, 0)) {
      this.mask(b);
      this.mask(cond);
      code.v128AndNot();
    } else if (graph.isConstant(b, 0)) {
      this.mask(a);
      this.mask(cond);
      code.v128And();
    } else {
      this.mask(a);
      this.mask(b);
      this.mask(cond);
      code.v128Bitselect();
    }
  }
}

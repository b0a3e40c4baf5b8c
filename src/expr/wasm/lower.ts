import { InternalError } from '../../base/errors.ts';
import type { NodeId } from '../graph.ts';
import { analyseLoop, isMask, type LoopAnalysis } from './loop-analysis.ts';
import { pushFloat } from './lower-float.ts';
import { pushMask } from './lower-mask.ts';
import type { Form, Load, LowerOptions, Values } from './lowering.ts';
import { VectorCache } from './vector-cache.ts';

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
  readonly #values: Values;
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
    this.#values = {
      options,
      analysis: this.#analysis,
      cache: this.#cache,
      float: (id) => this.float(id),
      mask: (id) => this.mask(id),
    };
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
    const { code } = this.#options;
    const key = `float ${id}`;
    if (this.#cache.push(key)) return;
    if (this.#isMask(id)) {
      this.mask(id);
      this.#constant(1);
      code.v128And();
    } else this.#computeFloat(id);
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
    if (!this.#load(id, 'float')) pushFloat(this.#values, id);
  }

  #computeMask(id: NodeId): void {
    if (!this.#load(id, 'mask')) pushMask(this.#values, id);
  }
}

import { type Leaf, lazyDecays, type SynapseBlock, type SynapseDecay } from '../../src/expr/index.ts';
import type { Pending, PlasticIndex, PlasticSetup, PlasticWorld } from '../../src/network/plastic/reference.ts';
import { PlasticReference } from '../../src/network/plastic/reference.ts';
import { errorBounds } from './error-bound.ts';

/** Unit roundoff of float32. */
const U = 2 ** -24;

/** The reference, which also says how far a float32 computation may be from each of its values. */
export class TrackedReference extends PlasticReference {
  /** Bound of the error of every value in `variables`. */
  readonly errors: Record<string, Float64Array> = {};
  /** Bounds for the nodes that were evaluated last. */
  latest: Float64Array = new Float64Array(0);
  readonly decays: Readonly<Record<string, SynapseDecay>>;
  readonly #ofValues = new WeakMap<Float64Array, Float64Array>();

  constructor(setup: PlasticSetup) {
    super(setup);
    for (const [name, values] of Object.entries(this.variables)) this.errors[name] = new Float64Array(values.length);
    this.decays = lazyDecays(setup.program, this.params);
  }

  #leafError(leaf: Leaf, value: number, at: PlasticIndex, normals: ReadonlySet<number>): number {
    if (leaf.op === 'param') return Math.abs(Math.fround(value) - value);
    if (leaf.op === 'state') return this.errors[leaf.name]![this.elementOf(leaf.name, at)]!;
    // What the conformance test of the kernel allows.
    return leaf.op === 'random' && normals.has(leaf.site) ? 5e-7 * (1 + Math.abs(value)) : 0;
  }

  protected override evaluate(
    block: SynapseBlock,
    scope: 'pre' | 'post' | 'synapse',
    at: PlasticIndex,
    world: PlasticWorld,
  ): Float64Array {
    const values = super.evaluate(block, scope, at, world);
    const normals = new Set(block.randomSites.flatMap(({ kind }, site) => (kind === 'normal' ? [site] : [])));
    this.latest = errorBounds(block.graph, values, (leaf, value) => this.#leafError(leaf, value, at, normals));
    this.#ofValues.set(values, this.latest);
    return values;
  }

  protected override write(pending: Pending): void {
    const { name, at, values, node, block } = pending;
    const before = this.variables[name]![this.elementOf(name, at)]!;
    super.write(pending);
    const decay = this.decays[name];
    // A decay by exp(n ln c): for each step 2 |ln c| roundings of the exponent, and six more at a touch, relative to the value
    // and to what it decays to. No factor here is below e^-4.
    const lazy = decay && block.name === 'onStep' ? 16 * U * (Math.abs(before) + 2 * Math.abs(decay.rest)) : 0;
    this.errors[name]![this.elementOf(name, at)] = this.#ofValues.get(values)![node]! + lazy;
  }
}

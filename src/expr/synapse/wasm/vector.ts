import { log } from '../../../base/math.ts';
import type { NodeId } from '../../graph.ts';
import type { Lowering } from '../../wasm/lower.ts';
import type { Load } from '../../wasm/lowering.ts';
import { mathFunction } from '../../wasm/math.ts';
import { type BlockParts, type LeafAccess, leavesOf, lowerBlock } from './block-parts.ts';
import type { Frame } from './frame.ts';

/** How the values of four synapses are reached; addresses are those of the first synapse of the first batch row. */
export interface SynapseAccess {
  load(address: number): void;
  /** Stores the vector of a local. */
  store(address: number, value: number): void;
}

/** How the neurons at the other end of four synapses are reached, and the draws of the synapses. */
export type OtherEnd = LeafAccess;

/** exp() of it is 0 after one step, and 1 after none. */
const AT_ONCE = -1e4;

/**
 * What a block does to four synapses at a time: brings decaying variables up to date, computes, and stores.
 *
 * @param locals - nodes of the neuron whose synapses these are
 * @param done - steps that decaying variables have gone through by now: those before this one, or this one too
 */
export class SynapseVector {
  readonly #frame: Frame;
  readonly #parts: BlockParts;
  readonly #access: SynapseAccess;
  readonly #lowering: Lowering;
  readonly #changed: readonly { readonly name: string; readonly node: NodeId; readonly local: number }[];
  /** Locals with decaying variables as they are now. */
  readonly #decayed = new Map<string, number>();
  /** Locals: the steps by now, four times, and since the synapses were touched, as floats. */
  readonly #now: number;
  readonly #since: number;
  /** Local: what a decaying variable is multiplied by. */
  readonly #power: number;
  readonly #done: 'before' | 'with';
  /** Local: what is delivered. */
  readonly delivered: number;

  constructor(
    frame: Frame,
    parts: BlockParts,
    ends: { readonly access: SynapseAccess; readonly other: OtherEnd },
    locals: ReadonlyMap<NodeId, { readonly local: number; readonly form: Load['form'] }>,
    done: 'before' | 'with',
  ) {
    this.#frame = frame;
    this.#parts = parts;
    this.#access = ends.access;
    this.#done = done;
    const { code, plan } = frame;
    const vector = () => code.local('v128');
    [this.#now, this.#since, this.#power, this.delivered] = [vector(), vector(), vector(), vector()];
    if (parts.touches) for (const name of Object.keys(plan.decays)) this.#decayed.set(name, vector());
    const { variables } = plan.program;
    const leaves: LeafAccess = {
      ...ends.other,
      variable: (name) => {
        const local = this.#decayed.get(name);
        if (local !== undefined) code.localGet(local);
        else if (variables[name]!.scope === 'synapse') this.#access.load(frame.places.variables[name]!);
        else ends.other.variable(name);
      },
    };
    this.#lowering = lowerBlock(frame, parts.block, parts.roots, leaves, locals);
    this.#changed = parts.updates.synapse.map(({ name, node }) => ({ name, node, local: vector() }));
  }

  /** Emits what is the same for all synapses of a step; inside the loop over batch rows. */
  begin(): void {
    if (!this.#parts.touches) return;
    const { code, step } = this.#frame;
    code.localGet(step);
    if (this.#done === 'before') code.i32Const(1).i32Sub();
    code.i32x4Splat().localSet(this.#now);
  }

  /** x = factorⁿ · x + (1 - factorⁿ) · rest after n steps without a touch: exactly x after none, however far the rest is. */
  #decay(): void {
    const { code, module, plan, places } = this.#frame;
    code.localGet(this.#now);
    this.#access.load(places.touched);
    code.i32x4Sub().f32x4ConvertI32().localSet(this.#since);
    for (const [name, local] of this.#decayed) {
      const { factor, rest } = plan.decays[name]!;
      this.#access.load(places.variables[name]!);
      if (factor < 1) {
        code
          .localGet(this.#since)
          .f32x4Const(factor === 0 ? AT_ONCE : log(factor))
          .f32x4Mul();
        code.call(mathFunction(module, 'exp')).localTee(this.#power).f32x4Mul();
        if (rest !== 0) {
          code.f32x4Const(1).localGet(this.#power).f32x4Sub().f32x4Const(rest).f32x4Mul().f32x4Add();
        }
      }
      code.localSet(local);
    }
  }

  /** Emits the work on four synapses. */
  emit(): void {
    const { code, places } = this.#frame;
    const { block, touches } = this.#parts;
    this.#lowering.begin();
    if (touches) this.#decay();
    for (const { node, local } of this.#changed) {
      this.#lowering.float(node);
      code.localSet(local);
    }
    if (block.transmit !== undefined) {
      this.#lowering.float(block.transmit);
      code.localSet(this.delivered);
    }
    const written = new Map([...this.#decayed, ...this.#changed.map(({ name, local }) => [name, local] as const)]);
    for (const [name, local] of written) this.#access.store(places.variables[name]!, local);
    if (touches) this.#access.store(places.touched, this.#now);
  }
}

/** Whether some nodes depend on values of one side's neurons other than through the given nodes. */
export function readsSide(parts: BlockParts, side: 'pre' | 'post', frame: Frame): boolean {
  const { graph } = parts.block;
  const { variables, definition } = frame.plan.program;
  return leavesOf(graph, parts.roots).some((leaf) => {
    if (leaf.op === 'state') return variables[leaf.name]!.scope === side;
    if (leaf.op === 'input') return side === 'post' && Object.hasOwn(definition.reads ?? {}, leaf.name);
    return leaf.op === 'random' && parts.block.randomSites[leaf.site]!.scope === side;
  });
}

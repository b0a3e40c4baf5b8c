import { type Graph, isLeaf, type Leaf, type NodeId, operands, reachable } from '../../graph.ts';
import { isMask } from '../../wasm/loop-analysis.ts';
import { Lowering } from '../../wasm/lower.ts';
import type { Load, LoadMaker } from '../../wasm/lowering.ts';
import type { BlockUpdate, SynapseBlock } from '../program.ts';
import type { Frame } from './frame.ts';
import type { DrawPlace, SynapsePlan } from './places.ts';

/** What a block does to synapses and to the neurons of each side, with what it need not do left out. */
export interface BlockParts {
  readonly block: SynapseBlock;
  readonly updates: Readonly<Record<'pre' | 'post' | 'synapse', readonly BlockUpdate[]>>;
  /** New values of synapse variables, and what is delivered. */
  readonly roots: readonly NodeId[];
  /** Decaying variables are needed at the time of the block: some of them are read or written. */
  readonly touches: boolean;
}

/** Splits a block by what its lines write; the decays that happen by themselves are no part of `onStep`. */
export function blockParts(block: SynapseBlock, { decays }: SynapsePlan): BlockParts {
  const of = (scope: BlockUpdate['scope']) =>
    block.updates.filter((update) => {
      const decaysByItself = block.name === 'onStep' && Object.hasOwn(decays, update.name);
      return update.scope === scope && !decaysByItself;
    });
  const updates = { pre: of('pre'), post: of('post'), synapse: of('synapse') };
  const delivered = block.transmit === undefined ? [] : [block.transmit];
  const roots = [...updates.synapse.map(({ node }) => node), ...delivered];
  const read = leavesOf(block.graph, roots).some((leaf) => leaf.op === 'state' && Object.hasOwn(decays, leaf.name));
  const touches = read || updates.synapse.some(({ name }) => Object.hasOwn(decays, name));
  return { block, updates, roots, touches };
}

/** The leaves that some nodes depend on. */
export function leavesOf(graph: Graph, roots: readonly NodeId[]): Leaf[] {
  return reachable(graph, roots).flatMap((needed, id) => {
    const node = graph.node(id);
    return needed && isLeaf(node) ? [node] : [];
  });
}

/** The nodes of one side's neurons through which synapses depend on that side: computed once per neuron. */
export function frontier({ block, roots }: BlockParts, side: 'pre' | 'post'): NodeId[] {
  const found = new Set<NodeId>();
  const seen = new Set<NodeId>();
  const visit = (id: NodeId): void => {
    if (seen.has(id)) return;
    seen.add(id);
    const node = block.graph.node(id);
    // stop(x) is x, and lowered as such wherever it stands.
    if (block.scopes[id] === side && node.op !== 'stop') found.add(id);
    else for (const operand of operands(node)) visit(operand);
  };
  for (const root of roots) visit(root);
  return [...found];
}

/** How the leaves of a block are read: what pushes four floats. */
export interface LeafAccess {
  variable(name: string): void;
  /** A state of the target. */
  read(name: string): void;
  draw(place: DrawPlace): void;
  /** Pushes what came of a bernoulli(p) with a `chance`, as a mask. */
  coin?(place: DrawPlace): void;
}

/**
 * Code for four values at a time of some nodes of a block; to be made before the loops that it is used in.
 *
 * @param locals - nodes that are at hand in locals, with their forms
 */
export function lowerBlock(
  frame: Frame,
  block: SynapseBlock,
  roots: readonly NodeId[],
  access: LeafAccess,
  locals: ReadonlyMap<NodeId, { readonly local: number; readonly form: Load['form'] }> = new Map(),
): Lowering {
  const { module, code, places, plan } = frame;
  const { graph } = block;
  const loads = new Map<NodeId, LoadMaker>();
  const floats = (id: NodeId, push: () => void) => loads.set(id, () => ({ form: 'float', push }));
  const { signals = {} } = plan.program.definition;
  for (let id = 0; id < graph.size; id++) {
    const node = graph.node(id);
    if (node.op === 'state') floats(id, () => access.variable(node.name));
    else if (node.op === 'input') {
      const { name } = node;
      floats(id, () => (Object.hasOwn(signals, name) ? frame.pushSignal(name) : access.read(name)));
    } else if (node.op === 'random') floats(id, () => access.draw(places.draws[block.name]![node.site]!));
    else if (node.op === 'lt') {
      const draw = graph.node(node.a);
      if (draw.op !== 'random' || block.randomSites[draw.site]!.chance === undefined) continue;
      loads.set(id, () => ({ form: 'mask', push: () => access.coin?.(places.draws[block.name]![draw.site]!) }));
    }
  }
  for (const [id, { local, form }] of locals) loads.set(id, () => ({ form, push: () => code.localGet(local) }));
  const uniform = (name: string) => {
    const address = places.params[name]!;
    return () => {
      code.i32Const(address);
    };
  };
  return new Lowering({ module, code, graph, uniform, loads }, roots);
}

/** A local for each node, in the form in which it is best held. */
export function nodeLocals(frame: Frame, { graph }: SynapseBlock, nodes: readonly NodeId[]) {
  const local = () => frame.code.local('v128');
  return new Map(
    nodes.map((id) => [id, { local: local(), form: isMask(graph, id) ? ('mask' as const) : ('float' as const) }]),
  );
}

import type { NodeId } from '../../graph.ts';
import { type BlockParts, type LeafAccess, lowerBlock, nodeLocals } from './block-parts.ts';
import { type Frame, groupsOf } from './frame.ts';
import { GROUP } from './places.ts';

type Side = 'pre' | 'post';

const sizeOf = ({ places }: Frame, side: Side): number => (side === 'pre' ? places.source : places.target).size;

/** Group of the draws of a side's first neuron. */
const firstGroupOf = ({ places }: Frame, side: Side): number =>
  ((side === 'pre' ? places.source : places.target).first ?? 0) / GROUP;

/** The random sites of a block whose draws belong to a neuron of one side, or to a synapse, but for coins. */
export function sitesOf({ places }: Frame, { block }: BlockParts, scope: Side | 'synapse') {
  return block.randomSites.flatMap(({ kind, scope: own, chance }, site) =>
    own === scope && chance === undefined ? [{ kind, ...places.draws[block.name]![site]! }] : [],
  );
}

/** Reads the values of one neuron, four times each; `neuron` is a local with four times its number. */
function splats(frame: Frame, neuron: number, pushDraw: () => void): LeafAccess {
  const { code, places } = frame;
  return {
    variable(name) {
      frame.pushInPlane(neuron);
      code.v128Load32Splat(places.variables[name]!);
    },
    read(name) {
      code.localGet(neuron).localGet(frame.readsAt(name)).i32Add().v128Load32Splat();
    },
    draw({ buffer }) {
      pushDraw();
      code.v128Load32Splat(buffer);
    },
  };
}

/** What a block computes for single neurons of a side: values that their synapses need, and new values of their variables. */
export interface NeuronValues {
  /** Nodes at hand in locals once `emit` has run. */
  readonly locals: ReturnType<typeof nodeLocals>;
  /** Computes the values of the neuron whose number, times four, is in the local. */
  emit(): void;
}

/**
 * Prepares what depends on a neuron alone, for an event of that neuron or for its row of synapses.
 *
 * @param neuron - local with four times the neuron's number
 * @param stores - whether the neuron's variables take their new values, as for an event; its draws are then made here
 */
export function neuronValues(
  frame: Frame,
  parts: BlockParts,
  side: Side,
  nodes: readonly NodeId[],
  { neuron, stores }: { readonly neuron: number; readonly stores: boolean },
): NeuronValues {
  const { code, places } = frame;
  const updates = stores ? parts.updates[side] : [];
  const locals = nodeLocals(frame, parts.block, nodes);
  const inGroup = () =>
    code
      .localGet(neuron)
      .i32Const(4 * GROUP - 4)
      .i32And();
  const access = splats(frame, neuron, () => (stores ? inGroup() : code.localGet(neuron)));
  const roots = [...nodes, ...updates.map(({ node }) => node)];
  const lowering = lowerBlock(frame, parts.block, roots, access);
  const changed = updates.map(({ name, node }) => ({ name, node, local: code.local('v128') }));
  const first = code.local('i32');
  const emit = () => {
    if (stores && sitesOf(frame, parts, side).length > 0) {
      code.localGet(neuron).i32Const(6).i32ShrU().i32Const(firstGroupOf(frame, side)).i32Add().localSet(first);
      const all = groupsOf(sizeOf(frame, side));
      frame.draw(sitesOf(frame, parts, side), { all, first: { local: first }, groups: 1 });
    }
    lowering.begin();
    for (const [id, { local, form }] of locals) {
      lowering[form](id);
      code.localSet(local);
    }
    for (const { node, local } of changed) {
      lowering.float(node);
      code.localSet(local);
    }
    for (const { name, local } of changed) {
      frame.pushInPlane(neuron);
      code.localGet(local).v128Store32Lane(0, places.variables[name]!);
    }
  };
  return { locals, emit };
}

/** Draws for all neurons of a side, where a block that runs for all of them has random calls of that side. */
export function drawForAll(frame: Frame, parts: BlockParts, side: Side): void {
  const groups = groupsOf(sizeOf(frame, side));
  frame.draw(sitesOf(frame, parts, side), { all: groups, first: firstGroupOf(frame, side), groups });
}

/**
 * Prepares a sweep over all neurons of a side, four at a time; the result emits it. Pad lanes are computed like neurons.
 */
export function neuronSweep(frame: Frame, parts: BlockParts, side: Side): () => void {
  const { code, places } = frame;
  const updates = parts.updates[side];
  if (updates.length === 0) return () => {};
  const at = code.local('i32');
  const access: LeafAccess = {
    variable(name) {
      frame.pushInPlane(at);
      code.v128Load(places.variables[name]!);
    },
    read(name) {
      code.localGet(at).localGet(frame.readsAt(name)).i32Add().v128Load();
    },
    draw({ buffer }) {
      code.localGet(at).v128Load(buffer);
    },
  };
  const roots = updates.map(({ node }) => node);
  const lowering = lowerBlock(frame, parts.block, roots, access);
  const changed = updates.map(({ name, node }) => ({ name, node, local: code.local('v128') }));
  return () => {
    code.i32Const(0).localSet(at).loop();
    lowering.begin();
    for (const { node, local } of changed) {
      lowering.float(node);
      code.localSet(local);
    }
    for (const { name, local } of changed) {
      frame.pushInPlane(at);
      code.localGet(local).v128Store(places.variables[name]!);
    }
    code.localGet(at).i32Const(16).i32Add().localTee(at);
    code
      .i32Const(16 * Math.ceil(sizeOf(frame, side) / 4))
      .i32LtU()
      .brIf(0)
      .end();
  };
}

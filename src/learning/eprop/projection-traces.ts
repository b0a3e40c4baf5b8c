import { own } from '../../base/own.ts';
import {
  emitTraceFilters,
  emitTraces,
  type ModuleBuilder,
  type NodeId,
  type Place,
  type TracePlaces,
  type TraceProgram,
} from '../../expr/index.ts';
import type { Arena, Engine, PopulationLayout, ProjectionLayout } from '../../network/index.ts';
import { padded } from '../../network/index.ts';
import { type SynapseOrder, synapseOrder } from './synapse-order.ts';

/** What the traces of all projections of a learner have in common. */
export interface TraceOptions {
  /** Decay per step of the readout, by which traces onto other populations are filtered. */
  readonly readoutDecay: number;
  readonly readout: string;
  /** Populations whose firing rates are regulated: their synapses keep Σ e. */
  readonly regulated: readonly string[];
  /** Whether synapses keep a credit for rewards that come later, and the places of what that needs. */
  readonly credit?: { readonly discount: Place; readonly error: Place };
}

/** The eligibility traces of one projection: where they lie, and the code that advances them. */
export interface ProjectionTraces {
  readonly own: ProjectionLayout;
  readonly order: SynapseOrder;
  readonly program: TraceProgram;
  readonly places: TracePlaces;
  /** Names of the exported functions. */
  readonly filters: string;
  readonly synapses: string;
  /** Everything that is 0 at the start of a sequence, and at an update: address and bytes. */
  readonly state: readonly { readonly at: number; readonly bytes: number }[];
  readonly sums: readonly { readonly at: number; readonly bytes: number }[];
}

/**
 * Lays out the traces of one trainable projection and adds their code to a module.
 *
 * @param signal - [batch, postPadded] f32 per step: the learning signal of the target
 */
export function layTraces(
  engine: Engine,
  projection: ProjectionLayout,
  signal: Place,
  options: TraceOptions,
  arena: Arena,
): Omit<ProjectionTraces, 'filters' | 'synapses'> {
  const { to, input, preSize, postSize } = projection.projection;
  const order = synapseOrder(engine, projection, arena);
  const target = engine.layout.populations[to]!;
  const program = target.plan.traces[input]!;
  const { batch } = engine.options;
  const { slots } = signal;
  const sums: { at: number; bytes: number }[] = [];
  const state: { at: number; bytes: number }[] = [];
  const span = (length: number, list: { at: number; bytes: number }[]) => {
    const at = arena.span(length);
    list.push({ at, bytes: length });
    return at;
  };
  const bytes = 4 * order.synapses;
  const perSynapse = () => span(batch * bytes, state);
  const slotBytes = 4 * batch * padded(preSize);
  const readsTrace = [...program.updates.flat(), ...program.trace].some(({ of }) => of === 'trace');
  const toReadout = to === options.readout;
  const places: TracePlaces = {
    batch,
    order: order.order,
    synapses: order.synapses,
    prePadded: padded(preSize),
    postPadded: padded(postSize),
    filters: program.filters.map(() => ({ base: span(slotBytes * slots, state), slotBytes, slots })),
    nodes: nodePlaces(target, program),
    signal,
    components: program.components.map(perSynapse),
    ...(readsTrace ? { trace: perSynapse() } : {}),
    ...(toReadout || options.readoutDecay === 0
      ? {}
      : { filtered: { address: perSynapse(), decay: options.readoutDecay } }),
    ...(options.credit ? { credit: { ...options.credit, address: perSynapse() } } : {}),
    gradient: span(bytes, sums),
    ...(options.regulated.includes(to) ? { traceSum: span(bytes, sums) } : {}),
  };
  return { own: projection, order, program, places, state, sums };
}

/** Where the forward pass leaves the values that traces read. */
function nodePlaces({ plan, forward }: PopulationLayout, program: TraceProgram): Map<NodeId, Place> {
  const wanted = new Set(
    [...program.updates.flat(), ...program.trace].flatMap(({ factor }) =>
      factor.node === undefined ? [] : [factor.node],
    ),
  );
  const kept = plan.tape.nodes.map(({ node }, i) => [node, forward.tape[i]!] as const);
  return new Map(kept.filter(([node]) => wanted.has(node)));
}

/** Adds a projection's two functions to a module. */
export function compileTraces(
  module: ModuleBuilder,
  engine: Engine,
  laid: Omit<ProjectionTraces, 'filters' | 'synapses'>,
): ProjectionTraces {
  const { name, from, delay } = laid.own.projection;
  const { layout } = engine;
  const source = own(layout.inputs, from) ?? layout.populations[from]!;
  const { size, padded: width, rowBytes, spiking, output } = source;
  const shape = { batch: layout.options.batch, size, padded: width, rowBytes, spiking, output, delta: -delay };
  const step = emitTraceFilters(module, laid.program.filters, shape, laid.places.filters);
  const filters = `filters ${name}`;
  module.addFunction(
    ['i32', 'i32'],
    [],
    (code) => {
      code.block().loop().localGet(1).i32Eqz().brIf(1);
      code.localGet(0).i32Const(1).i32Add().localTee(0).call(step);
      code.localGet(1).i32Const(1).i32Sub().localSet(1).br(0).end().end();
    },
    filters,
  );
  const synapses = `synapses ${name}`;
  emitTraces(module, laid.program, laid.places, synapses);
  return { ...laid, filters, synapses };
}

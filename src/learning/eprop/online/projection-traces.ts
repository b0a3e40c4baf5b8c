import { own } from '../../../base/own.ts';
import {
  emitTraceFilters,
  emitTraces,
  type ModuleBuilder,
  type NodeId,
  type Place,
  readsTrace,
  type SpikeLists,
  type TracePlaces,
  type TraceProgram,
  type TraceSource,
  traceIsFunction,
} from '../../../expr/index.ts';
import type { Arena, Engine, PopulationLayout, ProjectionLayout } from '../../../network/index.ts';
import { padded } from '../../../network/index.ts';
import type { RowSpan } from './row-spans.ts';
import { type SynapseOrder, synapseOrder } from './synapse-order.ts';

/** What the traces of all projections of a learner have in common. */
export interface TraceOptions {
  /** Decay per step of the readout, by which traces onto other populations are filtered. */
  readonly readoutDecay: number;
  readonly readout: string;
  /** Populations whose firing rates are regulated: their synapses keep Σ e. */
  readonly regulated: readonly string[];
  /** Whether synapses keep a credit for rewards that come later, and the places of what that needs; signals by population. */
  readonly credit?: {
    readonly discount: Place;
    readonly error: Place;
    readonly direct?: Readonly<Record<string, Place>>;
  };
  /** Whether all-to-all synapses of spiking neurons take whole blocks at once, see `emitBlockTraces`. */
  readonly blocks?: boolean;
}

/** The eligibility traces of one projection: where they lie, and the code that advances them. */
export interface ProjectionTraces {
  readonly own: ProjectionLayout;
  readonly order: SynapseOrder;
  readonly program: TraceProgram;
  readonly places: TracePlaces;
  /** Present if whole blocks are taken at once: all-to-all synapses of spiking neurons. */
  readonly lists?: SpikeLists;
  /** Names of the exported functions. */
  readonly filters: string;
  readonly synapses: string;
  /** Everything that is 0 at the start of a sequence, and at an update: address and bytes. */
  readonly state: readonly RowSpan[];
  readonly sums: readonly { readonly at: number; readonly bytes: number }[];
}

/** Traces that have their places, and no code yet. */
export type LaidTraces = Omit<ProjectionTraces, 'filters' | 'synapses'>;

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
): LaidTraces {
  const { to, input, preSize, postSize } = projection.projection;
  const order = synapseOrder(engine, projection, arena);
  const target = engine.layout.populations[to]!;
  const program = target.plan.traces[input]!;
  const { batch } = engine.options;
  const { slots } = signal;
  const sums: RowSpan[] = [];
  const state: RowSpan[] = [];
  const span = (length: number, list: RowSpan[], groups = 1) => {
    const at = arena.span(length);
    list.push({ at, bytes: length, groups });
    return at;
  };
  const bytes = 4 * order.synapses;
  const perSynapse = () => span(batch * bytes, state);
  const slotBytes = 4 * batch * padded(preSize);
  const { spiking } = sourceOf(engine, projection);
  const whole = options.blocks === true && order.order.kind === 'dense' && spiking;
  const keepsTrace = readsTrace(program) && !(whole && traceIsFunction(program));
  const nodes = nodePlaces(target, program);
  // A trace that is not kept is computed from what its postsynaptic neuron had at the end of the block before.
  const { origin } = engine.layout;
  if (readsTrace(program) && !keepsTrace)
    for (const { base, slotBytes } of nodes.values())
      state.push({ at: base + origin * slotBytes, bytes: slotBytes, groups: 1 });
  const toReadout = to === options.readout;
  const places: TracePlaces = {
    batch,
    order: order.order,
    synapses: order.synapses,
    prePadded: padded(preSize),
    postPadded: padded(postSize),
    filters: program.filters.map(() => ({ base: span(slotBytes * slots, state, slots), slotBytes, slots })),
    nodes,
    signal,
    components: program.components.map(perSynapse),
    ...(keepsTrace ? { trace: perSynapse() } : {}),
    ...(toReadout || options.readoutDecay === 0
      ? {}
      : { filtered: { address: perSynapse(), decay: options.readoutDecay } }),
    ...(options.credit
      ? { credit: { ...options.credit, direct: options.credit.direct?.[to], address: perSynapse() } }
      : {}),
    gradient: span(bytes, sums),
    ...(options.regulated.includes(to) ? { traceSum: span(bytes, sums) } : {}),
  };
  const lists = whole ? { lists: spikeLists(preSize, slots, arena) } : {};
  return { own: projection, order, program, places, ...lists, state, sums };
}

const spikeLists = (size: number, slots: number, arena: Arena): SpikeLists => ({
  counts: arena.span(4 * size),
  offsets: arena.span(4 * size * slots),
  slots,
});

/** The activity that reaches the synapses. */
export function sourceOf({ layout }: Engine, { projection: { from, delay } }: ProjectionLayout): TraceSource {
  const { size, padded: width, rowBytes, spiking, output } = own(layout.inputs, from) ?? layout.populations[from]!;
  return { batch: layout.options.batch, size, padded: width, rowBytes, spiking, output, delta: -delay };
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

/** Adds the function (from: i32, steps: i32) → () that advances a projection's filters; returns its name. */
export function compileFilters(module: ModuleBuilder, engine: Engine, { own, program, places }: LaidTraces): string {
  const step = emitTraceFilters(module, program.filters, sourceOf(engine, own), places.filters);
  const name = `filters ${own.projection.name}`;
  module.addFunction(
    ['i32', 'i32'],
    [],
    (code) => {
      code.block().loop().localGet(1).i32Eqz().brIf(1);
      code.localGet(0).i32Const(1).i32Add().localTee(0).call(step);
      code.localGet(1).i32Const(1).i32Sub().localSet(1).br(0).end().end();
    },
    name,
  );
  return name;
}

/** Adds a projection's two functions to a module. */
export function compileTraces(module: ModuleBuilder, engine: Engine, laid: LaidTraces): ProjectionTraces {
  const filters = compileFilters(module, engine, laid);
  const synapses = `synapses ${laid.own.projection.name}`;
  emitTraces(module, laid.program, laid.places, synapses);
  return { ...laid, filters, synapses };
}

import { UnsupportedError } from '../../base/errors.ts';
import { own } from '../../base/own.ts';
import {
  emitTraceFilters,
  emitTraces,
  type ModuleBuilder,
  type NodeId,
  type Place,
  TILE,
  type TracePlaces,
  type TraceProgram,
} from '../../expr/index.ts';
import type { Arena, Engine, PopulationLayout, ProjectionLayout } from '../../network/index.ts';
import { padded } from '../../network/index.ts';

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
 * @throws UnsupportedError for a projection that is not all-to-all
 */
export function layTraces(
  engine: Engine,
  projection: ProjectionLayout,
  signal: Place,
  options: TraceOptions,
  arena: Arena,
): Omit<ProjectionTraces, 'filters' | 'synapses'> {
  const { name, to, input, preSize, postSize } = projection.projection;
  if (projection.kind !== 'dense') {
    throw new UnsupportedError(
      `projection "${name}"`,
      `expected all-to-all synapses for online e-prop, got ${projection.kind}`,
      {
        hint: 'train sparse projections on whole sequences: Trainer with rule: eprop()',
      },
    );
  }
  const target = engine.layout.populations[to]!;
  const program = target.plan.traces[input]!;
  const { batch } = engine.options;
  const { slots } = signal;
  const preRows = TILE * Math.ceil(preSize / TILE);
  const postPadded = padded(postSize);
  const sums: { at: number; bytes: number }[] = [];
  const state: { at: number; bytes: number }[] = [];
  const span = (bytes: number, list: { at: number; bytes: number }[]) => {
    const at = arena.span(bytes);
    list.push({ at, bytes });
    return at;
  };
  const matrix = 4 * preRows * postPadded;
  const synapses = () => span(batch * matrix, state);
  const slotBytes = 4 * batch * padded(preSize);
  const readsTrace = program.updates.flat().some(({ of }) => of === 'trace');
  const toReadout = to === options.readout;
  const places: TracePlaces = {
    batch,
    preRows,
    prePadded: padded(preSize),
    postPadded,
    filters: program.filters.map(() => ({ base: span(slotBytes * slots, state), slotBytes, slots })),
    nodes: nodePlaces(target, program),
    signal,
    components: program.components.map(synapses),
    ...(readsTrace ? { trace: synapses() } : {}),
    ...(toReadout || options.readoutDecay === 0
      ? {}
      : { filtered: { address: synapses(), decay: options.readoutDecay } }),
    ...(options.credit ? { credit: { ...options.credit, address: synapses() } } : {}),
    gradient: span(matrix, sums),
    ...(options.regulated.includes(to) ? { traceSum: span(matrix, sums) } : {}),
  };
  return { own: projection, program, places, state, sums };
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

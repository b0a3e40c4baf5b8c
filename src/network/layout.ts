import { InternalError, ParameterError, UnsupportedError, unknownName } from '../base/errors.ts';
import { own } from '../base/own.ts';
import {
  type AdjointPlaces,
  deriveParameters,
  detachReset,
  type ForwardPlaces,
  type Place,
  type PlanOptions,
  type PopulationPlan,
  planPopulation,
  type StepProgram,
} from '../expr/index.ts';
import { csrScratchBytes, leakyScratchBytes, stripFloats } from '../kernels/index.ts';
import { spikeRowBytes } from '../tensor/index.ts';
import { Arena, padded } from './arena.ts';
import { blockScratchBytes, blockStepsOf, deliversAhead, sumsInBlocks } from './blocks.ts';
import { emitsSpikes, type Network, type Projection } from './network.ts';
import type { NetworkParameters } from './parameters.ts';
import { layPlastic, type PlasticLayout } from './plastic/plastic-layout.ts';

/** What a simulation must keep, and so how its memory is laid out. */
export interface LayoutOptions {
  readonly batch: number;
  /** Time step in ms; for plastic synapses, whose decays depend on it. */
  readonly dt?: number;
  /** Time steps of one block: a training sequence, or what a simulation runs per call into WebAssembly. */
  readonly steps: number;
  /** Present when gradients are wanted: base parameters to train, per population. */
  readonly training?: {
    readonly parameters: Readonly<Record<string, readonly string[]>>;
    /** Populations that a loss reads; their dE/d output is given per step. */
    readonly readouts: readonly string[];
    /** Keep states of this many steps only and recompute the rest from checkpoints. */
    readonly recomputeEvery?: number;
    /** Whether derivatives leave the reset out. */
    readonly detachReset?: boolean;
    /**
     * The projections through which gradients go back to the source: by their weights, or by feedback weights of their
     * own. Default: all of them, by their weights.
     */
    readonly feedback?: Readonly<Record<string, 'weights' | 'own'>>;
    /** Room for this many synapses of a sparse projection, by projection, where learning moves them; default: as many as there are. */
    readonly capacity?: Readonly<Record<string, number>>;
    /** Whether steps after a block hand back adjoints; then nothing sums adjoints over time from 0. Default false. */
    readonly openEnd?: boolean;
  };
  /** Present when eligibility traces are wanted, in place of `training`. */
  readonly traces?: {
    /** ms. */
    readonly dt: number;
    readonly detachReset: boolean;
    /** Population whose response is wanted even if no synapse onto it learns. */
    readonly readout?: string;
  };
  /** State variables to keep for every step of a block, per population. */
  readonly record?: Readonly<Record<string, readonly string[]>>;
}

export interface SourceLayout {
  readonly spiking: boolean;
  readonly size: number;
  readonly padded: number;
  readonly rowBytes: number;
  /** Bytes of one time step. */
  readonly output: Place;
}

export interface PopulationLayout extends SourceLayout {
  readonly plan: PopulationPlan;
  readonly forward: ForwardPlaces;
  readonly adjoint?: AdjointPlaces;
  /** dE/d output per step, [steps, batch, padded], for populations that a loss reads. */
  readonly lossGradient?: Place;
  /** Copies of dE/dI for projections with a delay of 2 or more, per input. */
  readonly dInputRings: Readonly<Record<string, Place>>;
  readonly spikeCounts: number;
  /** Initial values of the states at checkpoints, one span per state, for recomputation. */
  readonly snapshots: Readonly<Record<string, Place>>;
  /** Bits [batch, rowBytes] per step: where dE/d output of that step is needed; absent: everywhere. */
  readonly outputGate?: Place;
}

export interface ProjectionLayout {
  readonly projection: Projection;
  readonly kind: 'dense' | 'sparse' | 'oneToOne';
  readonly count: number;
  /** f32: dense [pre, postPadded], else one per synapse. */
  readonly weights: number;
  /** What gradients go back to the source by, if they do. */
  readonly feedback: 'weights' | 'own' | 'none';
  /** As `weights`, and the same address unless feedback is `own`. */
  readonly feedbackWeights: number;
  /** Feedback weights of a dense projection: [post, prePadded]; with a `leakySum` in strips, see `leakyFeedback` of the kernels. */
  readonly transposed: number;
  /** [batch, prePadded]: what feedback adds per step, where it is a leaky sum of sparse terms. */
  readonly leakySum?: number;
  readonly gradient: number;
  readonly rowStart: number;
  readonly post: number;
  /** Present if the synapses are plastic; `weights` then holds the first batch row's. */
  readonly plastic?: PlasticLayout;
}

/** Where everything lies in the memory of one simulation. */
export interface Layout {
  readonly options: LayoutOptions;
  /** Steps whose input currents, or weight gradients, are computed at once: those with the same floor(t / blockSteps). */
  readonly blockSteps: number;
  readonly arena: Arena;
  /** Slot of the initial state; step k of a block (1 … steps) has slot `origin + k`. */
  readonly origin: number;
  readonly inputs: Readonly<Record<string, SourceLayout>>;
  readonly populations: Readonly<Record<string, PopulationLayout>>;
  readonly projections: Readonly<Record<string, ProjectionLayout>>;
  /** Scratch for the lists of spikes and of non-zeros. */
  readonly scratch: number;
}

/** Slots that a state with history needs: all steps, or those of one recomputed segment. */
const historySlots = (options: LayoutOptions, all: number): number => {
  const every = options.training?.recomputeEvery;
  return every === undefined ? all : Math.min(all, every + 1);
};

function place(arena: Arena, slotBytes: number, slots: number): Place {
  return { base: arena.span(slotBytes * slots), slotBytes, slots };
}

/** Base parameters given per neuron or trained. */
function namesPerNeuron(
  network: Network,
  name: string,
  parameters: NetworkParameters,
  trained: readonly string[],
): string[] {
  const { definition } = network.populations[name]!.model.model;
  const own = parameters.neurons[name]!;
  return Object.keys(definition.params).filter((key) => own[key]!.length > 1 || trained.includes(key));
}

/** The inputs of a population whose synapses learn, or all if it is the readout, and the values of its parameters, the first neuron's where they differ. */
function traceOptions(
  network: Network,
  name: string,
  parameters: NetworkParameters,
  program: StepProgram,
  { dt, readout }: NonNullable<LayoutOptions['traces']>,
): PlanOptions['traces'] {
  const learning = Object.values(network.projections).filter(
    ({ to, trainable }) => to === name && (trainable || name === readout),
  );
  const first = Object.entries(parameters.neurons[name]!).map(([key, values]) => [key, values[0]!] as const);
  return {
    inputs: [...new Set(learning.map(({ input }) => input))],
    values: deriveParameters(program, Object.fromEntries(first), dt),
  };
}

/** What gradients go back to a projection's source by. */
function feedbackOf({ name, fromInput }: Projection, { training }: LayoutOptions): ProjectionLayout['feedback'] {
  if (!training || fromInput) return 'none';
  return training.feedback === undefined ? 'weights' : (own(training.feedback, name) ?? 'none');
}

/** Whether the feedback of a projection can be had from the sparse adjoint of a leaky input: neurons, all to all, a step at most. */
const hasLeakyFeedback = (projection: Projection, { leaky }: PopulationPlan, options: LayoutOptions): boolean =>
  feedbackOf(projection, options) !== 'none' &&
  !options.training?.openEnd &&
  projection.topology.kind === 'allToAll' &&
  projection.delay <= 1 &&
  Object.hasOwn(leaky, projection.input);

/** Whether gradients come back to a population by sparse projections, whose price falls with what of them is needed. */
const hasSparseFeedback = (network: Network, name: string, parameters: NetworkParameters, options: LayoutOptions) =>
  Object.values(network.projections).some(
    (p) => p.from === name && feedbackOf(p, options) !== 'none' && parameters.connections[p.name]!.kind === 'sparse',
  );

/** Lays out one population. */
function layPopulation(
  network: Network,
  name: string,
  parameters: NetworkParameters,
  options: LayoutOptions,
  arena: Arena,
  slots: { all: number; maxDelay: number },
): PopulationLayout {
  const { size, model } = network.populations[name]!;
  const detached = options.training?.detachReset || options.traces?.detachReset;
  const program = detached ? detachReset(model.model.step) : model.model.step;
  const trained = own(options.training?.parameters, name) ?? [];
  for (const key of trained) {
    if (!Object.hasOwn(program.definition.params, key)) {
      throw unknownName(`population "${name}"`, 'parameter', key, Object.keys(program.definition.params));
    }
  }
  const plan = planPopulation(program, {
    outputGate: hasSparseFeedback(network, name, parameters, options),
    perNeuron: namesPerNeuron(network, name, parameters, trained),
    training: options.training !== undefined,
    trainable: trained,
    traces: options.traces && traceOptions(network, name, parameters, program, options.traces),
  });
  const width = padded(size);
  const rowBytes = spikeRowBytes(size);
  const { batch } = options;
  const rowsBytes = 4 * width * batch;
  const floats = (count = 1) => place(arena, rowsBytes, count);
  const history = historySlots(options, slots.all);
  const inBlocks = (input: string, test: typeof sumsInBlocks) =>
    Object.values(network.projections).some((p) => p.to === name && p.input === input && test(network, p))
      ? blockStepsOf(options)
      : 1;
  const recorded = own(options.record, name) ?? [];
  for (const key of recorded) {
    if (!Object.hasOwn(program.definition.state, key))
      throw unknownName(`population "${name}"`, 'state', key, Object.keys(program.definition.state));
  }
  const stateNames = Object.keys(program.definition.state);
  const kept = (key: string) =>
    recorded.includes(key) || (options.training !== undefined && plan.tape.states.includes(key));
  if (history < slots.all && recorded.length > 0) {
    throw new ParameterError('Simulation', 'expected no recorded states together with recomputeEvery', {
      hint: 'leave one out',
    });
  }
  const state = Object.fromEntries(stateNames.map((key) => [key, floats(kept(key) ? history : 1)]));
  const spiking = program.spiking;
  const output = spiking ? place(arena, rowBytes * batch, slots.all) : floats(slots.all);
  const names = ['dt', ...Object.keys(program.definition.params), ...Object.keys(program.definition.derived ?? {})];
  const forward: ForwardPlaces = {
    batch,
    size,
    padded: width,
    rowBytes,
    params: Object.fromEntries(names.map((key) => [key, arena.span(4 * width)])),
    inputs: Object.fromEntries(
      Object.keys(program.definition.inputs).map((key) => [key, floats(inBlocks(key, deliversAhead))]),
    ),
    state,
    output,
    random: program.randomSites.map(() => floats()),
    tape: plan.tape.nodes.map(({ kind }) =>
      kind === 'bits' ? place(arena, rowBytes * batch, history) : floats(history),
    ),
  };
  const { training } = options;
  const segments = training?.recomputeEvery ? Math.ceil(options.steps / training.recomputeEvery) + 1 : 0;
  const snapshots = segments > 0 ? Object.fromEntries(stateNames.map((key) => [key, floats(segments)])) : {};
  const common = {
    size,
    padded: width,
    rowBytes,
    spiking,
    output,
    plan,
    forward,
    spikeCounts: arena.span(4 * width),
    snapshots,
    ...(plan.outputGate === undefined
      ? {}
      : { outputGate: forward.tape[plan.tape.nodes.findIndex(({ node }) => node === plan.outputGate)]! }),
  };
  if (!training) return { ...common, dInputRings: {} };
  const inputNames = Object.keys(program.definition.inputs);
  const lossGradient = training.readouts.includes(name) ? { lossGradient: floats(slots.all) } : {};
  const adjoint: AdjointPlaces = {
    ...forward,
    ...lossGradient,
    dState: Object.fromEntries(stateNames.map((key) => [key, arena.span(rowsBytes)])),
    dOutput: arena.span(rowsBytes),
    dOutputConstant: arena.span(4 * width),
    dInputs: Object.fromEntries(inputNames.map((key) => [key, floats(inBlocks(key, sumsInBlocks))])),
    dInputsSparse: Object.fromEntries(
      Object.values(network.projections)
        .filter((projection) => projection.to === name && hasLeakyFeedback(projection, plan, options))
        .map(({ input }) => [input, { q: arena.span(rowsBytes), decay: arena.span(16) }]),
    ),
    dParams: Object.fromEntries(plan.trainable.map((key) => [key, arena.span(4 * width)])),
  };
  const delayed = (input: string) =>
    Object.values(network.projections).some(
      (p) => p.to === name && p.input === input && p.delay >= 2 && feedbackOf(p, options) !== 'none',
    );
  return {
    ...common,
    adjoint,
    ...lossGradient,
    dInputRings: Object.fromEntries(inputNames.filter(delayed).map((key) => [key, floats(slots.maxDelay + 1)])),
  };
}

/** Plastic synapses: weights are one of their variables. */
function layPlasticProjection(
  projection: Projection,
  parameters: NetworkParameters,
  { batch, dt, training, traces }: LayoutOptions,
  arena: Arena,
): ProjectionLayout {
  if (training || traces) {
    throw new UnsupportedError(
      `projection "${projection.name}"`,
      'expected fixed synapses in training, got plastic ones',
      {
        hint: 'plastic synapses run in a Simulation',
      },
    );
  }
  const connections = parameters.connections[projection.name]!;
  if (connections.kind !== 'sparse')
    throw new InternalError('layOut', `expected sparse synapses, got ${connections.kind}`);
  const count = connections.weights.length;
  // A vector of four may begin at the last synapse.
  const [rowStart, post] = [arena.span(4 * (projection.preSize + 1)), arena.span(4 * (count + 4))];
  const plastic = layPlastic(projection, connections.pattern, batch, dt, arena);
  const weights = plastic.variables.w!;
  const none = { feedback: 'none', feedbackWeights: weights, transposed: 0, gradient: 0 } as const;
  return { projection, kind: 'sparse', count, weights, ...none, rowStart, post, plastic };
}

function layProjection(
  projection: Projection,
  parameters: NetworkParameters,
  options: LayoutOptions,
  { plan }: PopulationLayout,
  arena: Arena,
): ProjectionLayout {
  if (projection.plastic) return layPlasticProjection(projection, parameters, options, arena);
  const { batch, training, traces } = options;
  const feedback = feedbackOf(projection, options);
  const connections = parameters.connections[projection.name]!;
  const { preSize, postSize } = projection;
  const dense = connections.kind === 'dense';
  const room = own(options.training?.capacity, projection.name) ?? connections.weights.length;
  const count = dense ? preSize * padded(postSize) : room;
  const sparse = connections.kind === 'sparse';
  const leaky = hasLeakyFeedback(projection, plan, options);
  const transposed = leaky ? stripFloats(preSize, postSize) : postSize * padded(preSize);
  const weights = arena.span(4 * count);
  return {
    projection,
    kind: connections.kind,
    count,
    weights,
    feedback,
    feedbackWeights: feedback === 'own' ? arena.span(4 * count) : weights,
    transposed: dense && feedback !== 'none' ? arena.span(4 * transposed) : 0,
    ...(leaky ? { leakySum: arena.span(4 * batch * padded(preSize)) } : {}),
    gradient: (training || traces) && projection.trainable ? arena.span(4 * count) : 0,
    rowStart: sparse ? arena.span(4 * (preSize + 1)) : 0,
    post: sparse ? arena.span(4 * count) : 0,
  };
}

/**
 * Lays out the memory of a simulation; nothing is allocated yet.
 *
 * @throws ParameterError for unknown names and impossible combinations
 */
export function layOut(network: Network, parameters: NetworkParameters, options: LayoutOptions): Layout {
  for (const [what, value] of [
    ['batch', options.batch],
    ['steps', options.steps],
  ] as const) {
    if (!Number.isInteger(value) || value < 1)
      throw new ParameterError('Simulation', `expected ${what} of 1 or more, got ${value}`);
  }
  const projections = Object.values(network.projections);
  const maxDelay = Math.max(1, ...projections.map((p) => p.delay));
  const slots = { all: options.steps + maxDelay, maxDelay };
  const arena = new Arena();
  const inputs = Object.fromEntries(
    Object.entries(network.inputs).map(([name, { size }]) => {
      const spiking = emitsSpikes(network, name);
      const rowBytes = spikeRowBytes(size);
      const slotBytes = options.batch * (spiking ? rowBytes : 4 * padded(size));
      return [name, { spiking, size, padded: padded(size), rowBytes, output: place(arena, slotBytes, slots.all) }];
    }),
  );
  const widest = Math.max(...Object.values({ ...network.inputs, ...network.populations }).map((group) => group.size));
  const populations = Object.fromEntries(
    network.order.map((name) => [name, layPopulation(network, name, parameters, options, arena, slots)]),
  );
  const layouts = Object.fromEntries(
    projections.map((p) => [p.name, layProjection(p, parameters, options, populations[p.to]!, arena)]),
  );
  const lists = Math.max(0, ...projections.map((p) => leakyScratchBytes(options.batch, p.postSize)));
  const blockSteps = blockStepsOf(options);
  const rows = blockSteps * options.batch;
  const training = options.training !== undefined;
  const blocks = Math.max(0, ...projections.map((p) => blockScratchBytes(network, p, rows, training)));
  const lanes = Math.max(0, ...projections.map((p) => csrScratchBytes(p.postSize)));
  const scratch = arena.span(Math.max(4 * (widest + 64), training ? Math.max(lists, lanes) : 0, blocks));
  return { options, blockSteps, arena, origin: maxDelay - 1, inputs, populations, projections: layouts, scratch };
}

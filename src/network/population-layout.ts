import { ParameterError, unknownName } from '../base/errors.ts';
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
import { spikeRowBytes } from '../tensor/index.ts';
import { type Arena, padded } from './arena.ts';
import { blockStepsOf, deliversAhead, sumsInBlocks } from './blocks.ts';
import { type LayoutOptions, place, type SourceLayout } from './layout-options.ts';
import type { Network } from './network.ts';
import type { NetworkParameters } from './parameters.ts';
import { feedbackOf, hasLeakyFeedback, hasSparseFeedback } from './projection-layout.ts';

/** Where a population lies. */
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

/** Slots that a state with history needs: all steps, or those of one recomputed segment. */
const historySlots = (options: LayoutOptions, all: number): number => {
  const every = options.training?.recomputeEvery;
  return every === undefined ? all : Math.min(all, every + 1);
};

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

/** How a population is laid out: its own numbers, and what places of rows are made by. */
interface Frame {
  readonly network: Network;
  readonly name: string;
  readonly program: StepProgram;
  readonly plan: PopulationPlan;
  readonly options: LayoutOptions;
  readonly arena: Arena;
  readonly size: number;
  readonly padded: number;
  readonly rowBytes: number;
  readonly slots: Slots;
  /** Slots of what has a history. */
  readonly history: number;
  /** Room for so many time steps of a float per neuron and batch row. */
  readonly floats: (count?: number) => Place;
}

/** Time steps that are kept of outputs, and the longest delay. */
interface Slots {
  readonly all: number;
  readonly maxDelay: number;
}

const stepProgram = (network: Network, name: string, { training, traces }: LayoutOptions): StepProgram => {
  const { step } = network.populations[name]!.model.model;
  return training?.detachReset || traces?.detachReset ? detachReset(step) : step;
};

function checkNames(name: string, kind: string, given: readonly string[], declared: object): void {
  for (const key of given) {
    if (!Object.hasOwn(declared, key)) throw unknownName(`population "${name}"`, kind, key, Object.keys(declared));
  }
}

/** Steps of an input's currents, or of their adjoints, that are computed at once. */
function inputSteps({ network, name, options }: Frame, input: string, test: typeof sumsInBlocks): number {
  const { projections } = network;
  const inBlocks = Object.values(projections).some((p) => p.to === name && p.input === input && test(network, p));
  return inBlocks ? blockStepsOf(options) : 1;
}

const fill = <T>(names: readonly string[], make: (name: string) => T): Record<string, T> =>
  Object.fromEntries(names.map((name) => [name, make(name)]));

function layForward(frame: Frame, recorded: readonly string[]): ForwardPlaces {
  const { program, plan, options, arena, size, padded: width, rowBytes, slots, history, floats } = frame;
  const { definition, spiking } = program;
  const { batch } = options;
  const kept = (key: string) =>
    recorded.includes(key) || (options.training !== undefined && plan.tape.states.includes(key));
  const state = fill(Object.keys(definition.state), (key) => floats(kept(key) ? history : 1));
  const output = spiking ? place(arena, rowBytes * batch, slots.all) : floats(slots.all);
  const names = ['dt', ...Object.keys(definition.params), ...Object.keys(definition.derived ?? {})];
  return {
    batch,
    size,
    padded: width,
    rowBytes,
    params: fill(names, () => arena.span(4 * width)),
    inputs: fill(Object.keys(definition.inputs), (key) => floats(inputSteps(frame, key, deliversAhead))),
    state,
    output,
    random: program.randomSites.map(() => floats()),
    tape: plan.tape.nodes.map(({ kind }) =>
      kind === 'bits' ? place(arena, rowBytes * batch, history) : floats(history),
    ),
  };
}

/** What gradients need beside the forward places. */
function layBackward(
  frame: Frame,
  forward: ForwardPlaces,
  readouts: readonly string[],
): Pick<PopulationLayout, 'adjoint' | 'lossGradient' | 'dInputRings'> {
  const { network, name, program, plan, options, arena, padded: width, slots, floats } = frame;
  const { state, inputs } = program.definition;
  const rowsBytes = 4 * width * options.batch;
  const onto = Object.values(network.projections).filter(({ to }) => to === name);
  const lossGradient = readouts.includes(name) ? { lossGradient: floats(slots.all) } : {};
  const adjoint: AdjointPlaces = {
    ...forward,
    ...lossGradient,
    dState: fill(Object.keys(state), () => arena.span(rowsBytes)),
    dOutput: arena.span(rowsBytes),
    dOutputConstant: arena.span(4 * width),
    dInputs: fill(Object.keys(inputs), (key) => floats(inputSteps(frame, key, sumsInBlocks))),
    dInputsSparse: Object.fromEntries(
      onto
        .filter((projection) => hasLeakyFeedback(projection, plan, options))
        .map(({ input }) => [input, { q: arena.span(rowsBytes), decay: arena.span(16) }]),
    ),
    dParams: fill(plan.trainable, () => arena.span(4 * width)),
  };
  const delayed = (input: string) =>
    onto.some((p) => p.input === input && p.delay >= 2 && feedbackOf(p, options) !== 'none');
  const dInputRings = fill(Object.keys(inputs).filter(delayed), () => floats(slots.maxDelay + 1));
  return { adjoint, ...lossGradient, dInputRings };
}

/**
 * Lays out one population.
 *
 * @throws ParameterError for an unknown parameter or state, and for recorded states of which only some are kept
 */
export function layPopulation(
  network: Network,
  name: string,
  parameters: NetworkParameters,
  options: LayoutOptions,
  arena: Arena,
  slots: Slots,
): PopulationLayout {
  const { training, batch } = options;
  const program = stepProgram(network, name, options);
  const { definition, spiking } = program;
  const [trained, recorded] = [own(training?.parameters, name) ?? [], own(options.record, name) ?? []];
  checkNames(name, 'parameter', trained, definition.params);
  checkNames(name, 'state', recorded, definition.state);
  const history = historySlots(options, slots.all);
  if (history < slots.all && recorded.length > 0) {
    throw new ParameterError('Simulation', 'expected no recorded states together with recomputeEvery', {
      hint: 'leave one out',
    });
  }
  const plan = planPopulation(program, {
    outputGate: hasSparseFeedback(network, name, parameters, options),
    perNeuron: namesPerNeuron(network, name, parameters, trained),
    training: training !== undefined,
    trainable: trained,
    traces: options.traces && traceOptions(network, name, parameters, program, options.traces),
  });
  const { size } = network.populations[name]!;
  const sizes = { size, padded: padded(size), rowBytes: spikeRowBytes(size) };
  const floats = (count = 1) => place(arena, 4 * sizes.padded * batch, count);
  const frame = { network, name, program, plan, options, arena, ...sizes, slots, history, floats };
  const forward = layForward(frame, recorded);
  const segments = training?.recomputeEvery ? Math.ceil(options.steps / training.recomputeEvery) + 1 : 0;
  const snapshots = segments > 0 ? fill(Object.keys(definition.state), () => floats(segments)) : {};
  const { output } = forward;
  const gate = plan.tape.nodes.findIndex(({ node }) => node === plan.outputGate);
  const common = {
    ...sizes,
    spiking,
    output,
    plan,
    forward,
    spikeCounts: arena.span(4 * sizes.padded),
    snapshots,
    ...(gate < 0 ? {} : { outputGate: forward.tape[gate]! }),
  };
  return training ? { ...common, ...layBackward(frame, forward, training.readouts) } : { ...common, dInputRings: {} };
}

import { ParameterError } from '../../base/errors.ts';
import {
  deriveParameters,
  evaluateGraph,
  type Graph,
  type Leaf,
  type NeuronInstance,
  type NeuronModel,
  type NodeId,
  type Place,
  variesWithTime,
} from '../../expr/index.ts';
import { type Layout, layOut } from '../layout.ts';
import { defineNetwork, type Network } from '../network.ts';
import type { PopulationSpec } from '../network-spec.ts';
import { initialParameters, type NetworkParameters } from '../parameters.ts';
import { absorbInputs } from './absorb-inputs.ts';
import { type Bundle, layBundles, type StaticProjection } from './event-bundles.ts';
import { type Currents, layCurrents } from './event-currents.ts';
import { checkEventProjection, type EventNetworkSpec, type EventPopulationSpec } from './event-spec.ts';
import { checkSignals, type EventSynapses, keptStates, layEventSynapses, resolveSynapses } from './event-synapses.ts';
import { checkParts, type Part, type Slice, slicesOf } from './partition.ts';
import { layDrives, type PoissonDrive } from './poisson-drives.ts';
import { Wiring } from './wiring.ts';

/** Steps between two looks from outside: spikes are copied out, states checked. */
export const BLOCK_STEPS = 64;

/** A projection and its synapses; those that are static lie in a {@link Bundle}. */
export interface EventProjection {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly input: string;
  readonly wiring: Wiring;
  /** Where they lie, if they are plastic. */
  readonly plastic?: EventSynapses;
}

/** Where everything lies in the memory of an event-driven simulation. */
export interface EventLayout {
  /** Without populations that have no neuron here. */
  readonly network: Network;
  /** The neurons that are here, of every population. */
  readonly slices: Readonly<Record<string, Slice>>;
  readonly neurons: NetworkParameters;
  /** Neurons, their inputs and their spikes as bits; goes on with what is below. */
  readonly layout: Layout;
  /** Per population, the spikes of the last steps, of neurons here and elsewhere: u32 count, then u32 indices in ascending order. */
  readonly lists: Readonly<Record<string, Place>>;
  /** As `lists`, and the same places in a network that is not split: the spikes of the neurons here, since the last look from outside. */
  readonly ownLists: Readonly<Record<string, Place>>;
  readonly projections: readonly EventProjection[];
  /** Static synapses. */
  readonly bundles: readonly Bundle[];
  readonly drives: readonly PoissonDrive[];
  /** f32 each: values from outside that plastic synapses read. */
  readonly signals: Readonly<Record<string, number>>;
  /** f32 each, in a network that is split: the values of the step before of graded populations that plastic synapses read, here or elsewhere. */
  readonly heard: Readonly<Record<string, number>>;
  /** Where spikes to an input of a population are added up. */
  readonly currents: Currents;
  /** Longest delay of all projections, in steps. */
  readonly maxDelay: number;
  /** Shortest delay, at most {@link BLOCK_STEPS}, or 1 if there is something `heard`: what happens in so many steps depends on nothing that happens in them elsewhere. */
  readonly minDelay: number;
}

/** Whether a node is a positive number that no state or input changes, given parameters with one value for all neurons. */
function positiveGiven({ model, values }: NeuronInstance, dt: number): (graph: Graph, id: NodeId) => boolean {
  const single = Object.entries(values).filter(([, value]) => typeof value === 'number') as [string, number][];
  if (single.length < Object.keys(values).length) return () => false;
  const all = deriveParameters(model.step, Object.fromEntries(single), dt);
  const leaf = (node: Leaf) => (node.op === 'const' ? node.value : node.op === 'param' ? all[node.name]! : Number.NaN);
  return (graph, id) => !variesWithTime(graph)(id) && evaluateGraph(graph, [id], leaf)[id]! > 0;
}

/** A population whose step leaves out the inputs that are only added to a state, with these states by input. */
function absorbing(
  { size, model }: EventPopulationSpec,
  kept: ReadonlySet<string>,
  dt: number,
): {
  readonly size: number;
  readonly model: NeuronInstance;
  readonly states: Readonly<Record<string, string>>;
} {
  const { program, states } = absorbInputs(model.model.step, kept, positiveGiven(model, dt));
  const lean: NeuronModel = Object.assign(model.model.bind(undefined), model.model, { step: program });
  return { size, model: { ...model, model: lean }, states };
}

function layProjections(
  spec: EventNetworkSpec,
  { arena }: Layout,
  slices: Readonly<Record<string, Slice>>,
  dt: number,
  seed: number,
): EventProjection[] {
  // All are checked before the synapses of any are drawn.
  const checked = Object.entries(spec.projections).map(([name, projection]) => {
    const input = checkEventProjection(name, projection, spec.populations);
    const resolved = resolveSynapses(name, projection, spec);
    return { name, projection, input, resolved };
  });
  return checked.map(({ name, projection, input, resolved }) => {
    const { from, to } = projection;
    const [pre, post] = [spec.populations[from]!.size, spec.populations[to]!.size];
    const wiring = new Wiring(name, projection, { pre, post, same: from === to }, seed, slices[to]!);
    const plastic = resolved && layEventSynapses(name, resolved, wiring, dt, arena);
    return { name, from, to, input, wiring, ...(plastic ? { plastic } : {}) };
  });
}

/** A value for every graded population that is a signal of plastic synapses. */
function layHeard(
  { signals = {} }: EventNetworkSpec,
  projections: readonly EventProjection[],
  { arena }: Layout,
): Record<string, number> {
  const sources = projections.flatMap(({ plastic }) => Object.values(plastic?.projection.signals ?? {}));
  const graded = new Set(sources.filter((name) => !Object.hasOwn(signals, name)));
  return Object.fromEntries([...graded].map((name) => [name, arena.span(4)]));
}

/** The static synapses onto neurons that are here. */
function layStatic(
  projections: readonly EventProjection[],
  spec: EventNetworkSpec,
  { arena, populations }: Layout,
  currents: Currents,
): Bundle[] {
  const here = projections.filter(({ to, plastic }) => populations[to] && !plastic);
  const all = here.map(({ name, from, to, input, wiring }): StaticProjection => {
    const { weights } = spec.projections[name]!;
    const current = { ...currents[to]![input]!, size: populations[to]!.size };
    return { from, wiring, current, weight: typeof weights === 'number' ? weights : undefined };
  });
  return layBundles(all, arena);
}

/** The part of a network that has the neurons of slices, with their parameters. */
function cut(
  network: Network,
  { neurons }: NetworkParameters,
  slices: Readonly<Record<string, Slice>>,
): { network: Network; neurons: NetworkParameters } {
  const order = network.order.filter((name) => slices[name]!.size > 0);
  const populations = order.map((name) => {
    return [name, { ...network.populations[name]!, size: slices[name]!.size }] as const;
  });
  const values = order.map((name) => {
    const { first, size } = slices[name]!;
    const own = Object.entries(neurons[name]!).map(
      ([key, all]) => [key, all.length === 1 ? all : all.slice(first, first + size)] as const,
    );
    return [name, Object.fromEntries(own)] as const;
  });
  return {
    network: { ...network, order, populations: Object.fromEntries(populations) },
    neurons: { connections: {}, neurons: Object.fromEntries(values) },
  };
}

/** Room for lists of the spikes of populations, for a number of steps. */
function layLists(sizes: Iterable<readonly [string, number]>, slots: number, { arena }: Layout): Record<string, Place> {
  const entries = Array.from(sizes, ([name, size]): [string, Place] => {
    const slotBytes = 64 * Math.ceil((4 + 4 * size) / 64);
    return [name, { base: arena.span(slotBytes * slots), slotBytes, slots }];
  });
  return Object.fromEntries(entries);
}

/** Populations as a network without connections. */
function alone(populations: Readonly<Record<string, PopulationSpec>>): Network {
  const bare = Object.entries(populations).map(([name, { size, model }]) => [name, { size, model }] as const);
  return defineNetwork({ inputs: {}, populations: Object.fromEntries(bare), projections: {} });
}

/**
 * Checks a network, draws the synapses of a part of it once to count them, and lays out the part's memory; nothing of it
 * is allocated yet.
 *
 * @throws ParameterError, ShapeError for whatever is wrong with the network
 */
export function layOutEvents(spec: EventNetworkSpec, dt: number, seed: number, part: Part): EventLayout {
  const sizes = Object.fromEntries(Object.entries(spec.populations).map(([name, { size }]) => [name, size]));
  if (Object.keys(sizes).length === 0) {
    throw new ParameterError('EventSimulation', 'expected one population or more, got none');
  }
  checkSignals(spec);
  const populations = Object.fromEntries(
    Object.entries(spec.populations).map(([name, own]) => [name, absorbing(own, keptStates(spec, name), dt)]),
  );
  const all = alone(populations);
  checkParts(spec.populations, part.count);
  const slices = slicesOf(sizes, part);
  const { network, neurons } = cut(all, initialParameters(all, seed), slices);
  const states = Object.fromEntries(network.order.map((name) => [name, populations[name]!.states]));
  const { layout, currents } = layCurrents(layOut(network, neurons, { batch: 1, steps: 1 }), states);
  const drives = layDrives(spec, layout, slices, dt);
  const projections = layProjections(spec, layout, slices, dt, seed);
  const delays = projections.map(({ wiring }) => wiring.delays);
  const maxDelay = delays.reduce((most, { first, count }) => Math.max(most, first + count - 1), 1);
  const heard = part.count > 1 ? layHeard(spec, projections, layout) : {};
  const shortest = delays.reduce((least, { first }) => Math.min(least, first), BLOCK_STEPS);
  const minDelay = Object.keys(heard).length > 0 ? 1 : shortest;
  const lists = layLists(Object.entries(sizes), BLOCK_STEPS + maxDelay, layout);
  const ownSizes = network.order.map((name) => [name, slices[name]!.size] as const);
  const ownLists = part.count === 1 ? lists : layLists(ownSizes, BLOCK_STEPS, layout);
  const bundles = layStatic(projections, spec, layout, currents);
  const signals = Object.fromEntries(Object.keys(spec.signals ?? {}).map((name) => [name, layout.arena.span(4)]));
  const common = { network, slices, neurons, layout, lists, ownLists, projections, bundles, drives };
  return { ...common, signals, heard, currents, maxDelay, minDelay };
}

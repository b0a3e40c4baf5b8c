import { ParameterError, UnsupportedError } from '../../base/errors.ts';
import {
  deriveParameters,
  evaluateGraph,
  type Graph,
  type Leaf,
  type NeuronInstance,
  type NeuronModel,
  type NodeId,
  type Place,
} from '../../expr/index.ts';
import { type Layout, layOut } from '../layout.ts';
import { defineNetwork, type Network } from '../network.ts';
import type { PopulationSpec } from '../network-spec.ts';
import { initialParameters, type NetworkParameters } from '../parameters.ts';
import { absorbInputs } from './absorb-inputs.ts';
import { checkEventProjection, type EventNetworkSpec, type EventPopulationSpec } from './event-spec.ts';
import { checkSignals, type EventSynapses, keptStates, layEventSynapses, resolveSynapses } from './event-synapses.ts';
import { checkParts, type Part, type Slice, slicesOf } from './partition.ts';
import { layDrives, type PoissonDrive } from './poisson-drives.ts';
import { Wiring } from './wiring.ts';

/** Steps between two looks from outside: spikes are copied out, states checked. */
export const BLOCK_STEPS = 64;

/** Populations of at most this many neurons are named by 16 bits. */
const SHORT = 2 ** 16;

/** A projection, its synapses and where they lie. */
export interface EventProjection {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly input: string;
  readonly wiring: Wiring;
  /** u32, one per row and one more. */
  readonly rowStart: number;
  /** Bytes per target, 2 or 4. */
  readonly targetBytes: 2 | 4;
  readonly targets: number;
  /** The weight of all synapses, or the address of f32 weights. */
  readonly weight: { readonly value: number } | { readonly address: number };
  /** Present if the synapses are plastic; `weight` is then the address of their variable `w`. */
  readonly plastic?: EventSynapses;
}

/** Bytes of a projection's synapses, with what finds them. */
export function bytesOf({ wiring, targetBytes, weight, plastic }: EventProjection): number {
  const { rowStart, synapses, inDegrees } = wiring;
  const rows = targetBytes * synapses + 4 * rowStart.length;
  if (plastic === undefined) return rows + ('address' in weight ? 4 * synapses : 0);
  const { columns, plan, touched } = plastic;
  const own = Object.values(plan.program.variables).filter(({ scope }) => scope === 'synapse').length;
  const index = columns.count > 0 ? (4 + columns.preBytes) * columns.count + 4 * (inDegrees.length + 1) : 0;
  return rows + 4 * (own + (touched > 0 ? 1 : 0)) * synapses + index;
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
  readonly drives: readonly PoissonDrive[];
  /** f32 each: values from outside that plastic synapses read. */
  readonly signals: Readonly<Record<string, number>>;
  /** Where spikes to an input of a population are added up: at the input, or at the state that it is only added to. */
  readonly currents: Readonly<
    Record<string, Readonly<Record<string, { readonly at: number; readonly isState: boolean }>>>
  >;
  /** Longest delay of all projections, in steps. */
  readonly maxDelay: number;
  /** Shortest delay, at most {@link BLOCK_STEPS}: what happens in so many steps depends on nothing that happens in them elsewhere. */
  readonly minDelay: number;
}

/** Whether a node is positive whatever the states are, given parameters with one value for all neurons. */
function positiveGiven({ model, values }: NeuronInstance, dt: number): (graph: Graph, id: NodeId) => boolean {
  const single = Object.entries(values).filter(([, value]) => typeof value === 'number') as [string, number][];
  if (single.length < Object.keys(values).length) return () => false;
  const all = deriveParameters(model.step, Object.fromEntries(single), dt);
  const leaf = (node: Leaf) => (node.op === 'const' ? node.value : node.op === 'param' ? all[node.name]! : Number.NaN);
  return (graph, id) => evaluateGraph(graph, [id], leaf)[id]! > 0;
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

function layCurrents(
  layout: Layout,
  populations: Readonly<Record<string, { readonly states: Readonly<Record<string, string>> }>>,
): EventLayout['currents'] {
  const entries = Object.entries(layout.populations).map(([name, { forward }]) => {
    const { states } = populations[name]!;
    const places = Object.entries(forward.inputs).map(([input, place]) => {
      const state = states[input];
      return [input, { at: (state === undefined ? place : forward.state[state]!).base, isState: state !== undefined }];
    });
    return [name, Object.fromEntries(places)];
  });
  return Object.fromEntries(entries);
}

function layProjections(
  spec: EventNetworkSpec,
  { arena }: Layout,
  slices: Readonly<Record<string, Slice>>,
  parts: number,
  dt: number,
  seed: number,
): EventProjection[] {
  // All are checked before the synapses of any are drawn.
  const checked = Object.entries(spec.projections).map(([name, projection]) => {
    const input = checkEventProjection(name, projection, spec.populations);
    const resolved = resolveSynapses(name, projection, spec);
    if (resolved && parts > 1) {
      const problem = 'expected static synapses in a network in parts, got plastic ones';
      throw new UnsupportedError(`projection "${name}"`, problem, { hint: 'EventSimulation takes them' });
    }
    return { name, projection, input, resolved };
  });
  return checked.map(({ name, projection, input, resolved }) => {
    const { from, to, weights } = projection;
    const [pre, post] = [spec.populations[from]!.size, spec.populations[to]!.size];
    const slice = slices[to]!;
    const wiring = new Wiring(name, projection, { pre, post, same: from === to }, seed, slice);
    const targetBytes = slice.size <= SHORT ? 2 : 4;
    const rowStart = arena.span(4 * wiring.rowStart.length);
    // Plastic synapses are read four at a time, from any of them on.
    const targets = arena.span(targetBytes * (wiring.synapses + (resolved ? 4 : 0)));
    const common = { name, from, to, input, wiring, rowStart, targetBytes, targets } as const;
    if (resolved) {
      const plastic = layEventSynapses(name, resolved, wiring, dt, arena);
      return { ...common, weight: { address: plastic.variables.w! }, plastic };
    }
    const weight = typeof weights === 'number' ? { value: weights } : { address: arena.span(4 * wiring.synapses) };
    return { ...common, weight };
  });
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
  const layout = layOut(network, neurons, { batch: 1, steps: 1 });
  const drives = layDrives(spec, layout, slices, dt);
  const projections = layProjections(spec, layout, slices, part.count, dt, seed);
  const delays = projections.map(({ wiring }) => wiring.delays);
  const maxDelay = delays.reduce((most, { first, count }) => Math.max(most, first + count - 1), 1);
  const minDelay = delays.reduce((least, { first }) => Math.min(least, first), BLOCK_STEPS);
  const lists = layLists(Object.entries(sizes), BLOCK_STEPS + maxDelay, layout);
  const ownSizes = network.order.map((name) => [name, slices[name]!.size] as const);
  const ownLists = part.count === 1 ? lists : layLists(ownSizes, BLOCK_STEPS, layout);
  const currents = layCurrents(layout, populations);
  const signals = Object.fromEntries(Object.keys(spec.signals ?? {}).map((name) => [name, layout.arena.span(4)]));
  const common = { network, slices, neurons, layout, lists, ownLists, projections, drives };
  return { ...common, signals, currents, maxDelay, minDelay };
}

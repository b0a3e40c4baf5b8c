import { ParameterError } from '../../base/errors.ts';
import type { NeuronInstance, NeuronModel, Place } from '../../expr/index.ts';
import { type Layout, layOut } from '../layout.ts';
import { defineNetwork, type Network } from '../network.ts';
import { initialParameters, type NetworkParameters } from '../parameters.ts';
import { absorbInputs } from './absorb-inputs.ts';
import { checkEventProjection, checkPoisson, type EventNetworkSpec, type EventPopulationSpec } from './event-spec.ts';
import { checkSignals, type EventSynapses, keptStates, layEventSynapses, resolveSynapses } from './event-synapses.ts';
import { type PoissonTable, poissonTable } from './poisson-table.ts';
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

/** A Poisson drive and where it lies. */
export interface PoissonDrive {
  readonly name: string;
  readonly to: string;
  readonly input: string;
  readonly weight: number;
  readonly table: PoissonTable;
  /** f32 thresholds of the table. */
  readonly thresholds: number;
  /** f32 [padded], the draws of one step. */
  readonly draws: number;
}

/** Where everything lies in the memory of an event-driven simulation. */
export interface EventLayout {
  readonly network: Network;
  readonly neurons: NetworkParameters;
  /** Neurons, their inputs and their spikes as bits; goes on with what is below. */
  readonly layout: Layout;
  /** Per population, the spikes of the last steps: u32 count, then u32 indices in ascending order. */
  readonly lists: Readonly<Record<string, Place>>;
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
}

/** A population whose step leaves out the inputs that are only added to a state, with these states by input. */
function absorbing(
  { size, model }: EventPopulationSpec,
  kept: ReadonlySet<string>,
): {
  readonly size: number;
  readonly model: NeuronInstance;
  readonly states: Readonly<Record<string, string>>;
} {
  const { program, states } = absorbInputs(model.model.step, kept);
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

function layDrives(spec: EventNetworkSpec, layout: Layout, dt: number): PoissonDrive[] {
  return Object.entries(spec.poisson ?? {}).map(([name, drive]) => {
    const input = checkPoisson(name, drive, spec.populations);
    const table = poissonTable(`poisson "${name}"`, (drive.rate * dt) / 1000);
    const thresholds = layout.arena.span(4 * table.thresholds.length);
    const draws = layout.arena.span(4 * layout.populations[drive.to]!.padded);
    return { name, to: drive.to, input, weight: drive.weights, table, thresholds, draws };
  });
}

function layProjections(spec: EventNetworkSpec, { arena }: Layout, dt: number, seed: number): EventProjection[] {
  // All are checked before the synapses of any are drawn.
  const checked = Object.entries(spec.projections).map(([name, projection]) => {
    const input = checkEventProjection(name, projection, spec.populations);
    return { name, projection, input, resolved: resolveSynapses(name, projection, spec) };
  });
  return checked.map(({ name, projection, input, resolved }) => {
    const { from, to, weights } = projection;
    const [pre, post] = [spec.populations[from]!.size, spec.populations[to]!.size];
    const wiring = new Wiring(name, projection, { pre, post, same: from === to }, seed);
    const targetBytes = post <= SHORT ? 2 : 4;
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

/**
 * Checks a network, draws its synapses once to count them, and lays out its memory; nothing of it is allocated yet.
 *
 * @throws ParameterError, ShapeError for whatever is wrong with the network
 */
export function layOutEvents(spec: EventNetworkSpec, dt: number, seed: number): EventLayout {
  if (Object.keys(spec.populations).length === 0) {
    throw new ParameterError('EventSimulation', 'expected one population or more, got none');
  }
  defineNetwork({ inputs: {}, populations: spec.populations, projections: {} });
  checkSignals(spec);
  const populations = Object.fromEntries(
    Object.entries(spec.populations).map(([name, own]) => [name, absorbing(own, keptStates(spec, name))]),
  );
  const network: Network = defineNetwork({ inputs: {}, populations, projections: {} });
  const neurons = initialParameters(network, seed);
  const layout = layOut(network, neurons, { batch: 1, steps: 1 });
  const drives = layDrives(spec, layout, dt);
  const projections = layProjections(spec, layout, dt, seed);
  const maxDelay = projections.reduce(
    (most, { wiring: { delays } }) => Math.max(most, delays.first + delays.count - 1),
    1,
  );
  const lists = Object.entries(layout.populations).map(([name, { size }]): [string, Place] => {
    const slotBytes = 64 * Math.ceil((4 + 4 * size) / 64);
    const slots = BLOCK_STEPS + maxDelay;
    return [name, { base: layout.arena.span(slotBytes * slots), slotBytes, slots }];
  });
  const currents = layCurrents(layout, populations);
  const signals = Object.fromEntries(Object.keys(spec.signals ?? {}).map((name) => [name, layout.arena.span(4)]));
  const common = { network, neurons, layout, lists: Object.fromEntries(lists), projections, drives };
  return { ...common, signals, currents, maxDelay };
}

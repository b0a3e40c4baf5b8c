import { own } from '../../base/own.ts';
import { emitAfter, emitArrivals, fixedPlace, type ModuleBuilder, type SynapsePlaces } from '../../expr/index.ts';
import { padded } from '../arena.ts';
import { commonPlaces } from '../plastic/emit-plastic.ts';
import type { StepEmitter } from '../step-emitter.ts';
import type { EventLayout, EventProjection } from './event-layout.ts';

/** Addresses of the synapses of one projection and of all that they read. */
function placesOf(
  step: StepEmitter,
  events: EventLayout,
  { name, from, to, input, wiring, plastic }: EventProjection,
  counter: number,
): SynapsePlaces {
  const { layout, lists, ownLists, slices, currents } = events;
  const { columns, shifts, projection, plan, rowStart, targets, targetBytes } = plastic!;
  const { first, count: delays } = wiring.delays;
  const rows = wiring.rowStart.length - 1;
  const target = layout.populations[to]!;
  const { reads = {} } = plan.program.definition;
  const values = { ...events.signals, ...events.heard };
  const sources = Object.entries(projection.signals).map(([signal, source]) => {
    const outside = own(values, source);
    // A population may have been updated already: what counts is its value of the step before.
    const place = outside === undefined ? layout.populations[source]!.output : fixedPlace(outside);
    return [signal, { place, delta: -1, rowBytes: 0 }];
  });
  return {
    ...commonPlaces(step, name, plastic!),
    batch: 1,
    count: wiring.synapses,
    rowStart,
    ...(shifts ? { rowShift: shifts.rows.address, rowPlace: shifts.places.address } : {}),
    post: targets,
    postBytes: targetBytes,
    fullRows: false,
    columns,
    source: { place: lists[from]!, lists: delays, rowBytes: 0, size: rows, padded: padded(rows), delay: first },
    target: {
      ...{ place: ownLists[to]!, lists: 1, rowBytes: 0 },
      ...{ first: slices[to]!.first, size: target.size, padded: target.padded },
    },
    current: fixedPlace(currents[to]![input]!.at),
    accumulate: true,
    reads: Object.fromEntries(Object.keys(reads).map((state) => [state, target.forward.state[state]!])),
    signals: Object.fromEntries(sources),
    counter,
  };
}

/** Adds the function (t) → () for the spikes that arrive at plastic synapses and what they deliver; before the target's update. */
export function emitEventArrivals(
  module: ModuleBuilder,
  step: StepEmitter,
  events: EventLayout,
  projection: EventProjection,
  counter: number,
): number {
  return emitArrivals(module, projection.plastic!.plan, placesOf(step, events, projection, counter));
}

/** Adds the function (t) → () for what plastic synapses do after the target's update and the list of its spikes. */
export function emitEventAfter(
  module: ModuleBuilder,
  step: StepEmitter,
  events: EventLayout,
  projection: EventProjection,
): number {
  return emitAfter(module, projection.plastic!.plan, placesOf(step, events, projection, 0));
}

import { own as ownOf } from '../../base/own.ts';
import { streamOf } from '../../base/stream.ts';
import {
  emitAfter,
  emitArrivals,
  type ModuleBuilder,
  SYNAPSE_BLOCKS,
  type SynapseBlockName,
  type SynapsePlaces,
} from '../../expr/index.ts';
import { padded } from '../arena.ts';
import type { Layout } from '../layout.ts';
import type { ProjectionLayout } from '../projection-layout.ts';
import { CONTROL, type Emit, type StepEmitter } from '../step-emitter.ts';
import type { VariableLayout } from './plastic-layout.ts';
import { randomPurpose } from './randomness.ts';

/** Addresses that do not depend on the kind of simulation: variables, parameters, draws and what they are made from. */
export function commonPlaces(step: StepEmitter, name: string, plastic: VariableLayout) {
  const draws = (block: SynapseBlockName) =>
    plastic.draws[block]!.map((buffer, site) => ({ buffer, stream: streamOf(randomPurpose(name, block, site)) }));
  const control = (offset: number) => step.control + offset;
  return {
    planeBytes: plastic.planeBytes,
    variables: plastic.variables,
    touched: plastic.touched,
    params: plastic.params,
    draws: Object.fromEntries(SYNAPSE_BLOCKS.map((block) => [block, draws(block)])),
    control: {
      seedLow: control(CONTROL.seedLow),
      seedHigh: control(CONTROL.seedHigh),
      rowStart: control(CONTROL.rowStart),
      clock: control(CONTROL.clock),
    },
    philoxNormal: step.functionOf('philoxNormal'),
  };
}

/** Addresses of the synapses of one projection and of all that they read. */
function placesOf(step: StepEmitter, layout: Layout, own: ProjectionLayout, accumulate: boolean): SynapsePlaces {
  const { projection, count, rowStart, post } = own;
  const plastic = own.plastic!;
  const { name, from, to, input, delay } = projection;
  const source = ownOf(layout.inputs, from) ?? layout.populations[from]!;
  const target = layout.populations[to]!;
  const { reads = {} } = plastic.plan.program.definition;
  const signals = Object.entries(projection.plastic!.signals).map(([signal, group]) => {
    const { output } = ownOf(layout.inputs, group) ?? layout.populations[group]!;
    // A population may not have been updated yet: what counts is its value of the step before.
    return [signal, { place: output, delta: Object.hasOwn(layout.inputs, group) ? 0 : -1, rowBytes: 4 * padded(1) }];
  });
  return {
    ...commonPlaces(step, name, plastic),
    batch: layout.options.batch,
    count,
    rowStart,
    post,
    postBytes: 4,
    fullRows: plastic.fullRows,
    columns: plastic.columns,
    source: { place: source.output, rowBytes: source.rowBytes, size: source.size, padded: source.padded, delay },
    target: { place: target.output, rowBytes: target.rowBytes, size: target.size, padded: target.padded },
    current: target.forward.inputs[input]!,
    accumulate,
    reads: Object.fromEntries(Object.keys(reads).map((state) => [state, target.forward.state[state]!])),
    signals: Object.fromEntries(signals),
    counter: 0,
  };
}

/** The spikes that arrive at plastic synapses and what they deliver; before the target's update. */
export function plasticDelivery(
  module: ModuleBuilder,
  step: StepEmitter,
  layout: Layout,
  own: ProjectionLayout,
  accumulate: boolean,
): Emit {
  const index = emitArrivals(module, own.plastic!.plan, placesOf(step, layout, own, accumulate));
  return (code, time) => code.localGet(time).call(index);
}

/** What plastic synapses do after the target's update. */
export function plasticUpdate(module: ModuleBuilder, step: StepEmitter, layout: Layout, own: ProjectionLayout): Emit {
  const index = emitAfter(module, own.plastic!.plan, placesOf(step, layout, own, true));
  return (code, time) => code.localGet(time).call(index);
}

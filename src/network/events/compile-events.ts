import { streamOf } from '../../base/stream.ts';
import { emitSparseForward, ModuleBuilder, uniformGroups } from '../../expr/index.ts';
import { CONTROL, type Emit, StepEmitter } from '../step-emitter.ts';
import { emitEventAfter, emitEventArrivals } from './emit-event-synapses.ts';
import { emitDelivery, emitSpikeList } from './emit-events.ts';
import { emitPoissonTable, emitPoissonUnits, type WordSource } from './emit-poisson.ts';
import type { EventLayout } from './event-layout.ts';
import type { Slice } from './partition.ts';
import type { PoissonDrive } from './poisson-drives.ts';

/** memory.fill of memory 0. */
const MEMORY_FILL = [0xfc, 0x0b, 0] as const;

/** Neurons per row of draws: spans of memory hold whole rows, and slices begin with one. */
const DRAWS = 16;

/** A step's uniform or normal draws of one purpose, one per neuron, in rows so that a slice may begin with any of them. */
function draws(
  step: StepEmitter,
  kernel: 'philoxUniform' | 'philoxNormal',
  purpose: string,
  { first, size }: Slice,
  at: number,
): Emit {
  return step.call(kernel, [
    { control: CONTROL.seedLow },
    { control: CONTROL.seedHigh },
    streamOf(purpose) | 0,
    { control: CONTROL.clock, plusTime: true },
    first / DRAWS,
    ...[Math.ceil(size / DRAWS), DRAWS, at, DRAWS],
  ]);
}

/** Where random words of a step come from, for the purpose of a drive. */
const wordSource = ({ control }: StepEmitter, purpose: string): WordSource => ({
  pushSeed: (code) => code.i32Const(control).i32Load(CONTROL.seedLow).i32Const(control).i32Load(CONTROL.seedHigh),
  pushStep: (code, time) => code.i32Const(control).i32Load(CONTROL.clock).localGet(time).i32Add(),
  stream: streamOf(purpose),
  spareStream: streamOf(`${purpose}/spare`),
});

/** Draws of a drive, and what it adds to an input; the first one of all may set the input in place of adding. */
function driveParts(
  module: ModuleBuilder,
  step: StepEmitter,
  drive: PoissonDrive,
  { size, padded }: { readonly size: number; readonly padded: number },
  current: number,
  { first }: Slice,
  accumulate: boolean,
): Emit {
  const source = wordSource(step, `poisson/${drive.name}`);
  if ('units' in drive) {
    const events = emitPoissonUnits(module, source, drive, size, current);
    return (code, time) => code.localGet(time).call(events);
  }
  const table = emitPoissonTable(module, drive, padded, current, accumulate);
  return (code, time) => {
    source.pushSeed(code);
    code.i32Const(source.stream);
    source.pushStep(code, time);
    code
      .i32Const(first / DRAWS)
      .i32Const(Math.ceil(size / DRAWS))
      .i32Const(drive.draws);
    code.call(uniformGroups(module)).call(table);
  };
}

/** What one input of a population starts a step with: zeros, or the state it is added to, and its Poisson drives. */
function inputParts(
  module: ModuleBuilder,
  step: StepEmitter,
  { layout, slices, drives, currents }: EventLayout,
  name: string,
  input: string,
): Emit[] {
  const own = layout.populations[name]!;
  const { at: current, isState } = currents[name]![input]!;
  const driving = drives.filter((drive) => drive.to === name && drive.input === input);
  const set = !isState && driving[0] !== undefined && 'table' in driving[0];
  const clear: Emit = (code) =>
    code
      .i32Const(current)
      .i32Const(0)
      .i32Const(4 * own.padded)
      .raw(...MEMORY_FILL);
  const parts = driving.map((drive, k) => {
    return driveParts(module, step, drive, own, current, slices[name]!, !set || k > 0);
  });
  return isState || set ? parts : [clear, ...parts];
}

const callAt =
  (index: number): Emit =>
  (code, time) =>
    code.localGet(time).call(index);

/** What a population starts a step with: random draws of its equations, its inputs. */
function startParts(module: ModuleBuilder, step: StepEmitter, events: EventLayout, name: string): Emit[] {
  const own = events.layout.populations[name]!;
  const random = own.plan.program.randomSites.map(({ kind }, index) => {
    const kernel = kind === 'normal' ? 'philoxNormal' : 'philoxUniform';
    return draws(step, kernel, `random/${name}/${index}`, events.slices[name]!, own.forward.random[index]!.base);
  });
  const inputs = Object.keys(own.forward.inputs);
  return [...random, ...inputs.flatMap((input) => inputParts(module, step, events, name, input))];
}

/** The rest of a population's step: plastic synapses, neurons, the list of spikes. */
function neuronParts(
  module: ModuleBuilder,
  step: StepEmitter,
  events: EventLayout,
  name: string,
  counter: number,
): Emit[] {
  const { layout, slices, projections, ownLists } = events;
  const own = layout.populations[name]!;
  const plastic = projections.filter((projection) => projection.to === name && projection.plastic);
  return [
    ...plastic.map((projection) => emitEventArrivals(module, step, events, projection, counter)),
    emitSparseForward(module, own.plan, own.forward),
    ...(own.spiking ? [emitSpikeList(module, own, slices[name]!.first, ownLists[name]!)] : []),
    ...plastic.map((projection) => emitEventAfter(module, step, events, projection)),
  ].map(callAt);
}

/**
 * Compiles an event-driven network into one WebAssembly module that exports `forward(from, to)`: steps from + 1 … to.
 * `from` must be the longest delay or more, so that no list lies before step 0.
 *
 * @param control - address of the control block
 * @param counter - address of the u64 that counts delivered synapses
 */
export function compileEvents(events: EventLayout, control: number, counter: number, relaxed: boolean): Uint8Array {
  const module = new ModuleBuilder({ shared: false, minPages: events.layout.arena.pages, relaxed });
  const step = new StepEmitter(module, control);
  const { network, bundles, lists } = events;
  const parts = [
    ...network.order.flatMap((name) => startParts(module, step, events, name)),
    ...bundles.map((bundle) => callAt(emitDelivery(module, bundle, lists[bundle.from]!, counter))),
    ...network.order.flatMap((name) => neuronParts(module, step, events, name, counter)),
  ];
  module.addFunction(
    ['i32', 'i32'],
    [],
    (code) => {
      code.block().loop();
      code.localGet(0).localGet(1).i32GeU().brIf(1);
      code.localGet(0).i32Const(1).i32Add().localSet(0);
      for (const emit of parts) emit(code, 0, 0);
      code.br(0).end().end();
    },
    'forward',
  );
  return module.toBytes();
}

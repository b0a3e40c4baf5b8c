import { type Arithmetic, loadKernels, relaxedSimdSupported } from '../../kernels/index.ts';
import { EngineMemory } from '../engine-memory.ts';
import { checkedSeed, checkedStep } from '../simulation.ts';
import { CONTROL } from '../step-emitter.ts';
import { checkEventSpec } from './check-spec.ts';
import { compileEvents } from './compile-events.ts';
import { type EventLayout, layOutEvents } from './event-layout.ts';
import { checkStarts, resetNetwork, writeNetwork } from './event-memory.ts';
import { checkSynapsesFit } from './event-room.ts';
import type { EventNetworkSpec } from './event-spec.ts';
import type { Part } from './partition.ts';

/** How to build an event-driven network. */
export interface EventOptions {
  readonly seed: number;
  /** ms. */
  readonly dt: number;
  readonly arithmetic: Arithmetic;
}

/** A network, or a part of one, in a memory of its own, at time 0. */
export interface BuiltEvents {
  readonly events: EventLayout;
  readonly engine: EngineMemory;
  /** Computes the steps from + 1 … to, counted from `events.maxDelay` on. */
  readonly forward: (from: number, to: number) => void;
  /** Synapses that spikes were delivered by since the last reset. */
  delivered(): number;
  /** Back to the start values and time 0. */
  reset(): void;
}

/**
 * Draws a part of a network, lays it out and compiles it.
 *
 * @throws ParameterError, ShapeError for whatever is wrong with the network; UnsupportedError above 4 GiB
 */
export function buildEvents(spec: EventNetworkSpec, { seed, dt, arithmetic }: EventOptions, part: Part): BuiltEvents {
  checkEventSpec(spec);
  checkedSeed(seed);
  checkSynapsesFit(spec, part);
  checkStarts(spec.populations, seed);
  const events = layOutEvents(spec, checkedStep(dt), seed, part);
  const { layout } = events;
  const control = layout.arena.span(CONTROL.bytes);
  const counter = layout.arena.span(8);
  const memory = new WebAssembly.Memory({ initial: layout.arena.pages });
  const kernels = loadKernels(memory, { arithmetic });
  const engine = new EngineMemory(layout, memory, kernels, dt);
  const relaxed = arithmetic === 'fast' && relaxedSimdSupported();
  const module = new WebAssembly.Module(compileEvents(events, control, counter, relaxed) as BufferSource);
  const env = { memory, ...(kernels as unknown as WebAssembly.ModuleImports) };
  const { forward } = new WebAssembly.Instance(module, { env }).exports;
  writeNetwork(engine, events);
  const words = engine.words(control, CONTROL.bytes / 4);
  words[CONTROL.seedLow / 4] = seed >>> 0;
  words[CONTROL.seedHigh / 4] = Math.floor(seed / 2 ** 32) >>> 0;
  words[CONTROL.clock / 4] = -events.maxDelay;
  const reset = () => {
    resetNetwork(engine, events, spec, seed);
    engine.words(counter, 2).fill(0);
  };
  reset();
  const delivered = () => {
    const [low, high] = engine.words(counter, 2);
    return low! + high! * 2 ** 32;
  };
  return { events, engine, forward: forward as BuiltEvents['forward'], delivered, reset };
}

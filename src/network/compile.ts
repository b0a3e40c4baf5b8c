import { streamOf } from '../base/stream.ts';
import { emitAdjoint, emitForward, ModuleBuilder, pushAddress } from '../expr/index.ts';
import { delivery, feedback, weightGradient } from './emit-projection.ts';
import type { Layout, PopulationLayout } from './layout.ts';
import type { Network } from './network.ts';
import { CONTROL, type Emit, StepEmitter } from './step-emitter.ts';

/** memory.copy within memory 0. */
const MEMORY_COPY = [0xfc, 0x0a, 0, 0] as const;

/** Random draws of one population's step. */
function randomDraws(step: StepEmitter, layout: Layout, name: string, own: PopulationLayout): Emit[] {
  return own.plan.program.randomSites.map((site, index) =>
    step.call(site.kind === 'normal' ? 'philoxNormal' : 'philoxUniform', [
      { control: CONTROL.seedLow },
      { control: CONTROL.seedHigh },
      streamOf(`random/${name}/${index}`) | 0,
      { control: CONTROL.clock, plusTime: true },
      { control: CONTROL.rowStart },
      ...[layout.options.batch, own.size, own.forward.random[index]!.base, own.padded],
    ]),
  );
}

/** One population's part of a forward step: random draws, currents, then the neurons. */
function forwardParts(step: StepEmitter, layout: Layout, name: string, own: PopulationLayout, neurons: number): Emit[] {
  const deliveries = Object.keys(own.forward.inputs).flatMap((input) =>
    Object.values(layout.projections)
      .filter(({ projection: p }) => p.to === name && p.input === input)
      .map((projection, k) => delivery(step, layout, projection, k > 0)),
  );
  return [...randomDraws(step, layout, name, own), ...deliveries, (code, time) => code.localGet(time).call(neurons)];
}

/** Gradients that come back from later steps; first in a backward step, before any dE/dI is overwritten. */
function delayedFeedback(step: StepEmitter, layout: Layout): Emit[] {
  return Object.values(layout.projections)
    .filter(({ projection: p, feedback: by }) => by !== 'none' && p.delay > 0)
    .map((own) => {
      const { to, input, delay } = own.projection;
      const target = layout.populations[to]!;
      const ring = target.dInputRings[input]!;
      return feedback(step, layout, own, delay === 1 ? target.adjoint!.dInputs[input]! : { place: ring, delta: delay });
    });
}

/** One population's part of a backward step: loss, adjoint, then gradients of its projections and of their sources. */
function adjointParts(step: StepEmitter, layout: Layout, name: string, own: PopulationLayout, adjoint: number): Emit[] {
  const parts: Emit[] = [];
  const { dOutput, dInputs } = own.adjoint!;
  const floats = layout.options.batch * own.padded;
  if (own.lossGradient) parts.push(step.call('addInto', [dOutput, { place: own.lossGradient, delta: 0 }, floats]));
  parts.push((code, time) => code.localGet(time).call(adjoint));
  for (const [input, ring] of Object.entries(own.dInputRings)) {
    parts.push((code, time) => {
      pushAddress(code, ring, time, 0);
      code
        .i32Const(dInputs[input]!)
        .i32Const(4 * floats)
        .raw(...MEMORY_COPY);
    });
  }
  for (const projection of Object.values(layout.projections)) {
    const { to, delay, input } = projection.projection;
    if (to !== name) continue;
    if (projection.feedback !== 'none' && delay === 0) parts.push(feedback(step, layout, projection, dInputs[input]!));
    if (projection.gradient !== 0) parts.push(weightGradient(step, layout, projection));
  }
  return parts;
}

/** forward(from, to): t = from; while (t < to) { t += 1; step(t) } */
function addForward(module: ModuleBuilder, parts: readonly Emit[]): void {
  const build = (code: Parameters<Emit>[0]) => {
    code.block().loop();
    code.localGet(0).localGet(1).i32GeU().brIf(1);
    code.localGet(0).i32Const(1).i32Add().localSet(0);
    for (const emit of parts) emit(code, 0);
    code.br(0).end().end();
  };
  module.addFunction(['i32', 'i32'], [], build, 'forward');
}

/** backward(from, to): t = to; while (t > from) { step(t); t -= 1 } */
function addBackward(module: ModuleBuilder, parts: readonly Emit[]): void {
  const build = (code: Parameters<Emit>[0]) => {
    code.block().loop();
    code.localGet(1).localGet(0).i32LeU().brIf(1);
    for (const emit of parts) emit(code, 1);
    code.localGet(1).i32Const(1).i32Sub().localSet(1);
    code.br(0).end().end();
  };
  module.addFunction(['i32', 'i32'], [], build, 'backward');
}

/**
 * Compiles a network into one WebAssembly module over its laid-out memory.
 *
 * Exports `forward(from, to)`, which runs the steps from + 1 … to, and, when gradients are wanted, `backward(from, to)`,
 * which runs to … from + 1. Both take slot times.
 *
 * @param control - address of the {@link CONTROL} block
 */
export function compileNetwork(
  network: Network,
  layout: Layout,
  control: number,
  options: { relaxed: boolean },
): Uint8Array {
  const module = new ModuleBuilder({ shared: false, minPages: layout.arena.pages, relaxed: options.relaxed });
  const step = new StepEmitter(module, control);
  const forward = network.order.flatMap((name) => {
    const own = layout.populations[name]!;
    return forwardParts(step, layout, name, own, emitForward(module, own.plan, own.forward));
  });
  addForward(module, forward);
  if (layout.options.training) {
    const backward = [...network.order].reverse().flatMap((name) => {
      const own = layout.populations[name]!;
      return adjointParts(step, layout, name, own, emitAdjoint(module, own.plan, own.adjoint!));
    });
    addBackward(module, [...delayedFeedback(step, layout), ...backward]);
  }
  return module.toBytes();
}

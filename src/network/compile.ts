import { streamOf } from '../base/stream.ts';
import { emitAdjoint, emitForward, ModuleBuilder, pushAddress } from '../expr/index.ts';
import { deliversAhead, sumsInBlocks } from './blocks.ts';
import { delivery, feedback, weightGradient } from './emit-projection.ts';
import type { Layout } from './layout.ts';
import type { Network } from './network.ts';
import { plasticDelivery, plasticUpdate } from './plastic/emit-plastic.ts';
import type { PopulationLayout } from './population-layout.ts';
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

/** The deliveries to a population that belong to a step, or to a block of steps ahead, in the order of the projections. */
function deliveries(
  module: ModuleBuilder,
  network: Network,
  step: StepEmitter,
  layout: Layout,
  name: string,
  block: boolean,
): Emit[] {
  return Object.keys(layout.populations[name]!.forward.inputs).flatMap((input) =>
    Object.values(layout.projections)
      .filter(({ projection: p }) => p.to === name && p.input === input)
      .flatMap((own, k) =>
        deliversAhead(network, own.projection) !== block
          ? []
          : own.plastic
            ? [plasticDelivery(module, step, layout, own, k > 0)]
            : [delivery(step, layout, own, { accumulate: k > 0, block })],
      ),
  );
}

/** Gradients that come back from later steps; first in a backward step, before any dE/dI is overwritten. */
function delayedFeedback(step: StepEmitter, layout: Layout): Emit[] {
  return Object.values(layout.projections)
    .filter(({ projection: p, feedback: by }) => by !== 'none' && p.delay > 0)
    .map((own) => {
      const { to, input, delay } = own.projection;
      const target = layout.populations[to]!;
      const ring = target.dInputRings[input]!;
      const place = delay === 1 ? target.adjoint!.dInputs[input]! : ring;
      return feedback(step, layout, own, { place: place!, delta: delay });
    });
}

/** One population's part of a backward step: loss, adjoint, then gradients of its projections and of their sources. */
function adjointParts(
  network: Network,
  step: StepEmitter,
  layout: Layout,
  name: string,
  own: PopulationLayout,
  adjoint: number,
): Emit[] {
  const parts: Emit[] = [];
  const { dInputs } = own.adjoint!;
  const floats = layout.options.batch * own.padded;
  parts.push((code, time) => code.localGet(time).call(adjoint));
  for (const [input, ring] of Object.entries(own.dInputRings)) {
    parts.push((code, time) => {
      pushAddress(code, ring, time, 0);
      pushAddress(code, dInputs[input]!, time, 0);
      code.i32Const(4 * floats).raw(...MEMORY_COPY);
    });
  }
  for (const projection of Object.values(layout.projections)) {
    const { to, delay, input } = projection.projection;
    if (to !== name) continue;
    if (projection.feedback !== 'none' && delay === 0)
      parts.push(feedback(step, layout, projection, { place: dInputs[input]!, delta: 0 }));
    if (projection.gradient !== 0 && !sumsInBlocks(network, projection.projection))
      parts.push(weightGradient(step, layout, projection));
  }
  return parts;
}

/**
 * forward(from, to): t = from; while (t < to) { t += 1; at the first step of a block: ahead(t, steps); step(t) }
 *
 * Blocks end before a multiple of `blockSteps`, where the slots of what they share begin anew.
 */
function addForward(module: ModuleBuilder, blockSteps: number, ahead: readonly Emit[], parts: readonly Emit[]): void {
  const [time, to, next, steps] = [0, 1, 2, 3];
  const build = (code: Parameters<Emit>[0]) => {
    code.local('i32');
    code.local('i32');
    code.block().loop();
    code.localGet(time).localGet(to).i32GeU().brIf(1);
    code.localGet(time).i32Const(1).i32Add().localSet(time);
    if (ahead.length > 0) {
      code.localGet(time).localGet(next).i32GeU().if();
      // next = min(t - t mod blockSteps + blockSteps, to + 1)
      code.localGet(time).localGet(time).i32Const(blockSteps).i32RemU().i32Sub();
      code.i32Const(blockSteps).i32Add().localTee(next).localGet(to).i32Const(1).i32Add();
      code.localGet(next).localGet(to).i32LeU().select();
      code.localTee(next).localGet(time).i32Sub().localSet(steps);
      for (const emit of ahead) emit(code, time, steps);
      code.end();
    }
    for (const emit of parts) emit(code, time, steps);
    code.br(0).end().end();
  };
  module.addFunction(['i32', 'i32'], [], build, 'forward');
}

/**
 * backward(from, to): t = to; while (t > from) { step(t); at the first step of a block: behind(t, steps); t -= 1 }
 *
 * Blocks are those of the forward pass, the last one ending with the whole sequence: a call that takes up where the one
 * before it stopped leaves the same sums as one call for all steps.
 */
function addBackward(
  module: ModuleBuilder,
  { blockSteps, origin }: Layout,
  control: number,
  parts: readonly Emit[],
  behind: readonly Emit[],
): void {
  const [from, time, steps] = [0, 1, 2];
  const build = (code: Parameters<Emit>[0]) => {
    code.local('i32');
    code.block().loop();
    code.localGet(time).localGet(from).i32LeU().brIf(1);
    for (const emit of parts) emit(code, time, steps);
    code.localGet(time).i32Const(blockSteps).i32RemU().i32Eqz();
    code
      .localGet(time)
      .i32Const(origin + 1)
      .i32Eq()
      .i32Or()
      .if();
    // steps = min(t - t mod blockSteps + blockSteps, last + 1) - t
    code.localGet(time).localGet(time).i32Const(blockSteps).i32RemU().i32Sub();
    code.i32Const(blockSteps).i32Add().localTee(steps);
    code.i32Const(control).i32Load(CONTROL.last).i32Const(1).i32Add();
    code.localGet(steps).i32Const(control).i32Load(CONTROL.last).i32LeU().select();
    code.localGet(time).i32Sub().localSet(steps);
    for (const emit of behind) emit(code, time, steps);
    code.end();
    code.localGet(time).i32Const(1).i32Sub().localSet(time);
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
  const { blockSteps } = layout;
  const forward = network.order.flatMap((name) => {
    const own = layout.populations[name]!;
    const neurons = emitForward(module, own.plan, own.forward);
    const draws = randomDraws(step, layout, name, own);
    const currents = deliveries(module, network, step, layout, name, false);
    const learning = Object.values(layout.projections)
      .filter(({ projection, plastic }) => plastic && projection.to === name)
      .map((projection) => plasticUpdate(module, step, layout, projection));
    return [...draws, ...currents, ((code, time) => code.localGet(time).call(neurons)) satisfies Emit, ...learning];
  });
  const ahead = network.order.flatMap((name) => deliveries(module, network, step, layout, name, true));
  addForward(module, blockSteps, ahead, forward);
  if (layout.options.training) {
    const backward = [...network.order].reverse().flatMap((name) => {
      const own = layout.populations[name]!;
      return adjointParts(network, step, layout, name, own, emitAdjoint(module, own.plan, own.adjoint!));
    });
    const behind = Object.values(layout.projections)
      .filter(({ projection, gradient }) => gradient !== 0 && sumsInBlocks(network, projection))
      .map((own) => weightGradient(step, layout, own));
    addBackward(module, layout, control, [...delayedFeedback(step, layout), ...backward], behind);
  }
  return module.toBytes();
}

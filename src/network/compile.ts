import { streamOf } from '../base/stream.ts';
import { type Code, emitAdjoint, emitForward, ModuleBuilder, type Place, pushAddress } from '../expr/index.ts';
import type { Layout, PopulationLayout, ProjectionLayout, SourceLayout } from './layout.ts';
import type { Network } from './network.ts';

/** Run-time values that the compiled loops read, so that shards of a batch share one compiled module: i32 offsets. */
export const CONTROL = { seedLow: 0, seedHigh: 4, rowStart: 8, clock: 12, bytes: 16 } as const;

/** An argument of a kernel call: a number, the address of a place at t + delta, or a control value (plus t). */
type Argument = number | { readonly place: Place; readonly delta: number } | { readonly control: number; readonly plusTime?: boolean };

/** Emits the calls of one time step; `t` is local 0's copy in the loop. */
class StepEmitter {
  readonly #module: ModuleBuilder;
  readonly #kernels = new Map<string, number>();
  readonly #control: number;

  constructor(module: ModuleBuilder, control: number) {
    this.#module = module;
    this.#control = control;
  }

  /** Declares a kernel with `arity` i32 parameters. */
  declare(name: string, arity: number): void {
    this.#kernels.set(name, this.#module.importFunction(name, Array(arity).fill('i32'), []));
  }

  call(code: Code, time: number, kernel: string, args: readonly Argument[]): void {
    for (const argument of args) {
      if (typeof argument === 'number') code.i32Const(argument);
      else if ('place' in argument) pushAddress(code, argument.place, time, argument.delta);
      else {
        code.i32Const(this.#control).i32Load(argument.control);
        if (argument.plusTime) code.localGet(time).i32Add();
      }
    }
    code.call(this.#kernels.get(kernel)!);
  }
}

/** memory.copy within memory 0. */
const MEMORY_COPY = [0xfc, 0x0a, 0, 0] as const;

/** The kernels that the compiled loops import, with their number of parameters. */
const IMPORTS: Readonly<Record<string, number>> = {
  gatherRows: 11,
  outerSpikes: 10,
  gemmNN: 10,
  gemmTN: 10,
  csrGatherSpikes: 11,
  csrGatherFloats: 11,
  csrBackward: 10,
  csrGradientSpikes: 9,
  csrGradientFloats: 9,
  oneToOneSpikes: 8,
  oneToOneFloats: 8,
  oneToOneBackward: 8,
  oneToOneGradientSpikes: 7,
  oneToOneGradientFloats: 7,
  addInto: 3,
  philoxUniform: 9,
  philoxNormal: 9,
};

type Emit = (code: Code, time: number) => void;

/** Delivery of one projection: current of the target (+)= weights · activity of the source at t - delay. */
function delivery(step: StepEmitter, layout: Layout, own: ProjectionLayout, accumulate: boolean): Emit {
  const { batch } = layout.options;
  const { projection } = own;
  const source = sourceOf(layout, projection.from);
  const target = layout.populations[projection.to]!;
  const activity = { place: source.output, delta: -projection.delay };
  const current = target.forward.inputs[projection.input]!.base;
  const add = Number(accumulate);
  const [pre, post] = [source.size, target.size];
  return (code, time) => {
    if (own.kind === 'dense' && source.spiking) {
      step.call(code, time, 'gatherRows', [batch, pre, activity, source.rowBytes, own.weights, target.padded, post, current, target.padded, add, layout.scratch]);
    } else if (own.kind === 'dense') {
      step.call(code, time, 'gemmNN', [batch, target.padded, pre, activity, source.padded, own.weights, target.padded, current, target.padded, add]);
    } else if (own.kind === 'sparse') {
      const width = source.spiking ? source.rowBytes : source.padded;
      step.call(code, time, source.spiking ? 'csrGatherSpikes' : 'csrGatherFloats', [batch, pre, activity, width, own.rowStart, own.post, own.weights, post, current, target.padded, add]);
    } else {
      const width = source.spiking ? source.rowBytes : source.padded;
      step.call(code, time, source.spiking ? 'oneToOneSpikes' : 'oneToOneFloats', [batch, post, activity, width, own.weights, current, target.padded, add]);
    }
  };
}

/** dE/d activity of the source += weightsᵀ · dE/d current of the target, the latter taken from `dCurrent`. */
function feedback(step: StepEmitter, layout: Layout, own: ProjectionLayout, dCurrent: Argument): Emit {
  const { batch } = layout.options;
  const source = layout.populations[own.projection.from]!;
  const target = layout.populations[own.projection.to]!;
  const into = source.adjoint!.dOutput;
  return (code, time) => {
    if (own.kind === 'dense') {
      step.call(code, time, 'gemmNN', [batch, source.padded, target.size, dCurrent, target.padded, own.transposed, source.padded, into, source.padded, 1]);
    } else if (own.kind === 'sparse') {
      step.call(code, time, 'csrBackward', [batch, source.size, own.rowStart, own.post, own.weights, dCurrent, target.padded, into, source.padded, 1]);
    } else {
      step.call(code, time, 'oneToOneBackward', [batch, target.size, own.weights, dCurrent, target.padded, into, source.padded, 1]);
    }
  };
}

/** dE/d weights += activity of the source at t - delay ⊗ dE/d current of the target. */
function weightGradient(step: StepEmitter, layout: Layout, own: ProjectionLayout): Emit {
  const { batch } = layout.options;
  const { projection } = own;
  const source = sourceOf(layout, projection.from);
  const target = layout.populations[projection.to]!;
  const activity = { place: source.output, delta: -projection.delay };
  const dCurrent = target.adjoint!.dInputs[projection.input]!;
  const width = source.spiking ? source.rowBytes : source.padded;
  return (code, time) => {
    if (own.kind === 'dense' && source.spiking) {
      step.call(code, time, 'outerSpikes', [batch, source.size, activity, width, dCurrent, target.padded, target.size, own.gradient, target.padded, layout.scratch]);
    } else if (own.kind === 'dense') {
      step.call(code, time, 'gemmTN', [source.size, target.padded, batch, activity, width, dCurrent, target.padded, own.gradient, target.padded, 1]);
    } else if (own.kind === 'sparse') {
      step.call(code, time, source.spiking ? 'csrGradientSpikes' : 'csrGradientFloats', [batch, source.size, activity, width, own.rowStart, own.post, dCurrent, target.padded, own.gradient]);
    } else {
      step.call(code, time, source.spiking ? 'oneToOneGradientSpikes' : 'oneToOneGradientFloats', [batch, target.size, activity, width, dCurrent, target.padded, own.gradient]);
    }
  };
}

const sourceOf = (layout: Layout, name: string): SourceLayout => layout.inputs[name] ?? layout.populations[name]!;

/** One population's part of a forward step: random draws, currents, then the neurons. */
function forwardParts(step: StepEmitter, layout: Layout, name: string, own: PopulationLayout, neurons: number): Emit[] {
  const parts: Emit[] = own.plan.program.randomSites.map((site, index) => (code, time) => {
    step.call(code, time, site.kind === 'normal' ? 'philoxNormal' : 'philoxUniform', [
      { control: CONTROL.seedLow },
      { control: CONTROL.seedHigh },
      streamOf(`random/${name}/${index}`) | 0,
      { control: CONTROL.clock, plusTime: true },
      { control: CONTROL.rowStart },
      layout.options.batch,
      own.size,
      own.forward.random[index]!.base,
      own.padded,
    ]);
  });
  for (const input of Object.keys(own.forward.inputs)) {
    const incoming = Object.values(layout.projections).filter(({ projection: p }) => p.to === name && p.input === input);
    incoming.forEach((projection, k) => {
      parts.push(delivery(step, layout, projection, k > 0));
    });
  }
  parts.push((code, time) => code.localGet(time).call(neurons));
  return parts;
}

/** Everything of a backward step, in order; see docs/architecture.md, "One training step". */
function backwardParts(step: StepEmitter, network: Network, layout: Layout, adjoints: Readonly<Record<string, number>>): Emit[] {
  const parts: Emit[] = [];
  const projections = Object.values(layout.projections);
  for (const own of projections) {
    const { projection: p } = own;
    if (p.fromInput || p.delay === 0) continue;
    const target = layout.populations[p.to]!;
    const dCurrent =
      p.delay === 1 ? target.adjoint!.dInputs[p.input]! : { place: target.dInputRings[p.input]!, delta: p.delay };
    parts.push(feedback(step, layout, own, dCurrent));
  }
  for (const name of [...network.order].reverse()) {
    const own = layout.populations[name]!;
    const { dOutput, dInputs } = own.adjoint!;
    const floats = layout.options.batch * own.padded;
    if (own.lossGradient) {
      const place = own.lossGradient;
      parts.push((code, time) => step.call(code, time, 'addInto', [dOutput, { place, delta: 0 }, floats]));
    }
    parts.push((code, time) => code.localGet(time).call(adjoints[name]!));
    for (const [input, ring] of Object.entries(own.dInputRings)) {
      parts.push((code, time) => {
        pushAddress(code, ring, time, 0);
        code.i32Const(dInputs[input]!).i32Const(4 * floats).raw(...MEMORY_COPY);
      });
    }
    for (const projection of projections.filter((p) => p.projection.to === name)) {
      const { fromInput, delay, input } = projection.projection;
      if (!fromInput && delay === 0) parts.push(feedback(step, layout, projection, dInputs[input]!));
      if (projection.gradient !== 0) parts.push(weightGradient(step, layout, projection));
    }
  }
  return parts;
}

/**
 * Compiles a network into one WebAssembly module over its laid-out memory.
 *
 * Exports `forward(from, to)`, which runs the steps from + 1 … to, and, when gradients are wanted, `backward(from, to)`,
 * which runs to … from + 1. Both take slot times.
 *
 * @param control - address of the {@link CONTROL} block
 */
export function compileNetwork(network: Network, layout: Layout, control: number, options: { relaxed: boolean }): Uint8Array {
  const module = new ModuleBuilder({ shared: false, minPages: layout.arena.pages, relaxed: options.relaxed });
  const step = new StepEmitter(module, control);
  for (const [name, arity] of Object.entries(IMPORTS)) step.declare(name, arity);

  const forward: Emit[] = [];
  const adjoints: Record<string, number> = {};
  for (const name of network.order) {
    const own = layout.populations[name]!;
    const neurons = emitForward(module, own.plan, own.forward);
    forward.push(...forwardParts(step, layout, name, own, neurons));
    if (own.adjoint) adjoints[name] = emitAdjoint(module, own.plan, own.adjoint);
  }
  // forward: t = from; while (t < to) { t += 1; step(t) }
  module.addFunction(['i32', 'i32'], [], (code) => {
    code.block().loop();
    code.localGet(0).localGet(1).i32GeU().brIf(1);
    code.localGet(0).i32Const(1).i32Add().localSet(0);
    for (const emit of forward) emit(code, 0);
    code.br(0).end().end();
  }, 'forward');
  if (layout.options.training) {
    // backward: t = to; while (t > from) { step(t); t -= 1 }
    const backward = backwardParts(step, network, layout, adjoints);
    module.addFunction(['i32', 'i32'], [], (code) => {
      code.block().loop();
      code.localGet(1).localGet(0).i32LeU().brIf(1);
      for (const emit of backward) emit(code, 1);
      code.localGet(1).i32Const(1).i32Sub().localSet(1);
      code.br(0).end().end();
    }, 'backward');
  }
  return module.toBytes();
}

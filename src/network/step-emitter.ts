import { type Code, type ModuleBuilder, type Place, pushAddress, type ValueType } from '../expr/index.ts';

/** Run-time values that the compiled loops read, so that shards of a batch share one compiled module: i32 offsets. */
export const CONTROL = { seedLow: 0, seedHigh: 4, rowStart: 8, clock: 12, last: 16, bytes: 20 } as const;

/**
 * An argument of a kernel call: a number, a number for each step of a block, the address of a place at t + delta, an f32 in
 * memory, or a control value (plus t).
 */
export type Argument =
  | number
  | { readonly perStep: number }
  | { readonly f32At: number }
  | { readonly place: Place; readonly delta: number }
  | { readonly control: number; readonly plusTime?: boolean };

/**
 * Emits one part of a time step, or of a block of steps; `time` is the local that holds t, or the first step of the block,
 * and `steps` the local that holds the number of steps in the block.
 */
export type Emit = (code: Code, time: number, steps: number) => void;

const i32s = (count: number): ValueType[] => Array(count).fill('i32');

/** The kernels that the compiled loops import, with their parameters, or the number of them if all are i32. */
const IMPORTS = {
  gatherRows: 11,
  gatherBlock: 11,
  outerSpikes: 11,
  leakyFeedback: [...i32s(8), 'f32', ...i32s(3)],
  gemmNN: 10,
  gemmTN: 10,
  csrGatherSpikes: 11,
  csrGatherFloats: 11,
  csrBackward: 14,
  csrGradientSpikes: 11,
  csrGradientFloats: 9,
  oneToOneSpikes: 8,
  oneToOneFloats: 8,
  oneToOneBackward: 8,
  oneToOneGradientSpikes: 7,
  oneToOneGradientFloats: 7,
  philoxUniform: 9,
  philoxNormal: 9,
} satisfies Record<string, number | ValueType[]>;

export type KernelName = keyof typeof IMPORTS;

/** Writes kernel calls into the body of a compiled loop. */
export class StepEmitter {
  readonly #functions: Readonly<Record<KernelName, number>>;
  /** Address of the {@link CONTROL} block. */
  readonly control: number;

  /** Declares all kernels as imports; call it before any function is added to the module. */
  constructor(module: ModuleBuilder, control: number) {
    const declare = ([name, parameters]: [string, number | ValueType[]]) =>
      [name, module.importFunction(name, typeof parameters === 'number' ? i32s(parameters) : parameters, [])] as const;
    this.#functions = Object.fromEntries(Object.entries(IMPORTS).map(declare)) as Record<KernelName, number>;
    this.control = control;
  }

  /** Index of a kernel's function. */
  functionOf(kernel: KernelName): number {
    return this.#functions[kernel];
  }

  /** The part of a step that calls a kernel. */
  call(kernel: KernelName, args: readonly Argument[]): Emit {
    return (code, time, steps) => {
      for (const argument of args) this.#push(code, time, steps, argument);
      code.call(this.#functions[kernel]);
    };
  }

  #push(code: Code, time: number, steps: number, argument: Argument): void {
    if (typeof argument === 'number') {
      code.i32Const(argument);
    } else if ('perStep' in argument) {
      code.localGet(steps).i32Const(argument.perStep).i32Mul();
    } else if ('f32At' in argument) {
      code.i32Const(argument.f32At).f32Load();
    } else if ('place' in argument) {
      pushAddress(code, argument.place, time, argument.delta);
    } else {
      code.i32Const(this.control).i32Load(argument.control);
      if (argument.plusTime) code.localGet(time).i32Add();
    }
  }
}

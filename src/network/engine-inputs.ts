import { ShapeError, unknownName } from '../base/errors.ts';
import { own as ownOf } from '../base/own.ts';
import type { FloatSequence, SpikeTrain } from '../tensor/index.ts';
import type { EngineMemory } from './engine-memory.ts';
import type { Layout } from './layout.ts';
import type { SourceLayout } from './layout-options.ts';

/** Activity of one input over time: spikes, or graded values. */
export type Activity = SpikeTrain | FloatSequence;

/** Rows of an input to copy: steps `from` … `from + steps - 1`, batch rows from `rowStart`. */
export interface InputWindow {
  readonly from: number;
  readonly steps: number;
  readonly rowStart: number;
}

/**
 * Copies a window of each input into memory.
 *
 * @throws ShapeError if an input is missing, of the wrong kind or the wrong shape; ParameterError if one is unknown
 */
export function writeInputs(
  engine: EngineMemory,
  inputs: Readonly<Record<string, Activity>>,
  window: InputWindow,
): void {
  checkInputs(engine.layout, inputs, window);
  for (const [name, own] of Object.entries(engine.layout.inputs)) {
    const activity = inputs[name]!;
    if ('rowBytes' in activity) writeSpikes(engine, own, activity, window);
    else writeFloats(engine, own, activity, window);
  }
}

/**
 * Checks that each input has the kind and the size of the network's, and all of a window's steps and rows.
 *
 * @throws ShapeError if an input is missing, of the wrong kind or the wrong shape; ParameterError if one is unknown
 */
export function checkInputs(
  { inputs: known, options }: Layout,
  inputs: Readonly<Record<string, Activity>>,
  window: InputWindow,
): void {
  for (const name of Object.keys(inputs)) {
    if (!Object.hasOwn(known, name)) throw unknownName('inputs', 'input', name, Object.keys(known));
  }
  for (const [name, own] of Object.entries(known)) {
    const activity = ownOf(inputs, name);
    if (!activity) {
      throw new ShapeError('inputs', `expected input "${name}", got none`, { hint: `pass { ${name}: … }` });
    }
    checkActivity(name, own, activity, window, options.batch);
  }
}

function writeSpikes(engine: EngineMemory, own: SourceLayout, train: SpikeTrain, window: InputWindow): void {
  const { origin, options } = engine.layout;
  const { base, slotBytes } = own.output;
  const first = base + (origin + 1) * slotBytes;
  const bytes = options.batch * own.rowBytes;
  const rows = (steps: number, from: number) => {
    const start = train.offset(from, window.rowStart);
    return train.data.subarray(start, start + steps * bytes);
  };
  if (train.batch === options.batch) {
    engine.bytes(first, window.steps * bytes).set(rows(window.steps, window.from));
    return;
  }
  for (let k = 0; k < window.steps; k++) engine.bytes(first + k * slotBytes, bytes).set(rows(1, window.from + k));
}

function writeFloats(engine: EngineMemory, own: SourceLayout, sequence: FloatSequence, window: InputWindow): void {
  const { origin, options } = engine.layout;
  const { base, slotBytes } = own.output;
  const { size, padded } = own;
  const rows = window.steps * options.batch;
  const into = engine.floats(base + (origin + 1) * slotBytes, rows * padded);
  // Rows may be as short as one number: a view of each would cost more than its copy.
  for (let row = 0; row < rows; row++) {
    const step = window.from + Math.floor(row / options.batch);
    const start = (step * sequence.batch + window.rowStart + (row % options.batch)) * size;
    for (let i = 0; i < size; i++) into[row * padded + i] = sequence.data[start + i]!;
  }
}

function checkActivity(name: string, own: SourceLayout, activity: Activity, window: InputWindow, batch: number): void {
  if (typeof activity !== 'object' || !('data' in activity)) {
    throw new ShapeError(`input "${name}"`, `expected a SpikeTrain or a FloatSequence, got ${typeof activity}`, {
      hint: own.spiking
        ? 'SpikeTrain.fromDense(values, [time, batch, size])'
        : 'new FloatSequence(time, batch, size, values)',
    });
  }
  const { time, batch: rows, size } = activity;
  const spiking = 'rowBytes' in activity;
  const [steps, wanted] = [window.from + window.steps, window.rowStart + batch];
  if (spiking === own.spiking && size === own.size && rows >= wanted && time >= steps) return;
  const kind = (spikes: boolean) => (spikes ? 'spikes' : 'floats');
  throw new ShapeError(
    `input "${name}"`,
    `expected ${kind(own.spiking)} [>= ${steps}, ${wanted}, ${own.size}], got ${kind(spiking)} [${time}, ${rows}, ${size}]`,
    { hint: 'activity is [time, batch, size]', fields: { time, batch: rows, size } },
  );
}

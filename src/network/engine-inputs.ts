import { ShapeError, unknownName } from '../base/errors.ts';
import { own as ownOf } from '../base/own.ts';
import type { FloatSequence, SpikeTrain } from '../tensor/index.ts';
import type { EngineMemory } from './engine-memory.ts';
import type { Layout, SourceLayout } from './layout.ts';

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
    if (writeWhole(engine, own, activity, window)) continue;
    for (let k = 0; k < window.steps; k++) {
      const at = own.output.base + (engine.layout.origin + 1 + k) * own.output.slotBytes;
      writeStep(engine, own, activity, at, window.from + k, window.rowStart);
    }
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

/** Copies all steps at once, if they are spikes that lie here as they lie there; whether they did. */
function writeWhole(engine: EngineMemory, own: SourceLayout, activity: Activity, window: InputWindow): boolean {
  const { origin, options } = engine.layout;
  const { base, slotBytes } = own.output;
  const bytes = options.batch * own.rowBytes;
  if (!('rowBytes' in activity) || activity.batch !== options.batch || slotBytes !== bytes) return false;
  const start = activity.offset(window.from, 0);
  const to = engine.bytes(base + (origin + 1) * slotBytes, window.steps * bytes);
  to.set(activity.data.subarray(start, start + window.steps * bytes));
  return true;
}

function writeStep(
  engine: EngineMemory,
  own: SourceLayout,
  activity: Activity,
  at: number,
  time: number,
  rowStart: number,
): void {
  const { batch } = engine.layout.options;
  if ('rowBytes' in activity) {
    const start = activity.offset(time, rowStart);
    engine.bytes(at, batch * own.rowBytes).set(activity.data.subarray(start, start + batch * own.rowBytes));
    return;
  }
  const rows = engine.floats(at, batch * own.padded);
  for (let b = 0; b < batch; b++) {
    const start = (time * activity.batch + rowStart + b) * own.size;
    rows.set(activity.data.subarray(start, start + own.size), b * own.padded);
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

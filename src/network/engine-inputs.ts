import { ShapeError, unknownName } from '../base/errors.ts';
import type { FloatSequence, SpikeTrain } from '../tensor/index.ts';
import type { EngineMemory } from './engine-memory.ts';
import type { SourceLayout } from './layout.ts';

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
  const known = engine.layout.inputs;
  for (const name of Object.keys(inputs)) {
    if (!(name in known)) throw unknownName('inputs', 'input', name, Object.keys(known));
  }
  for (const [name, own] of Object.entries(known)) {
    const activity = inputs[name];
    if (!activity)
      throw new ShapeError('inputs', `expected input "${name}", got none`, { hint: `pass { ${name}: … }` });
    checkActivity(name, own, activity, window, engine.layout.options.batch);
    for (let k = 0; k < window.steps; k++) {
      const at = own.output.base + (engine.layout.origin + 1 + k) * own.output.slotBytes;
      writeStep(engine, own, activity, at, window.from + k, window.rowStart);
    }
  }
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

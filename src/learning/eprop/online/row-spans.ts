import { variableOf } from '../../../expr/index.ts';
import type { Engine } from '../../../network/index.ts';

/** Memory that holds something of every row of the batch: `groups` times [batch, …], one after the other. */
export interface RowSpan {
  readonly at: number;
  readonly bytes: number;
  readonly groups: number;
}

/** The bytes of one row, in each group. */
export function* bytesOfRow(engine: Engine, { at, bytes, groups }: RowSpan, row: number): Generator<Uint8Array> {
  const size = bytes / groups / engine.options.batch;
  for (let g = 0; g < groups; g++) yield engine.bytes(at + (g * engine.options.batch + row) * size, size);
}

/** Starts one row anew: its states at their initial values, no spikes before; the others go on. */
export function resetRow(engine: Engine, row: number): void {
  const { origin, inputs, populations } = engine.layout;
  for (const { forward, plan } of Object.values(populations)) {
    for (const [name, { base, slots, slotBytes }] of Object.entries(forward.state)) {
      const { init = 0 } = variableOf(plan.program.definition.state[name]!);
      const span = { at: base + (origin % slots) * slotBytes, bytes: slotBytes, groups: 1 };
      for (const { byteOffset, length } of bytesOfRow(engine, span, row)) {
        engine.floats(byteOffset, length / 4).fill(init);
      }
    }
  }
  for (const { output } of [...Object.values(inputs), ...Object.values(populations)]) {
    const span = { at: output.base, bytes: (origin + 1) * output.slotBytes, groups: origin + 1 };
    for (const bytes of bytesOfRow(engine, span, row)) bytes.fill(0);
  }
}

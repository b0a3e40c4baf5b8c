import type { CheckpointState, LogRecord, RunContext } from 'volley/io';

/** Thrown instead of going on after a checkpoint. */
export class Stopped extends Error {}

export interface FakeContext {
  readonly context: RunContext;
  /** All that was logged, that before a resume included. */
  readonly records: LogRecord[];
  /** The last checkpoint, and how much of the log it knows; the run folder cuts off the rest. */
  readonly saved: { state?: CheckpointState; records?: readonly LogRecord[] };
}

/** A context that keeps what is logged, and the last checkpoint; it goes on from another and stops at number `stopAt`. */
export function fakeContext(from?: FakeContext['saved'], stopAt = Infinity): FakeContext {
  const records = [...(from?.records ?? [])];
  const saved: FakeContext['saved'] = {};
  let checkpoints = 0;
  const context: Partial<RunContext> = {
    seed: 1,
    restored: from?.state,
    phase: () => {},
    progress: () => {},
    log: (record) => void records.push(record),
    history: () => records,
    checkpoint: async (save) => {
      checkpoints += 1;
      saved.state = await save();
      saved.records = [...records];
      if (checkpoints === stopAt) throw new Stopped();
    },
  };
  return { context: context as RunContext, records, saved };
}

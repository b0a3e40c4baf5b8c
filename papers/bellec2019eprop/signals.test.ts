import { expect, it } from 'vitest';
import type { CheckpointState, LogRecord, RunContext, SettingValues } from 'volley/io';
import { ReportBuilder } from 'volley/io';
import { addSignalsReport, signalsPhase } from './signals.ts';
import { signalsSettings } from './signals-settings.ts';

const defaults = Object.fromEntries(
  Object.entries(signalsSettings).map(([name, { value }]) => [name, value]),
) as SettingValues<typeof signalsSettings>;

class Stopped extends Error {}

/** A context that keeps what is logged, and the last checkpoint; it stops at checkpoint number `stopAt`. */
function makeContext(restored?: CheckpointState, stopAt = Infinity) {
  const records: LogRecord[] = [];
  const saved: { state?: CheckpointState } = {};
  let checkpoints = 0;
  const context = {
    seed: 1,
    restored,
    phase: () => {},
    progress: () => {},
    log: (record: LogRecord) => records.push(record),
    checkpoint: async (save: () => CheckpointState) => {
      checkpoints += 1;
      if (checkpoints < stopAt) return;
      saved.state = save();
      throw new Stopped();
    },
  };
  return { context: context as unknown as RunContext, records, saved };
}

const small = { ...defaults, signalsTrainee: 30, signalsGenerator: 80, signalsBatch: 8, signalsTest: 10 };

it('goes on from a checkpoint with the same bits, and keeps what others saved', async () => {
  const values = { ...small, signalsIterations: 6, signalsCurveEvery: 2 };
  const whole = makeContext();
  const result = await signalsPhase(whole.context, values);
  const kept = { tensors: { other: { shape: [1], data: Float32Array.of(3) } }, metadata: { other: 'x' } };
  const first = makeContext(undefined, 3);
  await expect(signalsPhase(first.context, values, kept)).rejects.toThrow(Stopped);
  expect(first.saved.state!.metadata).toEqual({ other: 'x', signals: '3' });
  expect(first.saved.state!.tensors.other).toBe(kept.tensors.other);
  const second = makeContext(first.saved.state);
  expect(await signalsPhase(second.context, values, kept)).toEqual(result);
  expect([...first.records, ...second.records]).toEqual(whole.records);
  expect(whole.records.map(({ iteration }) => iteration)).toEqual([2, 4, 6]);
});

it('learns to learn trajectories in one update', async () => {
  const { context, records } = makeContext();
  const values = {
    ...small,
    signalsIterations: 300,
    signalsCurveEvery: 100,
    signalsLearningRate: 6e-3,
    signalsInnerRate: 0.3,
  };
  const result = await signalsPhase(context, values);
  const { signals, signalsOfAnother } = result.metrics;
  // An output of 0 scores 1, and one that does not depend on the trajectory more, on average. Seeds 1 and 2 gave 0.70, 0.64.
  expect(signals).toBeLessThan(0.85);
  expect(signalsOfAnother).toBeGreaterThan(1);
  const report = new ReportBuilder();
  addSignalsReport(report, records, result);
  expect(report.sections.map(({ kind }) => kind)).toEqual(['curve', 'traces', 'traces']);
});

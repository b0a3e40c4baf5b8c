import {
  type ArmTrajectory,
  type ArmTrajectoryBatch,
  armTrajectory,
  type NaturalEprop,
  RandomStream,
  streamOf,
  type TaughtState,
  trainerStateOf,
  trainerTensors,
} from 'volley';
import type { CheckpointState, LogRecord, ReportBuilder, RunContext, SettingValues } from 'volley/io';
import { taughtNetworks } from './signals-networks.ts';
import type { signalsSettings } from './signals-settings.ts';

type Values = SettingValues<typeof signalsSettings>;
type Metrics = Readonly<Record<string, number>>;

/** Name of the phase in logs. */
const PHASE = 'signals';
/** Batches of a point of the test curve. */
const CURVE_BATCHES = 5;

/** What came of the phase. */
export interface SignalsResult {
  /** Squared errors on new trajectories, each divided by that of an output of 0. */
  readonly metrics: Metrics;
  /** A batch of new trajectories, and what the trainee made of each after one update, [steps, batch, joints]. */
  readonly example: { readonly batch: ArmTrajectoryBatch; readonly outputs: Float32Array };
  /** What checkpoints of later phases must keep for this one not to be repeated. */
  readonly saved: CheckpointState;
}

/**
 * One-shot learning of arm trajectories: the outer loop trains a generator of learning signals, and the initial weights
 * of the network that learns by them.
 */
export async function signalsPhase(context: RunContext, values: Values): Promise<SignalsResult> {
  const { seed } = context;
  const task = taskOf(values);
  const taught = taughtNetworks(task, values, seed);
  const saved = context.restored?.metadata[PHASE];
  if (saved !== undefined) taught.loadState(stateOf(context.restored!, Number(saved)));
  context.phase('training a generator of learning signals for one-shot learning');
  while (taught.iteration < values.signalsIterations) {
    const { iteration, loss } = taught.step(drawBatch(task, values, seed, `train/${taught.iteration}`));
    if (iteration % values.signalsCurveEvery === 0) {
      const test = measure(taught, task, values, seed, CURVE_BATCHES);
      const record: LogRecord = { phase: PHASE, iteration, loss, nmse: test.signals!, before: test.signalsBefore! };
      context.log(record);
      context.progress(iteration, values.signalsIterations, record);
    } else context.progress(iteration, values.signalsIterations, { loss });
    await context.checkpoint(() => checkpointOf(taught));
  }
  const batch = drawBatch(task, values, seed, 'test/0');
  const { outputs } = taught.evaluate(batch);
  const metrics = measure(taught, task, values, seed, values.signalsTest);
  return { metrics, example: { batch, outputs }, saved: checkpointOf(taught) };
}

/** The test curve, and what the trainee makes of a few trajectories. */
export function addSignalsReport(
  report: ReportBuilder,
  records: readonly LogRecord[],
  { example: { batch, outputs } }: SignalsResult,
): void {
  const own = records.filter(({ phase }) => phase === PHASE);
  const line = (field: string, name: string) => ({
    name,
    points: own.map((record) => [record.iteration as number, record[field] as number] as const),
  });
  if (own.length > 1) {
    report.curve({
      title: 'Learning signals from a second network: new trajectories',
      x: 'outer iteration',
      y: 'squared error over that of an output of 0',
      series: [line('nmse', 'after one update'), line('before', 'before it')],
    });
  }
  const joints = outputs.length / (batch.steps * batch.size);
  for (const row of [0, 1]) {
    const values = (data: Float32Array) => data.filter((_, k) => k % (batch.size * joints) === row * joints);
    report.traces({
      title: `New trajectory ${row + 1}: angular velocity of the first joint`,
      dt: 1,
      y: 'rad/s',
      series: [
        { name: 'target', values: values(batch.targets.out.data) },
        { name: 'after one update', values: values(outputs) },
      ],
    });
  }
}

const taskOf = (values: Values): ArmTrajectory =>
  armTrajectory({
    joints: values.signalsJoints,
    steps: values.signalsSteps,
    window: values.signalsWindow,
    clock: values.signalsClock,
    clockPeriod: values.signalsClockPeriod,
    bits: values.signalsBits,
  });

/** A batch is a function of the seed and its name alone, so that a resumed run sees the same ones. */
const drawBatch = (task: ArmTrajectory, values: Values, seed: number, name: string): ArmTrajectoryBatch =>
  task.trainingBatch(new RandomStream(seed, streamOf(`signals/${name}`)), values.signalsBatch);

/** Errors on new trajectories: after the update, without it, and after an update for the trajectory of another row. */
function measure(taught: NaturalEprop, task: ArmTrajectory, values: Values, seed: number, batches: number): Metrics {
  let [after, before, other, zero] = [0, 0, 0, 0];
  for (let k = 0; k < batches; k++) {
    const batch = drawBatch(task, values, seed, `test/${k}`);
    const { outputs, lossBefore } = taught.evaluate(batch);
    const { data } = batch.targets.out;
    after += squaredDistance(outputs, data);
    other += squaredDistance(outputs, nextRow(data, batch.size * task.joints, task.joints));
    zero += squaredDistance(new Float32Array(data.length), data);
    before += 2 * batch.size * lossBefore;
  }
  return { signals: after / zero, signalsBefore: before / zero, signalsOfAnother: other / zero };
}

const squaredDistance = (a: Float32Array, b: Float32Array): number =>
  a.reduce((sum, value, k) => sum + (value - b[k]!) ** 2, 0);

/** Values [steps, row, joint] with every row replaced by the next. */
const nextRow = (data: Float32Array, stride: number, joints: number): Float32Array =>
  data.map((_, k) => data[k - (k % stride) + (((k % stride) + joints) % stride)]!);

const PARTS = ['trainee', 'generator'] as const;

function checkpointOf(taught: NaturalEprop): CheckpointState {
  const state = taught.saveState();
  const own = PARTS.flatMap((part) =>
    Object.entries(trainerTensors(state[part])).map(([name, tensor]) => [`${PHASE}.${part}.${name}`, tensor] as const),
  );
  return { tensors: Object.fromEntries(own), metadata: { [PHASE]: String(taught.iteration) } };
}

function stateOf({ tensors }: CheckpointState, iteration: number): TaughtState {
  const part = (name: (typeof PARTS)[number]) => {
    const prefix = `${PHASE}.${name}.`;
    const own = Object.entries(tensors).filter(([key]) => key.startsWith(prefix));
    return trainerStateOf(
      Object.fromEntries(own.map(([key, tensor]) => [key.slice(prefix.length), tensor])),
      iteration,
    );
  };
  return { trainee: part('trainee'), generator: part('generator') };
}

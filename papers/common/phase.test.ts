import { expect, it } from 'vitest';
import {
  defineNetwork,
  leakyReadout,
  lif,
  RandomStream,
  type StepResult,
  sgd,
  softmaxCrossEntropy,
  storeRecall,
} from 'volley';
import { type CheckpointState, type LogRecord, ReportBuilder, type RunContext } from 'volley/io';
import { type Phase, PhaseRunner, type TrainingSummary } from './phase.ts';

const task = storeRecall({ symbolDuration: 2, inputSize: 4, length: 4 });
const network = defineNetwork({
  inputs: { input: { size: 4 } },
  populations: { hidden: { size: 2, model: lif() }, out: { size: 2, model: leakyReadout() } },
  projections: {
    input: { from: 'input', to: 'hidden', weights: 1 },
    output: { from: 'hidden', to: 'out', weights: 1 },
  },
});

/** A phase whose score of iteration k is `scores[k - 1]`, with means over 2 iterations. */
function phaseOf(scores: readonly number[], stopBelow?: number): { phase: Phase; ends: TrainingSummary[] } {
  const ends: TrainingSummary[] = [];
  const phase: Phase = {
    name: 'some.task',
    title: 'training',
    network,
    trainer: {
      batch: 2,
      steps: task.steps,
      loss: softmaxCrossEntropy(),
      optimiser: sgd({ learningRate: 0.1 }),
    },
    iterations: scores.length,
    batch: (iteration) => task.trainingBatch(new RandomStream(1, iteration), 2),
    score: { name: 'score', of: ({ iteration }: StepResult) => scores[iteration - 1]! },
    window: 2,
    ...(stopBelow === undefined ? {} : { stopBelow }),
    finish: async (_trainer, training) => {
      ends.push(training);
      return { metrics: { last: training.last } };
    },
  };
  return { phase, ends };
}

/** A context that keeps what it is given; `states` has the checkpoint of every iteration. */
function contextOf(restored?: CheckpointState) {
  const records: LogRecord[] = [];
  const states: CheckpointState[] = [];
  const context: RunContext = {
    ...{ preset: 'smoke', seed: 1, settings: {}, workers: 1, report: new ReportBuilder(), restored },
    stopRequested: false,
    phase: () => {},
    progress: () => {},
    log: (record) => records.push(record),
    history: () => records,
    checkpoint: async (save) => {
      states.push(await save());
    },
    interrupted: () => new Error('interrupted'),
  };
  return { context, records, states };
}

it('judges means of whole windows, and logs them under the name of the score', async () => {
  const { phase, ends } = phaseOf([4, 0, 1, 5, 3]);
  const { context, records } = contextOf();
  await new PhaseRunner(context).run(phase);
  expect(ends).toEqual([{ iterations: 5, last: 4, best: 0.5 }]);
  expect(records.map(({ iteration, score }) => [iteration, score])).toEqual([
    [2, 2],
    [4, 3],
    [5, 4],
  ]);
});

it('stops as soon as a whole window lies below the limit, not on one lucky iteration', async () => {
  const { phase, ends } = phaseOf([0, 4, 0, 1, 9], 1);
  const { context, records, states } = contextOf();
  await new PhaseRunner(context).run(phase);
  expect(ends).toEqual([{ iterations: 4, last: 0.5, best: 0.5 }]);
  expect(records.at(-1)).toMatchObject({ phase: 'some.task', iteration: 4, score: 0.5 });

  const resumed = contextOf(states.at(-1));
  await new PhaseRunner(resumed.context).run(phase);
  expect(resumed.states).toEqual([]);
  expect(ends[1]).toEqual(ends[0]);
});

it('remembers the best window across a resume', async () => {
  const { phase, ends } = phaseOf([1, 1, 5, 5, 5]);
  const { context, states } = contextOf();
  await new PhaseRunner(context).run(phase);
  await new PhaseRunner(contextOf(states[3]).context).run(phase);
  expect(ends[0]!.best).toBe(1);
  expect(ends[1]).toEqual(ends[0]);
});

it('a phase that is shorter than its window is judged by what there is', async () => {
  const { phase, ends } = phaseOf([3], 4);
  await new PhaseRunner(contextOf().context).run(phase);
  expect(ends).toEqual([{ iterations: 1, last: 3, best: 3 }]);
});

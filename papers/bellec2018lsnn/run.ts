import { RandomStream, storeRecall } from 'volley';
import type { RunContext, RunOutcome } from 'volley/io';
import { type PhaseResult, PhaseRunner } from '../common/phase.ts';
import { addCurves, addTrial, TITLES } from './report.ts';
import { mnistPhase, mnistTasks } from './sequential-mnist.ts';
import type { settings } from './settings.ts';
import { storeRecallPhase } from './store-recall.ts';

/** Trains LSNN and LIF-only networks side by side, on store-recall and on sequential MNIST. */
export async function run(context: RunContext<typeof settings>): Promise<RunOutcome> {
  const { settings: values, seed, report } = context;
  const runner = new PhaseRunner(context);
  const tasks = mnistTasks(values);
  context.phase(`digits from ${tasks.source}`);
  report.note(`MNIST digits from ${tasks.source}.`);
  const recall =
    values.recallIterations > 0 ? (['lsnn', 'lif'] as const).map((model) => storeRecallPhase(model, values, seed)) : [];
  const models = (['lsnn', 'lif'] as const).filter((model) => values.models === 'both' || values.models === model);
  const digits = models.map((model) => mnistPhase(model, values, seed, tasks));

  const results = new Map<string, PhaseResult>();
  for (const phase of [...recall, ...digits]) results.set(phase.name, await runner.run(phase));

  const records = context.history();
  addCurves(report, records, 'Sequential MNIST', models);
  for (const phase of digits) {
    addTrial(
      report,
      `Sequential MNIST, ${TITLES[phase.name]}`,
      phase.network,
      results.get(phase.name)!,
      tasks.test.batch([0]),
      seed,
    );
  }
  addCurves(
    report,
    records,
    'Store-recall',
    recall.map((phase) => phase.name),
  );
  if (recall[0]) {
    const sequence = storeRecall().trainingBatch(new RandomStream(seed, 1), 1);
    addTrial(report, 'Store-recall, LSNN', recall[0].network, results.get(recall[0].name)!, sequence, seed);
  }
  return { metrics: Object.assign({}, ...[...results.values()].map((result) => result.metrics)) };
}

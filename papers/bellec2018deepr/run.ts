import { loadMnist, type RunContext, type RunOutcome } from 'volley/io';
import { Digits } from './digits.ts';
import { lsnnRow } from './lsnn.ts';
import { addConnectionCounts, addCurves, addInDegrees, addPixels } from './report.ts';
import { type Row, type RowResult, RowRunner } from './row-runner.ts';
import { budgetOf, candidatesOf, denseRow, type Freedom, prunedRow, type Setup, sparseRow, sweepRows } from './rows.ts';
import type { settings } from './settings.ts';

const FREEDOMS: readonly Freedom[] = ['deepr', 'fixedMask', 'freeSigns'];

/** Connections with a weight that is not 0. */
const activeCount = ({ connections }: RowResult): number =>
  Object.values(connections).reduce((sum, { weights }) => sum + weights.filter((weight) => weight !== 0).length, 0);

/** Trains the same feed-forward network with rewired, fixed, pruned and all connections. */
export async function run(context: RunContext<typeof settings>): Promise<RunOutcome> {
  const { settings: values, seed, report } = context;
  const mnist = loadMnist();
  context.phase(`digits from ${mnist.source}`);
  report.note(`MNIST digits from ${mnist.source}.`);
  const setup: Setup = {
    ...{ values, seed },
    train: new Digits(mnist.train, values.trainImages),
    test: new Digits(mnist.test, 10_000),
  };
  const runner = new RowRunner(context);
  const results = new Map<string, RowResult>();
  const train = async (row: Row) => void results.set(row.name, await runner.run(row));
  const wants = (...names: string[]) => values.rows === 'all' || names.includes(values.rows);

  for (const freedom of FREEDOMS) if (wants(freedom)) await train(sparseRow(setup, freedom, budgetOf(values)));
  if (wants('dense', 'pruned')) await train(denseRow(setup));
  if (wants('pruned')) await train(prunedRow(setup, results.get('dense')!));
  if (values.rows === 'sweep' || (values.rows === 'all' && values.sweep)) {
    for (const row of sweepRows(setup)) await train(row);
  }
  if (values.lsnnIterations > 0) await train(await lsnnRow(values, seed, context.workers));

  const names = [...results.keys()];
  addCurves(report, context.history(), names);
  addConnectionCounts(report, context.history(), 'deepr');
  addInDegrees(report, results, ['deepr', 'fixedMask', 'pruned'], values.hidden1);
  for (const name of ['deepr', 'fixedMask', 'pruned']) {
    const result = results.get(name);
    if (result) addPixels(report, name, result);
  }
  const metrics: Record<string, number> = {};
  for (const [name, { accuracy }] of results) metrics[name] = accuracy;
  const deepr = results.get('deepr');
  if (deepr)
    Object.assign(metrics, { activeConnections: activeCount(deepr), candidateConnections: candidatesOf(values) });
  return { metrics };
}

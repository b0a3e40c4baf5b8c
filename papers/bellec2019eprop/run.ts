import type { CheckpointState, RunContext, RunOutcome } from 'volley/io';
import { copyPhase } from './copy-phase.ts';
import { addCopyReport } from './copy-report.ts';
import type { settings } from './settings.ts';
import { addSignalsReport, signalsPhase } from './signals.ts';

const NOTHING: CheckpointState = { tensors: {}, metadata: {} };

/** Learning signals from a second network (e-prop 2), then traces with synthetic gradients (e-prop 3). */
export async function run(context: RunContext<typeof settings>): Promise<RunOutcome> {
  const { settings: values, report } = context;
  const signals = values.signalsIterations > 0 ? await signalsPhase(context, values) : undefined;
  const copy = values.copyIterations > 0 ? await copyPhase(context, values, signals?.saved ?? NOTHING) : {};
  const records = context.history();
  if (signals) addSignalsReport(report, records, signals);
  addCopyReport(report, records);
  return { metrics: { ...signals?.metrics, ...copy } };
}

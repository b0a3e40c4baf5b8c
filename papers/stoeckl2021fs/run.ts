import { nodeRuntime, type RunContext, type RunOutcome } from 'volley/io';
import { exportedRow } from './exported.ts';
import { listOf } from './lists.ts';
import { addDetails, calibratedOrSkipped, shownOf } from './parts.ts';
import { needs, rateRows } from './rate.ts';
import { addCurves, addExported, addRows } from './report.ts';
import type { settings } from './settings.ts';
import { metricsOf, Study } from './study.ts';
import { casesOf } from './subjects.ts';

/** Images at once in rate-coded networks: between batches of hundreds of steps a run listens to signals. */
const RATE_BATCH = 20;

/** Converts each network in many ways and compares it with the trained one; rate coding beside. */
export async function run(context: RunContext<typeof settings>): Promise<RunOutcome> {
  const { settings: values, report } = context;
  const study = new Study(context, await nodeRuntime(), values.batch);
  const checkpoints = listOf(values, 'rateSteps');
  const metrics: Record<string, number | string> = {};
  for (const each of casesOf(values)) {
    const network = await calibratedOrSkipped(context, study, each);
    if (!network) {
      metrics[`${each.name}.skipped`] = 'its data are absent';
      continue;
    }
    for (const conversion of each.conversions) await study.row(network, conversion);
    await exportedRow(study, network, shownOf(each.conversions), { images: values.exportImages, batch: values.batch });
    await rateRows(study, network, { images: each.rateImages, checkpoints, batch: Math.min(values.batch, RATE_BATCH) });
    Object.assign(metrics, needs(context.history(), each.name, each.compared));
    addCurves(report, context.history(), each.name, each.title);
    await addDetails(context, study, network, each, { images: values.detailImages, batch: values.batch });
  }
  addExported(report, context.history());
  addRows(report, context.history());
  return { metrics: { ...metricsOf(context.history()), ...metrics } };
}

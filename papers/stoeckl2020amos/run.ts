import { nodeRuntime, type RunContext, type RunOutcome } from 'volley/io';
import { addDetails, calibratedOrSkipped } from '../stoeckl2021fs/parts.ts';
import { addRows } from '../stoeckl2021fs/report.ts';
import { metricsOf, Study } from '../stoeckl2021fs/study.ts';
import { casesOf } from './cases.ts';
import { circuitCheck, circuitSize } from './circuits.ts';
import type { settings } from './settings.ts';

/** Converts each network to units of neurons that spike at most once, and counts what they need. */
export async function run(context: RunContext<typeof settings>): Promise<RunOutcome> {
  const { settings: values, report, seed } = context;
  const study = new Study(context, await nodeRuntime(), values.batch);
  const metrics: Record<string, number | string> = {};
  for (const each of casesOf(values)) {
    const network = await calibratedOrSkipped(context, study, each);
    if (!network) {
      metrics[`${each.name}.skipped`] = 'its data are absent';
      continue;
    }
    for (const conversion of each.conversions) {
      await study.row(network, conversion, (spiking, evaluation) => ({
        spikesPerGate: evaluation.spikesPerGate,
        ...circuitSize(spiking, evaluation),
        ...circuitCheck(spiking, values.unitInputs, seed),
      }));
    }
    await addDetails(context, study, network, each, { images: values.detailImages, batch: values.batch });
  }
  addRows(report, context.history());
  addCircuits(context);
  return { metrics: { ...metricsOf(context.history()), ...metrics } };
}

function addCircuits({ report, history }: RunContext<typeof settings>): void {
  const fields = [
    'gates',
    'neurons',
    'inhibitorySynapses',
    'longestDelay',
    'spikesPerGate',
    'spikesPerNeuron',
    'differingOutputs',
  ];
  report.table({
    title: 'Circuits',
    columns: [
      'row',
      'gates',
      'neurons',
      'inhibitory synapses',
      'longest delay (steps)',
      'spikes per gate',
      'spikes per neuron',
      'differing outputs',
    ],
    rows: history().map((record) => [
      String(record.key),
      ...fields.map((field) => String(Number(Number(record[field]).toPrecision(4)))),
    ]),
    caption:
      'Differing outputs: inputs on which a unit, run spike by spike with its delays, is not equal to its equations at once.',
  });
}

import type { ConvertOptions } from '../../convert/convert-options.ts';
import type { Evaluation, LayerEvaluation } from '../../convert/evaluation.ts';
import type { SpikingNetwork } from '../../convert/spiking-network.ts';
import { ReportBuilder } from './builder.ts';
import { formatDuration } from './comparison.ts';
import { addCodes } from './convert-codes.ts';
import { comparisonRows } from './convert-metrics.ts';
import { html } from './html.ts';
import { renderPage, renderSections } from './render.ts';

/** What the report of a conversion is made of. */
export interface ConversionReport {
  readonly title: string;
  readonly network: SpikingNetwork;
  /** Absent if there were no test samples. */
  readonly evaluation: Evaluation | undefined;
  /** As asked for. */
  readonly options: ConvertOptions;
  readonly seconds: number;
  /** Version of the package. */
  readonly volley: string;
}

/** Renders report.html of a converted network: one file, nothing to fetch. */
export async function renderConversionReport(input: ConversionReport): Promise<string> {
  const { title, network, evaluation, options, seconds, volley } = input;
  const report = new ReportBuilder();
  addConversion(report, network, evaluation);
  const shown = Object.entries(options).filter(([, value]) => typeof value !== 'function');
  report.table({
    title: 'Conversion',
    columns: ['option', 'value'],
    rows: [
      ...shown.map(([name, value]) => [name, typeof value === 'object' ? JSON.stringify(value) : String(value)]),
      ['duration', formatDuration(seconds)],
      ['Volley', volley],
    ],
  });
  return renderPage(title, html`<h1>${title}</h1>\n${await renderSections(report.sections)}`);
}

/**
 * Adds what is known of a converted network: both networks side by side, error and spikes per layer, the spikes of one sample, and
 * the codes that stand for its activations.
 *
 * @param name - put before the titles where a report shows several networks
 */
export function addConversion(
  report: ReportBuilder,
  network: SpikingNetwork,
  evaluation: Evaluation | undefined,
  name?: string,
): void {
  const titled = (title: string) =>
    name === undefined ? `${title.charAt(0).toUpperCase()}${title.slice(1)}` : `${name}: ${title}`;
  if (evaluation) {
    addComparison(report, evaluation, titled('trained and spiking'));
    addLayers(report, evaluation, titled);
    addRaster(report, evaluation, titled('spikes of one sample'));
  }
  addCodes(report, network, titled);
}

function addComparison(report: ReportBuilder, evaluation: Evaluation, title: string): void {
  const exact = evaluation.treatments.filter(({ label }) => label === 'exact').map(({ name }) => name);
  const remark = exact.length > 0 ? ` Computed exactly, not by spikes: ${exact.join(', ')}.` : '';
  report.table({
    title,
    columns: ['', 'trained', 'spiking'],
    rows: comparisonRows(evaluation),
    caption: `${evaluation.images} samples. Energy: ${evaluation.energy.convention}.${remark}`,
  });
}

function addLayers(report: ReportBuilder, { layers }: Evaluation, titled: (title: string) => string): void {
  const add = (title: string, x: string, value: (layer: LayerEvaluation) => number | undefined, caption?: string) => {
    const bars = layers.flatMap((layer) => {
      const found = value(layer);
      return found === undefined ? [] : [{ name: layer.name, value: found }];
    });
    if (bars.length > 0) report.bars({ title: titled(title), x, bars, caption });
  };
  const error = ({ relativeError }: LayerEvaluation) =>
    relativeError === undefined ? undefined : 100 * Math.sqrt(relativeError);
  const caption =
    "Root mean square of the difference to the trained network's outputs; it includes the errors of earlier layers.";
  add('error per layer', "% of the outputs' root mean square", error, caption);
  add('spikes per layer', 'spikes per neuron', ({ spikesPerNeuron }) => spikesPerNeuron);
  add(
    'saturation per layer',
    '% of the inputs',
    ({ saturatedShare }) => saturatedShare && 100 * saturatedShare,
    'Inputs that the code does not reach.',
  );
}

/** Layers shown, and thus rows of the legend. */
const RASTER_LAYERS = 12;

function addRaster(report: ReportBuilder, { raster, schedule }: Evaluation, title: string): void {
  const shown = raster.slice(0, RASTER_LAYERS);
  if (shown.length === 0) return;
  const groups = shown.map(({ gate, neurons, spikes }) => ({
    name: gate,
    size: neurons.length,
    events: {
      time: spikes.map(({ step }) => step),
      neuron: spikes.map(({ neuron }) => neurons.indexOf(neuron)),
    },
  }));
  const steps = Math.max(...shown.map(({ start, steps }) => start + steps));
  report.raster({
    ...{ title, dt: 1, x: 'time step', steps, groups },
    caption: `A sample of neurons per layer; a layer speaks when the one before has ended. Latency ${schedule.latencySteps} steps.`,
  });
}

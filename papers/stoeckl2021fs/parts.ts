import { StorageError, UnsupportedError } from 'volley/base';
import { evaluate } from 'volley/convert';
import { addConversion, type ReportBuilder, type RunContext } from 'volley/io';
import type { Conversion } from './conversions.ts';
import { everyNth } from './networks.ts';
import type { CalibratedNetwork, Study } from './study.ts';
import type { Case } from './subjects.ts';

/** K of the conversion that the charts per layer show. */
const SHOWN_STEPS = 8;

/** A network ready to convert; undefined, with a line that says so, if it or its images are not on this machine. */
export async function calibratedOrSkipped(
  context: RunContext,
  study: Study,
  each: Case,
): Promise<CalibratedNetwork | undefined> {
  try {
    const network = await study.calibrated(each);
    context.report.note(`${each.title}: ${network.source}.`);
    return network;
  } catch (error) {
    if (!(error instanceof StorageError || error instanceof UnsupportedError)) throw error;
    context.phase(`${each.title} left out: ${error.message}`);
    context.report.note(`${each.title} was left out: ${error.message}`);
    return undefined;
  }
}

/** The conversion that stands for all: default options, K = 8 if there is. */
export function shownOf(conversions: readonly Conversion[]): Conversion {
  const usual = conversions.filter(({ options, change }) => options.round !== false && !change);
  return usual.find(({ steps }) => steps >= SHOWN_STEPS) ?? conversions.at(-1)!;
}

/** Error and spikes per layer, a raster and the codes, from a few images. */
export async function addDetails(
  { report, phase }: { readonly report: ReportBuilder; phase(name: string): void },
  study: Study,
  network: CalibratedNetwork,
  { title, conversions }: Case,
  options: { readonly images: number; readonly batch: number },
): Promise<void> {
  const shown = shownOf(conversions);
  phase(`${title}: layers`);
  const spiking = study.convert(network, shown);
  const { images, labels } = everyNth(network, options.images);
  const evaluation = await evaluate(spiking, study.runtime, images, labels, { batch: options.batch });
  addConversion(report, spiking, evaluation, `${title}, ${shown.key}`);
}

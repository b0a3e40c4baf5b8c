import { ParameterError, ShapeError } from '../base/errors.ts';
import { checkedOptions } from '../base/options.ts';
import { batchWithin } from './batch-size.ts';
import type { Evaluation } from './evaluation.ts';
import { EvaluationPass } from './evaluation-pass.ts';
import { stageShapes } from './graph/index.ts';
import { batchesOf, checkBatch, checkImages, type ImageSource, isActivity, sizeOf } from './images.ts';
import type { GraphRuntime } from './runtime.ts';
import type { SpikingNetwork } from './spiking-network.ts';
import { summarise } from './summarise.ts';

export interface EvaluateOptions {
  /** How spikes are computed; results agree. Default 'collapsed'. */
  readonly mode?: 'collapsed' | 'step-by-step';
  /** Images per run, 32 by default; fewer where their values would take more than 256 MB. */
  readonly batch?: number;
  /** Number of images, where `images` does not say so: labels are checked against it before the first run. */
  readonly count?: number;
  /** Errors, saturation, silent neurons and a raster besides counts. Default true. */
  readonly detail?: boolean;
  /** Called after each batch with the images done, and all, if that is known. */
  readonly onProgress?: (done: number, total?: number) => void;
}

/**
 * Runs a trained network and its spiking one on the same images and compares them. The answer is the largest output; of a network
 * with one output, whether it is positive.
 *
 * @param labels - of the images; without them only the agreement is known
 * @throws ShapeError if images do not fit the network, or labels the images
 * @throws ParameterError for a label that is no class, or without images
 * @throws NumericsError on NaN in an image
 */
export async function evaluate(
  network: SpikingNetwork,
  runtime: GraphRuntime,
  images: ImageSource,
  labels?: Int32Array,
  options: EvaluateOptions = {},
): Promise<Evaluation> {
  checkedOptions('evaluate', options, ['mode', 'batch', 'count', 'detail', 'onProgress']);
  const { mode = 'collapsed', detail = true, onProgress } = options;
  const total = checkEvaluation(network, images, labels, options);
  const planes = mode === 'collapsed' ? 0 : Math.max(1, ...[...network.activations.values()].map(({ steps }) => steps));
  const batch = batchWithin(network.staged, options.batch ?? 32, { allGates: detail, planes });
  const pass = await EvaluationPass.create(network, runtime, { batch, mode, detail });
  try {
    for await (const piece of batchesOf('evaluate', images, network.ann.input, batch)) {
      await pass.add(piece);
      onProgress?.(pass.totals.images, total);
    }
  } finally {
    await pass.release();
  }
  const { totals } = pass;
  if (totals.images === 0) throw new ParameterError('evaluate', 'expected at least one image, got none');
  checkLabelCount(labels, totals.images);
  return summarise(network, totals, labels, pass.detail);
}

/** @returns the number of images, if it is known */
function checkEvaluation(
  { ann }: SpikingNetwork,
  images: ImageSource,
  labels: Int32Array | undefined,
  { count }: EvaluateOptions,
): number | undefined {
  checkBatch('evaluate', ann.input);
  if (isActivity(images)) checkImages('evaluate', images, ann.input);
  const classes = Math.max(2, sizeOf(stageShapes(ann).get(ann.output.name)!));
  const bad = labels?.findIndex((label) => label < 0 || label >= classes) ?? -1;
  if (labels && bad >= 0) {
    throw new ParameterError('evaluate', `expected labels from 0 to ${classes - 1}, got ${labels[bad]} at ${bad}`, {
      hint: 'a label is the number of its class',
      fields: { index: bad, classes },
    });
  }
  const total = isActivity(images) ? images.shape[0] : count;
  if (total !== undefined) checkLabelCount(labels, total);
  return total;
}

function checkLabelCount(labels: Int32Array | undefined, images: number): void {
  if (!labels || labels.length === images) return;
  throw new ShapeError('evaluate', `expected a label for each of ${images} images, got ${labels.length}`, {
    hint: 'images and labels belong together in their order',
    fields: { images, labels: labels.length },
  });
}

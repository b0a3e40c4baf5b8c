import { ParameterError, ShapeError } from '../../base/errors.ts';
import { checkedOptions } from '../../base/options.ts';
import type { ActivationGate } from '../graph/stages.ts';
import type { Activity } from '../runtime.ts';
import type { SpikeCounts } from './counts.ts';

/** How a network is made ready to run. */
export interface RunnerOptions {
  /** Most images per run; memory is for that many. */
  readonly batch: number;
  /** Whether spikes are counted, and gates can be observed. Default true; a collapsed run is faster without. */
  readonly counts?: boolean;
}

/** Is shown what goes into the neurons of each gate, and what they make of it; views that hold until it returns. */
export interface GateObserver {
  before?(gate: ActivationGate, inputs: Float32Array): void;
  after?(gate: ActivationGate, values: Float32Array): void;
}

export interface RunOptions {
  /** Number of the first image among all: noise depends on it. Default 0. */
  readonly first?: number;
  readonly observer?: GateObserver;
}

export interface RunResult {
  /** What the network makes of each image, [images, …]: a view, valid until the next run. */
  readonly output: Activity;
  /** Spikes by gate, summed over the images; a coded input is under `INPUT`. Empty if not asked for. */
  readonly counts: ReadonlyMap<string, SpikeCounts>;
}

/** Runs a spiking network on batches of images, one at a time. */
export interface Runner {
  /**
   * @param images - [1 … batch, …]
   * @throws ShapeError for more images than that, or of another shape
   */
  run(images: Activity, options?: RunOptions): Promise<RunResult>;
  release(): Promise<void>;
}

/** @throws ParameterError unless the batch is a whole number from 1 */
export function checkRunnerOptions(where: string, options: RunnerOptions): void {
  const { batch } = checkedOptions(where, options, ['batch', 'counts']);
  if (Number.isInteger(batch) && batch >= 1) return;
  throw new ParameterError(where, `expected a batch of 1 or more images, got ${batch}`);
}

/** @throws ShapeError unless there are 1 to `batch` images of the network's shape */
export function checkRun(where: string, { shape }: Activity, image: readonly number[], batch: number): void {
  const [count, ...rest] = shape;
  const fits = rest.length === image.length && rest.every((size, k) => size === image[k]);
  if (fits && count! >= 1 && count! <= batch) return;
  throw new ShapeError(where, `expected images [1 to ${batch}, ${image.join(', ')}], got [${shape.join(', ')}]`, {
    hint: 'cut them into batches',
    fields: { shape, image, batch },
  });
}

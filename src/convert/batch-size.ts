import { ParameterError } from '../base/errors.ts';
import { stageShapes } from './graph/index.ts';
import type { StagedNetwork } from './graph/stages.ts';
import { sizeOf } from './images.ts';

/** Numbers of a batch that are at hand at a time: 256 MB of float32. */
const BUDGET = 2 ** 26;
/** Spike planes that live at once: of what is read, of a shortcut, and what is made of them. */
const LAYERS_AT_ONCE = 3;

/** What is kept of each image beside the run itself. */
export interface Keeping {
  /** Whether the values of all gates come out. */
  readonly allGates: boolean;
  /** Planes of spikes per value: the most steps of a gate; 0 if values travel as numbers. */
  readonly planes: number;
}

/**
 * The images per run: as asked for, but fewer where so many would take much more memory than helps.
 *
 * @throws ParameterError unless `batch` is a whole number from 1
 */
export function batchWithin(staged: StagedNetwork, batch: number, { allGates, planes }: Keeping): number {
  if (!Number.isInteger(batch) || batch < 1) {
    throw new ParameterError('batch', `expected 1 or more images per run, got ${batch}`);
  }
  const shapes = stageShapes(staged);
  const sizes = staged.parts.flatMap((part) => (part.kind === 'activation' ? [sizeOf(shapes.get(part.input)!)] : []));
  const kept = allGates ? sizes.reduce((sum, size) => sum + size, 0) : 0;
  const perImage = kept + LAYERS_AT_ONCE * planes * Math.max(0, ...sizes);
  return Math.max(1, Math.min(batch, Math.floor(BUDGET / Math.max(1, perImage))));
}

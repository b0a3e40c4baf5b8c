import { ParameterError } from '../base/errors.ts';
import { checkedOptions } from '../base/options.ts';
import { annGraph } from './ann-graph.ts';
import { batchWithin } from './batch-size.ts';
import type { StagedNetwork } from './graph/stages.ts';
import { batchesOf, checkBatch, type ImageSource } from './images.ts';
import type { GraphRuntime } from './runtime.ts';
import { ValueStatistics } from './statistics.ts';

/** Key of the network's own input among the statistics of gates. */
export const INPUT = '(input)';

/** Statistics of what goes into each gate, by its name, and of the network's input under {@link INPUT}. */
export type Statistics = ReadonlyMap<string, ValueStatistics>;

export interface CalibrationOptions {
  /** Images per run, 32 by default; fewer where their values would take more than 256 MB. */
  readonly batch?: number;
  /** Called after each batch with the number of images so far. */
  readonly onProgress?: (done: number) => void;
}

/**
 * Runs the trained network on images and records the inputs of its activation gates.
 *
 * @param images - [count, …] as the network takes them; one or two thousand training images do
 * @throws ShapeError, NumericsError if images do not fit or are not finite
 * @throws ParameterError without any image
 */
export async function calibrate(
  staged: StagedNetwork,
  runtime: GraphRuntime,
  images: ImageSource,
  options: CalibrationOptions = {},
): Promise<Statistics> {
  const { batch = 32, onProgress } = checkedOptions('calibrate', options, ['batch', 'onProgress']);
  checkBatch('calibrate', staged.input);
  const gates = staged.parts.filter((part) => part.kind === 'activation');
  const statistics = new Map([INPUT, ...gates.map(({ name }) => name)].map((name) => [name, new ValueStatistics()]));
  const session = await runtime.load(annGraph(staged, { tap: gates.map(({ input }) => input) }));
  const size = batchWithin(staged, batch, { allGates: true, planes: 0 });
  let done = 0;
  try {
    for await (const batchImages of batchesOf('calibrate', images, staged.input, size)) {
      const values = await session.run(new Map([[staged.input.name, batchImages]]));
      statistics.get(INPUT)!.add(batchImages.data);
      for (const { name, input } of gates) statistics.get(name)!.add((values.get(input) ?? batchImages).data);
      done += batchImages.shape[0]!;
      onProgress?.(done);
    }
  } finally {
    await session.release();
  }
  if (done === 0) throw new ParameterError('calibrate', 'expected at least one image, got none');
  return statistics;
}

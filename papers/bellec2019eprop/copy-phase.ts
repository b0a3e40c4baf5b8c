import type { CheckpointState, LogRecord, RunContext } from 'volley/io';
import { type AfterUpdate, type CopyPoint, type CopyValues, learnCopy, VARIANTS, type Variant } from './copy.ts';
import { type Alignment, measureAlignment } from './copy-alignment.ts';

/** Key in checkpoints, where it holds the names of the parts that are over. */
const KEY = 'copy';
/** Name in logs of the comparison of gradients. */
export const ALIGNMENT = 'copy.alignment';

/** Name of a variant in logs and metrics. */
export const nameOf = (variant: Variant): string => `copy.${variant}`;

interface Part {
  readonly name: string;
  readonly title: string;
  /** Updates. */
  readonly total: number;
  work(after: AfterUpdate): Promise<LogRecord[]>;
}

/**
 * Delayed copy by each variant in turn, then the comparison of gradients.
 *
 * @param kept - of phases before this one, to be saved with each checkpoint
 * @returns the mean error over the last `copyEvery` updates of each variant
 */
export async function copyPhase(
  context: RunContext,
  values: CopyValues,
  kept: CheckpointState,
): Promise<Readonly<Record<string, number>>> {
  const { seed } = context;
  const parts = VARIANTS.map((variant) => variantPart(variant, values, seed));
  if (values.copyAlignmentAfter > 0) parts.push(alignmentPart(values, seed));
  await runParts(context, parts, kept);
  const records = context.history();
  const last = (phase: string) => records.findLast((record) => record.phase === phase)!.error as number;
  return Object.fromEntries(VARIANTS.map(nameOf).map((name) => [name, last(name)]));
}

/**
 * A part logs nothing before it is over, and is saved right after: a checkpoint on the way holds whole parts alone, and a
 * killed run repeats one part at most.
 */
async function runParts(context: RunContext, parts: readonly Part[], kept: CheckpointState): Promise<void> {
  const over = JSON.parse(context.restored?.metadata[KEY] ?? '[]') as string[];
  const save = () => ({ ...kept, metadata: { ...kept.metadata, [KEY]: JSON.stringify(over) } });
  for (const { name, title, total, work } of parts) {
    if (over.includes(name)) continue;
    context.phase(title);
    const records = await work(async (done, fields) => {
      context.progress(done, total, fields);
      await context.checkpoint(save);
    });
    for (const record of records) context.log(record);
    over.push(name);
    await context.checkpoint(save, { force: true });
  }
}

const variantPart = (variant: Variant, values: CopyValues, seed: number): Part => ({
  name: nameOf(variant),
  title: `learning delayed copy: ${variant}`,
  total: values.copyIterations,
  work: async (after) => (await learnCopy(variant, values, seed, after)).map((point) => recordOf(variant, point)),
});

const recordOf = (variant: Variant, point: CopyPoint): LogRecord => ({ phase: nameOf(variant), ...point });

const alignmentPart = (values: CopyValues, seed: number): Part => ({
  name: ALIGNMENT,
  title: 'comparing gradients with that of BPTT',
  total: values.copyAlignmentAfter,
  work: async (after) =>
    (await measureAlignment(values, seed, after)).map((one) => alignmentRecord(one, values.copyAlignmentAfter)),
});

/** Measures of each projection under names such as `cosine.rec`. */
function alignmentRecord({ variant, ...measures }: Alignment, iteration: number): LogRecord {
  const flat = Object.entries(measures).flatMap(([measure, each]) =>
    Object.entries(each).map(([projection, value]) => [`${measure}.${projection}`, value] as const),
  );
  return { phase: ALIGNMENT, iteration, variant, ...Object.fromEntries(flat) };
}

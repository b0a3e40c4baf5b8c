import { ParameterError } from 'volley/base';
import type { SettingValues } from 'volley/io';
import { rulesOf } from './rule-names.ts';
import type { settings } from './settings.ts';

type Values = SettingValues<typeof settings>;

/**
 * Checks the names of the rules, that a batch divides into its shards, that there is something to do, and the shape of
 * spoken digits.
 *
 * @throws ParameterError naming the settings
 */
export function checkSettings(values: Values): void {
  rulesOf(values.rules);
  const { patternIterations, cuesIterations, cuesLifIterations, recallIterations, digitsIterations } = values;
  if (patternIterations + cuesIterations + cuesLifIterations + recallIterations + digitsIterations === 0) {
    throw new ParameterError('bellec2020eprop', 'expected a task with iterations, got 0 for all');
  }
  checkShards('cues', cuesIterations + cuesLifIterations, values.cuesBatch, values.cuesShards);
  checkShards('recall', recallIterations, values.recallBatch, values.recallShards);
  checkShards('digits', digitsIterations, values.digitsBatch, values.digitsShards);
  if (digitsIterations > 0) checkDigits(values);
}

function checkDigits({ digitsRegular, digitsAdaptive, digitsDecision, digitsFrames }: Values): void {
  if (digitsRegular + digitsAdaptive === 0) {
    throw new ParameterError(
      'bellec2020eprop',
      'expected neurons for spoken digits, got 0 for digitsRegular and digitsAdaptive',
    );
  }
  if (digitsDecision <= digitsFrames) return;
  throw new ParameterError(
    'bellec2020eprop digitsDecision',
    `expected at most digitsFrames = ${digitsFrames}, got ${digitsDecision}`,
    { hint: 'the digit is decided over the last of the frames shown' },
  );
}

function checkShards(task: string, iterations: number, batch: number, shards: number): void {
  if (iterations === 0 || batch % shards === 0) return;
  throw new ParameterError(
    `bellec2020eprop ${task}Shards`,
    `expected a divisor of ${task}Batch = ${batch}, got ${shards}`,
    { hint: `change one of them: --set ${task}Batch=… or --set ${task}Shards=…` },
  );
}

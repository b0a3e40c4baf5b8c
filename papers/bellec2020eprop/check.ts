import { ParameterError } from 'volley/base';
import type { SettingValues } from 'volley/io';
import { rulesOf } from './rule-names.ts';
import type { settings } from './settings.ts';

/**
 * Checks the names of the rules, that a batch divides into its shards, and that there is something to do.
 *
 * @throws ParameterError naming the settings
 */
export function checkSettings(values: SettingValues<typeof settings>): void {
  rulesOf(values.rules);
  const { patternIterations, cuesIterations, cuesLifIterations, recallIterations } = values;
  if (patternIterations + cuesIterations + cuesLifIterations + recallIterations === 0) {
    throw new ParameterError('bellec2020eprop', 'expected a task with iterations, got 0 for all');
  }
  checkShards('cues', cuesIterations + cuesLifIterations, values.cuesBatch, values.cuesShards);
  checkShards('recall', recallIterations, values.recallBatch, values.recallShards);
}

function checkShards(task: string, iterations: number, batch: number, shards: number): void {
  if (iterations === 0 || batch % shards === 0) return;
  throw new ParameterError(
    `bellec2020eprop ${task}Shards`,
    `expected a divisor of ${task}Batch = ${batch}, got ${shards}`,
    { hint: `change one of them: --set ${task}Batch=… or --set ${task}Shards=…` },
  );
}

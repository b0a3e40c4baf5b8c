import { ParameterError } from 'volley/base';
import type { SettingValues } from 'volley/io';
import type { settings } from './settings.ts';

/**
 * Checks that every batch divides into its shards, at once rather than after hours of training what comes first.
 *
 * @throws ParameterError naming both settings
 */
export function checkSettings(values: SettingValues<typeof settings>): void {
  checkShards('batch', values.batch, 'shards', values.shards);
  if (values.recallIterations > 0) {
    checkShards('recallBatch', values.recallBatch, 'recallShards', values.recallShards);
  }
}

function checkShards(batchName: string, batch: number, shardsName: string, shards: number): void {
  if (batch % shards === 0) return;
  throw new ParameterError(
    `bellec2018lsnn ${shardsName}`,
    `expected a divisor of ${batchName} = ${batch}, got ${shards}`,
    { hint: `change one of them: --set ${batchName}=… or --set ${shardsName}=…` },
  );
}

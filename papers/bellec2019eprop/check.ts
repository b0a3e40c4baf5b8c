import { ParameterError } from 'volley/base';
import type { SettingValues } from 'volley/io';
import type { settings } from './settings.ts';

/**
 * Checks that there is something to do, and that the curves of delayed copy end with its last update.
 *
 * @throws ParameterError naming the settings
 */
export function checkSettings({ signalsIterations, copyIterations, copyEvery }: SettingValues<typeof settings>): void {
  if (signalsIterations + copyIterations === 0) {
    throw new ParameterError('bellec2019eprop', 'expected a task with iterations, got 0 for all');
  }
  if (copyIterations % copyEvery === 0) return;
  throw new ParameterError(
    'bellec2019eprop copyIterations',
    `expected a multiple of copyEvery = ${copyEvery}, got ${copyIterations}`,
    { hint: 'change one of them: --set copyIterations=… or --set copyEvery=…' },
  );
}

import { ParameterError } from 'volley/base';
import type { SettingValues } from 'volley/io';
import type { settings } from './settings.ts';

/** @throws ParameterError if settings do not fit together */
export function checkSettings(values: SettingValues<typeof settings>): void {
  const { curveEvery, blockSamples, burnInMs, trainMs } = values;
  if (curveEvery % blockSamples !== 0) {
    const got = `${curveEvery} and ${blockSamples}`;
    throw new ParameterError('neftci2017erbp', `expected curveEvery to be a multiple of blockSamples, got ${got}`, {
      hint: 'a point of the curve stands at the end of a block',
      fields: { curveEvery, blockSamples },
    });
  }
  if (burnInMs >= trainMs) {
    throw new ParameterError('neftci2017erbp', `expected burnInMs below trainMs, got ${burnInMs} and ${trainMs}`, {
      hint: 'nothing would be learned',
      fields: { burnInMs, trainMs },
    });
  }
}

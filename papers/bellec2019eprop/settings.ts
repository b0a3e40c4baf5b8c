import { copySettings } from './copy-settings.ts';
import { signalsSettings } from './signals-settings.ts';

/** Every number of the experiments, with the place it was taken from. */
export const settings = { ...signalsSettings, ...copySettings } as const;

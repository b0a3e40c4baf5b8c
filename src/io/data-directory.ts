import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** What the choice of a data folder depends on; by default this process. */
export interface DataDirectoryContext {
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly platform?: string;
  readonly home?: string;
}

/**
 * The folder of data sets: the option, else the variable VOLLEY_DATA, else `volley` in the platform's cache folder.
 *
 * Creates nothing.
 *
 * @param option - as given by the user; an empty text counts as not given
 * @returns an absolute path
 */
export function dataDirectory(option?: string, context: DataDirectoryContext = {}): string {
  const { environment = process.env, platform = process.platform, home = homedir() } = context;
  const chosen = option || environment.VOLLEY_DATA;
  if (chosen) return resolve(chosen);
  if (platform === 'win32') return join(environment.LOCALAPPDATA || join(home, 'AppData', 'Local'), 'volley', 'cache');
  if (platform === 'darwin') return join(home, 'Library', 'Caches', 'volley');
  return join(environment.XDG_CACHE_HOME || join(home, '.cache'), 'volley');
}

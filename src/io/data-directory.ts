import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** What the choice of a data folder depends on; by default this process. */
export interface DataDirectoryContext {
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly platform?: string;
  readonly home?: string;
}

/** The folder of data sets if the user named one, by the option or by VOLLEY_DATA, else undefined; an absolute path. */
export function chosenDataDirectory(
  option?: string,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string | undefined {
  const chosen = option || environment.VOLLEY_DATA;
  return chosen ? resolve(chosen) : undefined;
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
  const chosen = chosenDataDirectory(option, environment);
  if (chosen) return chosen;
  if (platform === 'win32') return join(environment.LOCALAPPDATA || join(home, 'AppData', 'Local'), 'volley', 'cache');
  if (platform === 'darwin') return join(home, 'Library', 'Caches', 'volley');
  return join(environment.XDG_CACHE_HOME || join(home, '.cache'), 'volley');
}

import { readFileSync } from 'node:fs';

/** Version of the package that this file belongs to: the nearest package.json above it that is Volley's. */
export function packageVersion(): string {
  for (let folder = new URL('.', import.meta.url); ; folder = new URL('..', folder)) {
    const found = readPackage(new URL('package.json', folder));
    if (found?.name === 'volley' && found.version) return found.version;
    if (folder.pathname === '/' || new URL('..', folder).href === folder.href) return 'unknown';
  }
}

function readPackage(url: URL): { name?: string; version?: string } | undefined {
  try {
    return JSON.parse(readFileSync(url, 'utf8')) as { name?: string; version?: string };
  } catch {
    return undefined;
  }
}

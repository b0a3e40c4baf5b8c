import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { StorageError } from 'volley';

interface PeerRow {
  readonly peer: string;
  readonly case: string;
  readonly cpuSeconds?: number;
  readonly netMB?: number;
  readonly spikeRate?: number;
  readonly error?: string;
}

/** Compiled benches lie in dist/bench, the peers' programs in bench/peers of the repository. */
const folder = fileURLToPath(new URL('../../bench/peers/', import.meta.url));

/** Runs one case on every installed peer, each in a fresh process with one thread. Peers that fail are left out, with a line of progress. */
export async function runPeers(workload: string, name: string, progress: (text: string) => void): Promise<PeerRow[]> {
  const python = `${folder}.venv/bin/python`;
  if (!existsSync(python)) {
    throw new StorageError('bench --peers', `expected the peers' environment at ${python}, got nothing`, {
      hint: 'run bench/peers/setup first',
    });
  }
  progress(`peers, ${name}`);
  const { stdout } = await promisify(execFile)(python, [`${folder}run.py`, workload, '--cases', name, '--json'], {
    maxBuffer: 1 << 24,
  });
  const { results } = JSON.parse(stdout.trim().split('\n').at(-1)!) as { results: PeerRow[] };
  for (const { peer, error } of results) if (error) progress(`${peer}, ${name}: ${error}`);
  return results.filter((row) => row.cpuSeconds !== undefined);
}

/** Peer rows as the `peers` column of a benchmark. */
export const peerSeconds = (rows: readonly PeerRow[]): Record<string, number> =>
  Object.fromEntries(rows.map(({ peer, cpuSeconds }) => [peer, cpuSeconds!]));

/** One further column per peer: memory above the imports, and the firing rate that it ran at. */
export const peerColumn = (rows: readonly PeerRow[], key: 'netMB' | 'spikeRate'): Record<string, number> =>
  Object.fromEntries(rows.map((row) => [row.peer, row[key] ?? Number.NaN]));

import { formatDuration, listRuns, type RunFolder, type RunStatus } from 'volley/io';
import { nested } from '../nested.ts';
import { isAlive } from '../process.ts';
import { type CommonOptions, type World, writeJsonLine, writeTable } from '../terminal.ts';

type State = RunStatus['state'] | 'stopped' | 'unknown';

/** `volley runs`: the run folders and how far they are. */
export async function runs(world: World, { json }: CommonOptions): Promise<void> {
  const entries = listRuns(world.runs).map(describe);
  if (json) {
    const shown = entries.map(({ metrics, ...entry }) => ({
      ...entry,
      ...(metrics ? { metrics: nested(metrics) } : {}),
    }));
    writeJsonLine(world.stdout, { runs: shown });
    return;
  }
  if (entries.length === 0) {
    world.stdout.write(`no runs in ${world.runs} yet; start one with: volley run <id>\n`);
    return;
  }
  const rows = entries.map(({ run, state, seconds, progress, metrics }) => [
    ...[run, state, formatDuration(seconds), progress],
    Object.entries(metrics ?? {})
      .map(([name, value]) => `${name} ${typeof value === 'number' ? Number(value.toPrecision(4)) : value}`)
      .join('\n'),
  ]);
  await writeTable(world.stdout, ['run', 'state', 'time', 'progress', 'metrics'], rows);
  const open = entries.find(({ state }) => state === 'interrupted' || state === 'stopped' || state === 'failed');
  if (open) world.stdout.write(`resume with: volley run ${open.id} --resume ${open.run}\n`);
}

function describe(folder: RunFolder) {
  const { id, preset, seed } = folder.config;
  const [status, result] = [readable(() => folder.status), readable(() => folder.result)];
  return {
    ...{ run: folder.path, id, preset, seed },
    state: stateOf(status),
    seconds: result?.seconds ?? status?.seconds ?? 0,
    progress: status && status.total > 0 ? `${status.phase} ${status.done}/${status.total}` : (status?.phase ?? ''),
    metrics: result?.metrics,
  };
}

/** A damaged file of one run must not hide the others. */
function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** A run that says "running" without its process was killed. */
function stateOf(status: RunStatus | undefined): State {
  if (!status) return 'unknown';
  return status.state === 'running' && !isAlive(status.pid) ? 'stopped' : status.state;
}

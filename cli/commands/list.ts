import { PRESETS } from 'volley/io';
import { type CommonOptions, type World, writeJsonLine, writeTable } from '../terminal.ts';

/** `volley list`: every paper with its presets, expected duration and status. */
export async function list(world: World, { json }: CommonOptions): Promise<void> {
  const registry = await world.papers();
  const papers = await Promise.all(Object.values(registry).map((load) => load()));
  const entries = papers.map(({ id, title, status, presets }) => ({
    ...{ id, title, status },
    presets: PRESETS.map((name) => ({ name, minutes: presets[name].minutes, doc: presets[name].doc })),
  }));
  if (json) {
    writeJsonLine(world.stdout, { papers: entries });
    return;
  }
  const rows = entries.map(({ id, title, status, presets }) => [
    ...[id, title, status],
    presets.map(({ name, minutes }) => `${name} ~${expected(minutes)}`).join('\n'),
  ]);
  await writeTable(world.stdout, ['id', 'result', 'status', 'presets'], rows);
  world.stdout.write('run one with: volley run <id> --preset quick\n');
}

function expected(minutes: number): string {
  if (minutes < 1) return `${Math.round(60 * minutes)} s`;
  return minutes < 120 ? `${Math.round(minutes)} min` : `${Math.round(minutes / 60)} h`;
}

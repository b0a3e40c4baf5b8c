import { unknownName } from 'volley/base';
import type { BenchResult, BenchRow } from 'volley/io';
import { type CommonOptions, type World, writeJsonLine, writeTable } from '../terminal.ts';
import { readUsage } from '../usage.ts';

export interface BenchFlags extends CommonOptions {
  readonly peers?: boolean;
}

/** `volley bench`: measures one benchmark, or all of them one after the other. */
export async function bench(
  world: World,
  name: string | undefined,
  { json, peers = false }: BenchFlags,
): Promise<void> {
  const benches = await world.benches();
  const names = await readUsage(() => {
    if (name === undefined) return Object.keys(benches);
    if (!Object.hasOwn(benches, name)) throw unknownName('bench', 'benchmark', name, Object.keys(benches));
    return [name];
  });
  const results: BenchResult[] = [];
  for (const each of names) {
    const progress = (text: string) => world.stderr.write(`${each}: ${text}\n`);
    const result = await benches[each]!.run({ peers, progress });
    results.push(result);
    if (!json) await showResult(world, result);
  }
  if (json) writeJsonLine(world.stdout, name === undefined ? { benches: results } : results[0]);
}

const FIXED = new Set(['case', 'unit', 'ours', 'peers', 'ratioToBestPeer']);

async function showResult(world: World, { bench: name, machine, rows }: BenchResult): Promise<void> {
  const peers = [...new Set(rows.flatMap((row) => Object.keys(row.peers)))];
  const extras = [...new Set(rows.flatMap((row) => Object.keys(row).filter((key) => !FIXED.has(key))))];
  const head = ['case', 'unit', 'ours', ...peers, ...(peers.length > 0 ? ['ratio to best'] : []), ...extras];
  const line = (row: BenchRow) => [
    ...[row.case, row.unit, cell(row.ours)],
    ...peers.map((peer) => cell(row.peers[peer])),
    ...(peers.length > 0 ? [cell(row.ratioToBestPeer)] : []),
    ...extras.map((key) => cell(row[key])),
  ];
  world.stdout.write(`${name} on ${machine}\n`);
  await writeTable(world.stdout, head, rows.map(line));
}

function cell(value: BenchRow[string] | undefined): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'number'
    ? String(Number(value.toPrecision(4)))
    : typeof value === 'string'
      ? value
      : JSON.stringify(value);
}

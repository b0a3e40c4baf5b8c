import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ParameterError, unknownName } from 'volley/base';
import { type BenchResult, benchColumns, benchLine, renderBenchReport, writeFileAtomic } from 'volley/io';
import { type CommonOptions, type World, writeJsonLine, writeTable } from '../terminal.ts';
import { readUsage } from '../usage.ts';

export interface BenchFlags extends CommonOptions {
  readonly peers?: boolean;
  /** What the names of cases must contain. */
  readonly cases?: string;
  /** Folder for the results and their report. */
  readonly out?: string;
}

/** `volley bench`: measures one benchmark, or all of them one after the other. */
export async function bench(
  world: World,
  name: string | undefined,
  { json, peers = false, cases, out }: BenchFlags,
): Promise<void> {
  const benches = await world.benches();
  const names = await readUsage(() => {
    if (name === undefined && cases !== undefined) {
      throw new ParameterError('bench', `expected the name of a benchmark with --cases, got none`);
    }
    if (name === undefined) return Object.keys(benches);
    if (!Object.hasOwn(benches, name)) throw unknownName('bench', 'benchmark', name, Object.keys(benches));
    if (cases !== undefined && !benches[name]!.selectable) {
      throw new ParameterError('bench', `expected ${name} without --cases, got "${cases}"`);
    }
    return [name];
  });
  const results: BenchResult[] = [];
  for (const each of names) {
    const progress = (text: string) => world.stderr.write(`${each}: ${text}\n`);
    const result = await benches[each]!.run({ peers, progress, cases });
    results.push(result);
    if (!json) await showResult(world, result);
  }
  if (out !== undefined) await saveResults(out, results);
  if (json) writeJsonLine(world.stdout, name === undefined ? { benches: results } : results[0]);
}

async function showResult(world: World, result: BenchResult): Promise<void> {
  const columns = benchColumns(result);
  world.stdout.write(`${result.bench} on ${result.machine}\n`);
  const rows = result.rows.map((row) => benchLine(row, columns));
  await writeTable(
    world.stdout,
    columns.map(({ title }) => title),
    rows,
  );
}

/** Writes a JSON file per benchmark and report.html with all benchmarks of the folder. */
async function saveResults(folder: string, results: readonly BenchResult[]): Promise<void> {
  mkdirSync(folder, { recursive: true });
  for (const result of results)
    writeFileAtomic(join(folder, `${result.bench}.json`), `${JSON.stringify(result, null, 1)}\n`);
  const files = readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .sort();
  const all = files.map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as BenchResult);
  writeFileAtomic(join(folder, 'report.html'), await renderBenchReport(all));
}

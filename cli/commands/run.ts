import { availableParallelism } from 'node:os';
import { ParameterError, unknownName } from 'volley/base';
import {
  compareClaims,
  formatDuration,
  Interrupted,
  machineLine,
  type Paper,
  type PaperRegistry,
  PRESETS,
  type PresetName,
  RunFolder,
  type RunResult,
  resolveSettings,
} from 'volley/io';
import { nested } from '../nested.ts';
import { isAlive, stopOnSignals } from '../process.ts';
import { createProgress } from '../progress.ts';
import { runPaper } from '../runner.ts';
import { type CommonOptions, type World, writeJsonLine, writeTable } from '../terminal.ts';
import { EXIT, oneLine, readNumber, readUsage } from '../usage.ts';
import { packageVersion } from '../version.ts';

/** Options of `volley run` as the user typed them. */
export interface RunFlags extends CommonOptions {
  readonly preset?: string;
  readonly seed?: string;
  readonly set?: readonly string[];
  readonly out?: string;
  readonly resume?: string;
  readonly workers?: string;
  readonly checkpointEvery?: string;
}

/** `volley run`: runs or resumes a paper, then shows paper and here. Returns the exit code. */
export async function run(world: World, id: string, flags: RunFlags): Promise<number> {
  const output = flags.json ? world.stderr : world.stdout;
  const { paper, folder, workers, checkpointEvery } = await readUsage(() => prepare(world, id, flags));
  if (folder.result) {
    output.write(`${folder.path} is finished; nothing is left to do\n`);
    await show(world, paper, folder, folder.result, flags);
    return EXIT.done;
  }
  const resumeHint = `resume with: volley run ${id} --resume ${folder.path}`;
  if (folder.config.volley !== packageVersion()) {
    world.stderr.write(`this run began with Volley ${folder.config.volley}; ${packageVersion()} may give other bits\n`);
  }
  const progress = await createProgress(output);
  const signals = stopOnSignals(
    () => progress.line('stopping at the next checkpoint; Ctrl-C again stops at once'),
    () => world.stderr.write(`${resumeHint}\n`),
  );
  try {
    const result = await runPaper(paper, folder, { workers, checkpointEvery, progress, stop: signals.signal });
    await show(world, paper, folder, result, flags);
    return EXIT.done;
  } catch (error) {
    if (error instanceof Interrupted) {
      world.stderr.write(`${resumeHint}\n`);
      return EXIT.interrupted;
    }
    if (flags.debug) throw error;
    world.stderr.write(`volley: ${oneLine(error)}; ${resumeHint}\n`);
    return EXIT.failed;
  } finally {
    signals.release();
  }
}

interface Plan {
  readonly paper: Paper;
  readonly folder: RunFolder;
  readonly workers: number;
  readonly checkpointEvery: number;
}

async function prepare(world: World, id: string, flags: RunFlags): Promise<Plan> {
  const paper = await findPaper(await world.papers(), id);
  const cores = availableParallelism();
  const workers = readNumber('workers', flags.workers ?? '1', { min: 1, max: cores, whole: true });
  const checkpointEvery = readNumber('checkpoint-every', flags.checkpointEvery ?? '30', { min: 0, max: 86400 });
  const folder =
    flags.resume === undefined ? startFolder(world, paper, flags) : resumeFolder(paper, flags.resume, flags);
  return { paper, folder, workers, checkpointEvery };
}

async function findPaper(papers: PaperRegistry, id: string): Promise<Paper> {
  if (!Object.hasOwn(papers, id)) throw unknownName('run', 'paper', id, Object.keys(papers));
  return papers[id]!();
}

function startFolder(world: World, paper: Paper, flags: RunFlags): RunFolder {
  const preset = readPreset(flags.preset ?? 'quick');
  const seed = readNumber('seed', flags.seed ?? '1', { min: 0, max: Number.MAX_SAFE_INTEGER, whole: true });
  const settings = resolveSettings(paper, preset, readAssignments(flags.set ?? []));
  const config = {
    ...{ id: paper.id, preset, seed, settings },
    ...{ volley: packageVersion(), node: process.versions.node, machine: machineLine() },
  };
  return RunFolder.create(config, flags.out, world.runs);
}

/** Opens a run to go on with it. What decides its bits stays as it was, so those flags have no place here. */
function resumeFolder(paper: Paper, path: string, flags: RunFlags): RunFolder {
  for (const name of ['preset', 'seed', 'set', 'out'] as const) {
    if (flags[name] === undefined) continue;
    throw new ParameterError('resume', `expected no --${name} beside --resume, got one`, {
      hint: 'a resumed run keeps its preset, seed, settings and folder',
    });
  }
  const folder = RunFolder.open(path);
  const { config, status } = folder;
  if (config.id !== paper.id) {
    throw new ParameterError('resume', `expected a run of ${paper.id}, got ${path} with a run of ${config.id}`);
  }
  readPreset(config.preset);
  resolveSettings(paper, config.preset, config.settings);
  if (status?.state === 'running' && isAlive(status.pid)) {
    throw new ParameterError('resume', `expected a stopped run, got ${path} that process ${status.pid} is running`, {
      hint: `stop it first, or delete ${folder.file('status')} if that process is another program`,
    });
  }
  return folder;
}

function readPreset(name: string): PresetName {
  const preset = PRESETS.find((known) => known === name);
  if (!preset) throw unknownName('run', 'preset', name, PRESETS);
  return preset;
}

function readAssignments(texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf('=');
      if (at < 1) throw new ParameterError('set', `expected key=value, got "${text}"`);
      return [text.slice(0, at), text.slice(at + 1)];
    }),
  );
}

async function show(world: World, paper: Paper, folder: RunFolder, result: RunResult, flags: RunFlags): Promise<void> {
  if (flags.json) {
    const { metrics, paper: published } = result;
    const values = { metrics: nested(metrics), paper: nested(published) };
    writeJsonLine(world.stdout, { ...result, ...values, run: folder.path });
    return;
  }
  const rows = compareClaims(paper.claims, result.metrics).map((row) => [row.label, row.paper, row.here]);
  await writeTable(world.stdout, ['result', 'paper', 'here'], rows);
  world.stdout.write(`preset ${result.preset}, seed ${result.seed}, ${formatDuration(result.seconds)}\n`);
  world.stdout.write(`report: ${folder.file('report')}\n`);
}

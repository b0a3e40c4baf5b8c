import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Child, type TestCli, testCli } from './testing/cli.ts';

let cli: TestCli;

beforeAll(async () => {
  cli = await testCli();
});

afterAll(() => cli.remove());

const inFolder = (...parts: string[]) => join(cli.folder, ...parts);
const read = (...parts: string[]) => readFileSync(inFolder(...parts));
const lastLine = (text: string) => JSON.parse(text.trimEnd().split('\n').at(-1)!);

/** Slow enough to be interrupted: 60 updates of 20 ms. */
const SLOW = ['run', 'fake2020', '--set', 'iterations=60', '--set', 'delay=20', '--checkpoint-every', '0.1'];

/** Calls `act` when the run has logged `lines` lines and saved a checkpoint. */
const atLine = (out: string, lines: number, act: (child: Child) => void) => (child: Child) => {
  const timer = setInterval(() => {
    const log = inFolder(out, 'metrics.jsonl');
    if (!existsSync(inFolder(out, 'checkpoint.safetensors'))) return;
    if (readFileSync(log, 'utf8').split('\n').length <= lines) return;
    clearInterval(timer);
    act(child);
  }, 5);
  child.on('close', () => clearInterval(timer));
};

describe('volley list', () => {
  it('shows id, status and presets, as a table and as JSON', async () => {
    const table = await cli.run('list');
    expect(table.code).toBe(0);
    for (const text of ['fake2020', 'not tried', 'quick ~5 min', 'paper ~5 h']) expect(table.stdout).toContain(text);
    const { papers } = lastLine((await cli.run('list', '--json')).stdout);
    expect(papers[0]).toMatchObject({
      id: 'fake2020',
      status: 'not tried',
      presets: [{ name: 'smoke', minutes: 0.1 }, {}, {}],
    });
  });
});

describe('volley run', () => {
  it('ends in one JSON object on stdout, progress on stderr', async () => {
    const { code, stdout, stderr } = await cli.run('run', 'fake2020', '--preset', 'smoke', '--seed', '3', '--json');
    expect(code).toBe(0);
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
    expect(stderr).toContain('updating  10/10');
    const result = lastLine(stdout);
    expect(Object.keys(result)).toEqual(['id', 'preset', 'seed', 'seconds', 'metrics', 'paper', 'run']);
    expect(result).toMatchObject({
      id: 'fake2020',
      preset: 'smoke',
      seed: 3,
      metrics: { updates: 10, split: { half: expect.any(Number) } },
      paper: { accuracy: 0.942 },
    });
    expect(result.run).toBe('runs/fake2020-smoke-seed3-1');
    expect(readdirSync(inFolder(result.run)).sort()).toEqual(
      ['checkpoint.safetensors', 'config.json', 'metrics.jsonl', 'report.html', 'result.json', 'status.json'].sort(),
    );
  });

  it('ends in the table paper/here, never with a number that was not computed', async () => {
    const { code, stdout } = await cli.run('run', 'fake2020', '--preset', 'smoke', '--out', 'table');
    expect(code).toBe(0);
    expect(stdout).toContain('94.2 % (read)');
    expect(stdout).toContain('not computed');
    expect(stdout).toContain('report: table/report.html');
  });

  it('depends on the seed and on nothing else', async () => {
    for (const [out, seed, workers] of [
      ['s1', '1', 1],
      ['s1b', '1', availableParallelism()],
      ['s2', '2', 1],
    ] as const) {
      await cli.run('run', 'fake2020', '--preset', 'smoke', '--seed', seed, '--workers', String(workers), '--out', out);
    }
    expect(read('s1b', 'metrics.jsonl')).toEqual(read('s1', 'metrics.jsonl'));
    expect(read('s2', 'metrics.jsonl')).not.toEqual(read('s1', 'metrics.jsonl'));
  });
});

describe('resume', () => {
  let whole: { metrics: unknown };

  beforeAll(async () => {
    whole = lastLine((await cli.run(...SLOW, '--out', 'whole', '--json')).stdout);
  });

  const expectSameRun = (out: string, stdout: string) => {
    expect(lastLine(stdout).metrics).toEqual(whole.metrics);
    for (const file of ['metrics.jsonl', 'checkpoint.safetensors'])
      expect(read(out, file)).toEqual(read('whole', file));
  };

  it('gives the bits of an uninterrupted run after kill -9', async () => {
    const kill = atLine('killed', 20, (child) => child.kill('SIGKILL'));
    const killed = await cli.start([...SLOW, '--out', 'killed'], { act: kill });
    expect(killed.signal).toBe('SIGKILL');
    // A line that no checkpoint covers, half written: what a kill can leave.
    writeFileSync(inFolder('killed', 'metrics.jsonl'), '{"iteration":99,"lo', { flag: 'a' });
    const resumed = await cli.run('run', 'fake2020', '--resume', 'killed', '--json');
    expect(resumed.code).toBe(0);
    expect(resumed.stderr).not.toContain('updating  1/60');
    expectSameRun('killed', resumed.stdout);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('%s saves, says how to resume and exits 130', async (signal) => {
    const stop = atLine(signal, 20, (child) => child.kill(signal));
    const stopped = await cli.start([...SLOW, '--out', signal], { act: stop });
    expect(stopped.code).toBe(130);
    expect(stopped.stderr).toContain(`resume with: volley run fake2020 --resume ${signal}`);
    expect(existsSync(inFolder(signal, 'result.json'))).toBe(false);
    expectSameRun(signal, (await cli.run('run', 'fake2020', '--resume', signal, '--json')).stdout);
  });

  it('of a finished run repeats its result', async () => {
    const again = await cli.run('run', 'fake2020', '--resume', 'whole', '--json');
    expect(again.code).toBe(0);
    expect(lastLine(again.stdout)).toEqual(whole);
  });

  it('refuses a folder that is no run, another run and flags that would change its bits', async () => {
    mkdirSync(inFolder('no-run'));
    expect(await cli.run('run', 'fake2020', '--resume', 'no-run')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('expected a run folder'),
    });
    expect(await cli.run('run', 'fake2020', '--resume', 'whole', '--seed', '2')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--seed'),
    });
  });

  it('says which file is damaged', async () => {
    await cli.start([...SLOW, '--out', 'cut'], { act: atLine('cut', 20, (child) => child.kill('SIGINT')) });
    writeFileSync(inFolder('cut', 'checkpoint.safetensors'), read('cut', 'checkpoint.safetensors').subarray(0, 40));
    const { code, stderr } = await cli.run('run', 'fake2020', '--resume', 'cut');
    expect(code).toBe(1);
    expect(stderr).toContain(join('cut', 'checkpoint.safetensors'));
  });
});

describe('wrong usage', () => {
  const smoke = ['run', 'fake2020', '--preset', 'smoke'];
  it.each([
    [['frob'], "unknown command 'frob' (commands: list, run, bench, convert, runs"],
    [[], 'expected a command'],
    [['run', 'fake2020', '--sed', '1'], "unknown option '--sed' (options of run: --json, --debug, --preset, --seed"],
    [['run'], "missing required argument 'id'"],
    [['run', 'fake'], 'unknown paper "fake" (known: fake2020)'],
    [['run', 'fake2020', '--preset', 'fast'], 'unknown preset "fast" (known: smoke, quick, paper)'],
    [['run', 'fake2020', '--seed', '1.5'], 'expected a whole number from 0 to'],
    [['run', 'fake2020', '--workers', '0'], 'workers: expected a whole number from 1 to'],
    [[...smoke, '--set', 'rates=1'], 'unknown setting "rates" (known: iterations, rate, delay, sort, fail)'],
    [[...smoke, '--set', 'rate'], 'expected key=value, got "rate"'],
    [[...smoke, '--set', 'rate=2'], 'expected a number from 0 to 1, got "2"'],
    [[...smoke, '--set', 'rate=fast'], 'expected a number from 0 to 1, got "fast"'],
    [[...smoke, '--set', 'iterations=1.5'], 'expected a whole number from 1 to'],
    [[...smoke, '--set', 'sort=sweet'], 'expected one of plain, salted, got "sweet"'],
    [[...smoke, '--set', 'sort=salted', '--set', 'rate=0'], 'fake2020 rate: expected more than 0 with salt, got 0'],
    [['bench', 'slow'], 'unknown benchmark "slow" (known: fake)'],
    [['list', 'extra'], 'too many arguments'],
  ])('%j exits 2 with one line', async (args, message) => {
    const { code, stdout, stderr } = await cli.run(...args);
    expect(stderr).toContain(message);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(code).toBe(2);
    expect(stdout).toBe('');
  });

  it('settings that do not fit together leave no run folder', async () => {
    await cli.run(...smoke, '--set', 'sort=salted', '--set', 'rate=0', '--out', 'unfit');
    expect(existsSync(inFolder('unfit'))).toBe(false);
  });

  it('refuses to write over another run', async () => {
    await cli.run(...smoke, '--out', 'taken');
    const before = read('taken', 'metrics.jsonl');
    const { code, stderr } = await cli.run(...smoke, '--seed', '2', '--out', 'taken');
    expect(code).toBe(2);
    expect(stderr).toContain('--resume taken');
    expect(read('taken', 'metrics.jsonl')).toEqual(before);
  });
});

describe('failures', () => {
  it('volley run | head -1 ends without a stack', async () => {
    const close = (child: Child) => child.stdout.once('data', () => child.stdout.destroy());
    const { code, stderr } = await cli.start([...SLOW, '--out', 'piped'], { act: close });
    expect(stderr).toBe('');
    expect(code).toBe(141);
  });

  it('an unwritable folder is told before any work', async () => {
    writeFileSync(inFolder('file'), '');
    const { code, stdout, stderr } = await cli.run('run', 'fake2020', '--out', 'file/run');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^volley: run folder: expected to create file\/run, got ENOTDIR .*\n$/);
    expect(stdout).toBe('');
  });

  it("a paper's error is one line, with its stack behind --debug", async () => {
    const plain = await cli.run('run', 'fake2020', '--set', 'fail=true');
    expect(plain.code).toBe(1);
    expect(plain.stderr).toMatch(/^volley: Error: planted fault .*\n$/);
    const debug = await cli.run('run', 'fake2020', '--set', 'fail=true', '--debug');
    expect(debug.stderr).toMatch(/planted\nfault\n\s+at /);
  });

  it('a full disk leaves the previous checkpoint intact', async () => {
    // 2 KiB stop metrics.jsonl after some 50 lines; checkpoints before that are whole.
    const args = [...SLOW, '--set', 'delay=0', '--set', 'iterations=80', '--out', 'full', '--checkpoint-every', '0'];
    const { code, stderr } = await cli.start(args, { shell: "trap '' XFSZ; ulimit -f 2;" });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^volley: log: expected to append to .*metrics.jsonl, got EFBIG.*resume with: .*\n$/);
    expect(readdirSync(inFolder('full')).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    const resumed = await cli.run('run', 'fake2020', '--resume', 'full', '--json');
    expect(resumed.code).toBe(0);
    expect(lastLine(resumed.stdout).metrics.updates).toBe(80);
  });
});

describe('volley runs', () => {
  it('tells finished, interrupted and killed runs apart', async () => {
    const kill = atLine('runs/killed', 5, (child) => child.kill('SIGKILL'));
    const stop = atLine('runs/stopped', 5, (child) => child.kill('SIGINT'));
    await cli.start([...SLOW, '--out', 'runs/killed'], { act: kill });
    await cli.start([...SLOW, '--out', 'runs/stopped'], { act: stop });
    await cli.run('run', 'fake2020', '--preset', 'smoke', '--out', 'runs/finished');
    const { runs } = lastLine((await cli.run('runs', '--json')).stdout);
    const states = Object.fromEntries(runs.map((each: { run: string; state: string }) => [each.run, each.state]));
    expect(states).toMatchObject({ 'runs/killed': 'stopped', 'runs/stopped': 'interrupted', 'runs/finished': 'done' });
    expect((await cli.run('runs')).stdout).toContain('resume with: volley run fake2020 --resume runs/');
  });
});

describe('volley bench', () => {
  it('prints rows in the form that outside checks read', async () => {
    const { code, stdout } = await cli.run('bench', 'fake', '--peers', '--json');
    expect(code).toBe(0);
    const { bench, machine, rows } = lastLine(stdout);
    expect(bench).toBe('fake');
    expect(machine).toContain('Node 2');
    // The best peer needs 2 s, ours 0.5 s.
    expect(rows[0]).toEqual({
      case: 'B1',
      unit: 'cpu s',
      ours: 0.5,
      peers: { slow: 4, fast: 2 },
      ratioToBestPeer: 4,
      peakMB: 7,
    });
    expect((await cli.run('bench', '--peers')).stdout).toContain('ratio to best');
  });
});

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { EventSimulation, ParameterError, PartitionedSimulation, StorageError } from 'volley';
import { type BenchOptions, type BenchResult, type BenchRow, benchRow, eventThreads, machineLine } from 'volley/io';
import { CASES, caseName, networkOf, type SimulateCase } from './simulate-case.ts';

/** Compiled benches lie in dist/bench, the peers' programs in bench/peers of the repository. */
const folder = fileURLToPath(new URL('../../bench/peers/', import.meta.url));
const python = `${folder}.venv-simulate/bin/python`;

const PEERS = [
  { name: 'brian2', args: ['peer_brian2_simulate.py'] },
  { name: 'brian2-float32', args: ['peer_brian2_simulate.py', '--float32'] },
  { name: 'nest', args: ['peer_nest_simulate.py'] },
] as const;

/** A large network, which takes minutes to build, is run in Brian2's usual precision alone. */
const peersOf = ({ large }: SimulateCase) => PEERS.filter(({ name }) => !large || name !== 'brian2-float32');

const DT = 0.1;
const WARM_UP = 100 / DT;
const REPEATS = 3;

interface PeerRow {
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  readonly rate: number;
}

/** CPU seconds of all threads of this process, and seconds. */
const now = (): { cpu: number; wall: number } => {
  const { user, system } = process.cpuUsage();
  return { cpu: (user + system) / 1e6, wall: performance.now() / 1e3 };
};

/** Steps of a measured run: a second of the network, or less of a large one. */
const stepsOf = ({ size, large }: SimulateCase): number => (large ? 2000 : size > 20_000 ? 3000 : 10_000);

/** A network in one thread, or in parts on several. */
async function build(test: SimulateCase, threads: number): Promise<EventSimulation | PartitionedSimulation> {
  const options = { seed: 1, dt: DT };
  if (threads === 1) return new EventSimulation(networkOf(test), options);
  return PartitionedSimulation.create(networkOf(test), { ...options, executor: eventThreads({ workers: threads }) });
}

/** CPU seconds and seconds per simulated second, with what was built and what happened. */
async function measure(test: SimulateCase, threads: number) {
  const neurons = Object.values(networkOf(test).populations).reduce((sum, { size }) => sum + size, 0);
  const begin = now();
  const simulation = await build(test, threads);
  const buildSeconds = now().wall - begin.wall;
  await simulation.run(WARM_UP);
  const steps = stepsOf(test);
  const seconds = (steps * DT) / 1000;
  let [cpuSeconds, wallSeconds] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  let [spikes, events] = [0, 0];
  for (let k = 0; k < REPEATS; k++) {
    const before = now();
    const { counts, synapticEvents } = await simulation.run(steps);
    const after = now();
    cpuSeconds = Math.min(cpuSeconds, (after.cpu - before.cpu) / seconds);
    wallSeconds = Math.min(wallSeconds, (after.wall - before.wall) / seconds);
    // Of the first run, as for the peers: a plastic network changes.
    if (k === 0) spikes = Object.values(counts).reduce((sum, count) => sum + count, 0) / seconds;
    events += synapticEvents / (REPEATS * seconds);
  }
  const { synapses, synapseBytes, memoryBytes } = simulation;
  if (simulation instanceof PartitionedSimulation) await simulation.close();
  const spent = threads === 1 ? cpuSeconds : wallSeconds;
  return {
    spent,
    extra: {
      threads,
      realTimeFactor: 1 / spent,
      cpuSeconds,
      wallSeconds,
      rate: spikes / neurons,
      synapses,
      synapticEventsPerSecond: events / spent,
      bytesPerSynapse: synapseBytes / synapses,
      memoryMB: memoryBytes / 1e6,
      buildSeconds,
    },
  };
}

/** Runs one case on one peer in a fresh process; a peer that fails is left out, with a line of progress. */
async function runPeer(
  { name, args }: (typeof PEERS)[number],
  test: SimulateCase,
  threads: number,
  progress: (text: string) => void,
): Promise<PeerRow | undefined> {
  const [script, ...flags] = args;
  const seconds = (stepsOf(test) * DT) / 1000;
  const repeat = test.large ? ['--repeat', '1'] : [];
  const given = ['--case', caseName(test), '--seconds', `${seconds}`, '--threads', `${threads}`];
  const env = { ...process.env, OMP_NUM_THREADS: `${threads}` };
  const limits = { env, maxBuffer: 1 << 24, timeout: 3_600_000 };
  try {
    const { stdout } = await promisify(execFile)(
      python,
      [`${folder}${script}`, ...given, ...repeat, ...flags, '--json'],
      limits,
    );
    return JSON.parse(stdout.trim().split('\n').at(-1)!) as PeerRow;
  } catch (error) {
    const { stderr = '', signal } = error as { readonly stderr?: string; readonly signal?: string };
    const reason = stderr.trim().split('\n').at(-1) || signal || String(error).split('\n')[0];
    progress(`${name}, ${caseName(test)}: ${reason}`);
    return undefined;
  }
}

/** The row of a case: CPU seconds on one thread, seconds on several. */
async function rowOf(test: SimulateCase, threads: number, { peers, progress }: BenchOptions): Promise<BenchRow> {
  const name = threads === 1 ? caseName(test) : `${caseName(test)}, ${threads} threads`;
  progress(name);
  const { spent, extra } = await measure(test, threads);
  const found: Record<string, PeerRow> = {};
  for (const peer of peers ? peersOf(test) : []) {
    progress(`${peer.name}, ${name}`);
    const row = await runPeer(peer, test, threads, progress);
    if (row) found[peer.name] = row;
  }
  const column = (key: keyof PeerRow) =>
    Object.fromEntries(Object.entries(found).map(([peer, row]) => [peer, row[key]]));
  const row = benchRow({
    ...{ case: name, unit: threads === 1 ? 'cpu s per s' : 's per s', ours: spent },
    ...{ peers: column(threads === 1 ? 'cpuSeconds' : 'wallSeconds'), extra },
  });
  return { ...row, ...(peers ? { peerRates: column('rate') } : {}) };
}

/**
 * Random networks of point neurons, dt 0.1 ms: seconds per simulated second, so below 1 is faster than real time. On one
 * thread CPU seconds, on two seconds of a clock.
 */
export async function run(options: BenchOptions): Promise<BenchResult> {
  const { peers, cases } = options;
  if (peers && !existsSync(python)) {
    throw new StorageError('bench --peers', `expected the simulators' environment at ${python}, got nothing`, {
      hint: 'run bench/peers/setup_simulate first',
    });
  }
  const named = CASES.filter((test) => caseName(test) === cases);
  const like = CASES.filter((test) => (cases === undefined ? !test.large : caseName(test).includes(cases)));
  const chosen = named.length > 0 ? named : like;
  if (chosen.length === 0) {
    const known = CASES.map(caseName).join(', ');
    throw new ParameterError('bench --cases', `expected part of a name, got "${cases}"`, { hint: `known: ${known}` });
  }
  const rows: BenchRow[] = [];
  for (const test of chosen) {
    for (const threads of [1, 2]) rows.push(await rowOf(test, threads, options));
  }
  return { bench: 'simulate', machine: machineLine(), rows };
}

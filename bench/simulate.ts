import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { EventSimulation, StorageError } from 'volley';
import { type BenchOptions, type BenchResult, type BenchRow, benchRow, machineLine } from 'volley/io';
import { CASES, caseName, networkOf, type SimulateCase } from './simulate-case.ts';

/** Compiled benches lie in dist/bench, the peers' programs in bench/peers of the repository. */
const folder = fileURLToPath(new URL('../../bench/peers/', import.meta.url));
const python = `${folder}.venv-simulate/bin/python`;

const PEERS = [
  { name: 'brian2', args: ['peer_brian2_simulate.py'] },
  { name: 'brian2-float32', args: ['peer_brian2_simulate.py', '--float32'] },
  { name: 'nest', args: ['peer_nest_simulate.py'] },
] as const;

const DT = 0.1;
const WARM_UP = 100 / DT;
const REPEATS = 3;

interface PeerRow {
  readonly cpuSeconds: number;
  readonly rate: number;
}

const cpuNow = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

/** Steps of a measured run: a second of the network, or less of a large one. */
const stepsOf = ({ size }: SimulateCase): number => (size > 20_000 ? 3000 : 10_000);

/** CPU seconds per simulated second, with what was built and what happened. */
function measure(test: SimulateCase) {
  const network = networkOf(test);
  const neurons = Object.values(network.populations).reduce((sum, { size }) => sum + size, 0);
  const built = cpuNow();
  const simulation = new EventSimulation(network, { seed: 1, dt: DT });
  const buildSeconds = cpuNow() - built;
  simulation.run(WARM_UP);
  const steps = stepsOf(test);
  const seconds = (steps * DT) / 1000;
  let best = Number.POSITIVE_INFINITY;
  let [spikes, events] = [0, 0];
  for (let k = 0; k < REPEATS; k++) {
    const before = cpuNow();
    const { counts, synapticEvents } = simulation.run(steps);
    best = Math.min(best, (cpuNow() - before) / seconds);
    spikes += Object.values(counts).reduce((sum, count) => sum + count, 0) / (REPEATS * seconds);
    events += synapticEvents / (REPEATS * seconds);
  }
  return {
    cpuSeconds: best,
    extra: {
      rate: spikes / neurons,
      synapses: simulation.synapses,
      synapticEventsPerSecond: events / best,
      bytesPerSynapse: simulation.synapseBytes / simulation.synapses,
      memoryMB: simulation.memoryBytes / 1e6,
      buildSeconds,
    },
  };
}

/** Runs one case on one peer in a fresh process; a peer that fails is left out, with a line of progress. */
async function runPeer(
  { name, args }: (typeof PEERS)[number],
  test: SimulateCase,
  progress: (text: string) => void,
): Promise<PeerRow | undefined> {
  const [script, ...flags] = args;
  const seconds = (stepsOf(test) * DT) / 1000;
  const command = [`${folder}${script}`, '--case', caseName(test), '--seconds', `${seconds}`, ...flags, '--json'];
  const env = { ...process.env, OMP_NUM_THREADS: '1' };
  try {
    const { stdout } = await promisify(execFile)(python, command, { env, maxBuffer: 1 << 24, timeout: 1_800_000 });
    return JSON.parse(stdout.trim().split('\n').at(-1)!) as PeerRow;
  } catch (error) {
    progress(`${name}, ${caseName(test)}: ${String(error).split('\n')[0]}`);
    return undefined;
  }
}

/** Random networks of point neurons, dt 0.1 ms: CPU seconds per simulated second, so below 1 is faster than real time. */
export async function run({ peers, progress }: BenchOptions): Promise<BenchResult> {
  if (peers && !existsSync(python)) {
    throw new StorageError('bench --peers', `expected the simulators' environment at ${python}, got nothing`, {
      hint: 'run bench/peers/setup_simulate first',
    });
  }
  const rows: BenchRow[] = [];
  for (const test of CASES) {
    progress(caseName(test));
    const { cpuSeconds, extra } = measure(test);
    const found: Record<string, PeerRow> = {};
    for (const peer of peers ? PEERS.filter(({ name }) => test.kind !== 'Microcircuit' || name === 'nest') : []) {
      progress(`${peer.name}, ${caseName(test)}`);
      const row = await runPeer(peer, test, progress);
      if (row) found[peer.name] = row;
    }
    const column = (key: keyof PeerRow) =>
      Object.fromEntries(Object.entries(found).map(([name, row]) => [name, row[key]]));
    const row = benchRow({
      ...{ case: caseName(test), unit: 'cpu s per s', ours: cpuSeconds, peers: column('cpuSeconds') },
      extra: { realTimeFactor: 1 / cpuSeconds, ...extra },
    });
    rows.push({ ...row, ...(peers ? { peerRates: column('rate') } : {}) });
  }
  return { bench: 'simulate', machine: machineLine(), rows };
}

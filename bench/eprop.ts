import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type BenchOptions, type BenchResult, type BenchRow, benchRow, machineLine } from 'volley/io';
import { type EpropCase, epropBatch, onlineLearner, sequenceTrainer, synapseSteps, synapses } from './eprop-case.ts';
import { cpuSeconds, cpuSecondsAsync } from './measure.ts';
import { peerColumn, peerSeconds, runPeers } from './peers.ts';
import { triadRate } from './triad.ts';

/** Few steps where PyTorch needs seconds for one hundred. */
const CASES: readonly EpropCase[] = [
  { batch: 1, neurons: 100, steps: 1000, gain: 1.1 },
  { batch: 32, neurons: 100, steps: 1000, gain: 1.1 },
  { batch: 64, neurons: 400, steps: 128, gain: 1 },
];
const BLOCK = 128;
/** Per synapse and row of the batch: ε, the filtered trace and the gradient, each read and written once per block. */
const BYTES = 24;
/** The two forms of PyTorch that walk through all traces at every step, as the published equations do. */
const TRACE_FORMS = ['torch-eager', 'torch-compile'];

/** Repetitions after which the least time of a small case has been compiled by every tier. */
const repeats = (test: EpropCase): number => Math.max(5, Math.ceil(5e9 / synapseSteps(test)));

function onlineSeconds(test: EpropCase, block: number): { seconds: number; bytes: number; rate: number } {
  const learner = onlineLearner(test, block);
  const batch = epropBatch(test);
  let rate = Number.NaN;
  const seconds = cpuSeconds(block === 1 ? Math.ceil(repeats(test) / 5) : repeats(test), () => {
    learner.reset();
    rate = learner.advance(batch).rates.hidden!;
  });
  return { seconds, bytes: learner.memoryBytes, rate };
}

async function sequenceSeconds(test: EpropCase, kind: 'eprop' | 'bptt'): Promise<number> {
  const trainer = await sequenceTrainer(test, kind);
  const batch = epropBatch(test);
  const seconds = await cpuSecondsAsync(Math.ceil(repeats(test) / 5), () => trainer.gradient(batch));
  await trainer.close();
  return seconds;
}

async function caseRow(test: EpropCase, { peers, progress }: BenchOptions): Promise<BenchRow> {
  const name = `B${test.batch} N${test.neurons} T${test.steps}`;
  const unit = 'ns per synapse and step';
  const ns = (seconds: number) => (1e9 * seconds) / synapseSteps(test);
  progress(`ours, ${name}`);
  const { seconds, bytes, rate } = onlineSeconds(test, BLOCK);
  const results = peers ? await runPeers('eprop', name, progress) : [];
  // Once more after the peers: what else the machine does changes in the meantime.
  const ours = ns(peers ? Math.min(seconds, onlineSeconds(test, BLOCK).seconds) : seconds);
  const others = Object.fromEntries(Object.entries(peerSeconds(results)).map(([peer, s]) => [peer, ns(s)]));
  const traced = TRACE_FORMS.flatMap((form) => others[form] ?? []);
  const triad = triadRate(8 * test.batch * synapses(test));
  const extra = {
    ratioToTraceForms: traced.length > 0 ? Math.min(...traced) / ours : null,
    everyStep: ns(onlineSeconds(test, 1).seconds),
    reverseScan: ns(await sequenceSeconds(test, 'eprop')),
    bptt: ns(await sequenceSeconds(test, 'bptt')),
    memoryMB: bytes / 1e6,
    bytesPerSynapseStep: BYTES / BLOCK,
    triadGBps: triad / 1e9,
    bandwidthShare: BYTES / BLOCK / (ours * 1e-9) / triad,
    spikesPerStep: rate / 1000,
  };
  const columns = { peersMB: peerColumn(results, 'netMB'), peersSpikeRate: peerColumn(results, 'spikeRate') };
  return { ...benchRow({ case: name, unit, ours, peers: others, extra }), ...(peers ? columns : {}) };
}

/** Memory resident in this process, without garbage. */
function residentBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  return process.memoryUsage().rss;
}

/** What a process grows by while a learner runs for longer and longer, in stretches of 100 steps. */
function memoryRow(): BenchRow {
  const test = { ...CASES[2]!, steps: 100 };
  const batch = epropBatch(test);
  const before = residentBytes();
  const learner = onlineLearner(test, BLOCK);
  const extra: Record<string, number> = {};
  let steps = 0;
  for (const until of [100, 1000, 10_000]) {
    for (; steps < until; steps += test.steps) learner.advance(batch);
    extra[`rssT${until}`] = (residentBytes() - before) / 1e6;
  }
  return benchRow({
    case: `memory, B${test.batch} N${test.neurons}`,
    unit: 'MB',
    ours: learner.memoryBytes / 1e6,
    extra,
  });
}

/** Online e-prop of a recurrent ALIF network: CPU time per synapse and time step, and memory, in one thread. */
export async function run(options: BenchOptions): Promise<BenchResult> {
  options.progress('memory');
  const memory = memoryRow();
  const rows: BenchRow[] = [];
  for (const test of CASES) rows.push(await caseRow(test, options));
  return { bench: 'eprop', machine: machineLine(), rows: [...rows, memory] };
}

import {
  alif,
  defineNetwork,
  Engine,
  fanInNormal,
  glorotUniform,
  initialParameters,
  leakyReadout,
  type Network,
} from 'volley';
import { type BenchOptions, type BenchResult, type BenchRow, benchRow, machineLine } from 'volley/io';
import { cpuSeconds, gemmRate, randomSpikes } from './measure.ts';
import { peerColumn, peerSeconds, runPeers } from './peers.ts';

interface Case {
  readonly batch: number;
  readonly neurons: number;
  readonly steps: number;
  /** Gain of the input weights at which 3 % of the neurons spike per step; found by bisection, see `rate`. */
  readonly gain: number;
}

const CASES: readonly Case[] = [
  { batch: 32, neurons: 100, steps: 500, gain: 0.36 },
  { batch: 32, neurons: 100, steps: 2250, gain: 0.36 },
  { batch: 128, neurons: 224, steps: 300, gain: 0.36 },
  { batch: 64, neurons: 1000, steps: 200, gain: 0.36 },
];

const INPUTS = 80;
const INPUT_RATE = 0.05;

/** The benchmark's network: `neurons` ALIF, half of them adapting, and ten leaky readouts. */
export function benchNetwork(neurons: number, gain: number): Network {
  const beta = Array.from({ length: neurons }, (_, n) => (n % 2 === 0 ? 0 : 1.8));
  return defineNetwork({
    inputs: { x: { size: INPUTS } },
    populations: {
      hidden: { size: neurons, model: alif({ beta, tauA: 700 }) },
      out: { size: 10, model: leakyReadout() },
    },
    projections: {
      in: { from: 'x', to: 'hidden', weights: fanInNormal({ gain }) },
      rec: { from: 'hidden', to: 'hidden', weights: fanInNormal({ gain }) },
      out: { from: 'hidden', to: 'out', weights: glorotUniform() },
    },
  });
}

/** An engine with inputs written and a loss gradient in place, as in training. */
function prepare({ batch, neurons, steps, gain }: Case): Engine {
  const network = benchNetwork(neurons, gain);
  const training = { parameters: {}, readouts: ['out'] };
  const engine = new Engine(network, initialParameters(network, 1), { batch, steps, dt: 1, seed: 1, training });
  engine.writeInputs({ x: randomSpikes(steps, batch, INPUTS, INPUT_RATE) }, 0, steps);
  const { base, slotBytes, slots } = engine.layout.populations.out!.lossGradient!;
  // Softmax cross-entropy on the mean of the last 28 steps gives gradients of this size there, and none before.
  const gradient = engine.floats(base + (slots - 28) * slotBytes, (28 * slotBytes) / 4);
  for (let k = 0; k < gradient.length; k++) gradient[k] = (k % 12 < 10 ? (k % 12) - 4.5 : 0) / (28 * 4.5 * batch);
  return engine;
}

function runCase(test: Case, bestGemm: number): BenchRow {
  const { batch, neurons, steps } = test;
  const engine = prepare(test);
  const hidden = engine.layout.populations.hidden!;
  const forward = () => {
    engine.reset();
    engine.forward();
  };
  const ours = cpuSeconds(5, () => {
    forward();
    engine.backward();
  });
  const forwardSeconds = cpuSeconds(5, forward);
  const spikes = engine.countSpikes(hidden).reduce((sum, count) => sum + count, 0);
  const addresses = [
    hidden.adjoint!.dInputs.I!,
    engine.layout.projections.rec!.transposed,
    hidden.adjoint!.dOutput,
  ] as const;
  const rate = gemmRate(engine, batch, hidden.padded, neurons, addresses);
  const gemmSeconds = (2 * batch * hidden.padded * neurons * steps) / rate;
  return benchRow({
    case: `B${batch} N${neurons} T${steps}`,
    unit: 'cpu s',
    ours,
    extra: {
      forwardSeconds,
      gemmShare: gemmSeconds / ours,
      gemmGflops: rate / 1e9,
      gemmEfficiency: rate / bestGemm,
      spikeRate: spikes / (batch * neurons * steps),
      spikesPerSecond: spikes / ours,
      peakMB: engine.memory.buffer.byteLength / 1e6,
    },
  });
}

/** Largest GEMM rate reached on this machine with our kernel, over a few shapes. */
function bestGemmRate(): number {
  const engine = prepare({ batch: 256, neurons: 256, steps: 4, gain: 1 });
  const { adjoint } = engine.layout.populations.hidden!;
  const addresses = [adjoint!.dInputs.I!, engine.layout.projections.rec!.transposed, adjoint!.dOutput] as const;
  return Math.max(...[32, 64, 128, 256].map((size) => gemmRate(engine, size, size, size, addresses)));
}

/** Training an LSNN at four sizes, in one thread, float32, with plain SIMD. */
export async function run({ peers, progress }: BenchOptions): Promise<BenchResult> {
  const best = bestGemmRate();
  const rows: BenchRow[] = [];
  for (const test of CASES) {
    progress(`ours, B${test.batch} N${test.neurons} T${test.steps}`);
    const row = runCase(test, best);
    if (!peers) {
      rows.push(row);
      continue;
    }
    const { case: name, unit, ours, peers: _none, ratioToBestPeer: _null, ...extra } = row;
    const results = await runPeers('lsnn', name, progress);
    const columns = { peersMB: peerColumn(results, 'netMB'), peersSpikeRate: peerColumn(results, 'spikeRate') };
    rows.push({ ...benchRow({ case: name, unit, ours, peers: peerSeconds(results) }), ...extra, ...columns });
  }
  return { bench: 'lsnn', machine: machineLine(), rows };
}

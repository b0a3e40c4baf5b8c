import { type BenchOptions, type BenchResult, type BenchRow, benchRow, machineLine } from 'volley/io';
import { type LsnnCase, lsnnEngine } from './lsnn-engine.ts';
import { cpuSeconds, gemmRate } from './measure.ts';
import { peerColumn, peerSeconds, runPeers } from './peers.ts';

const CASES: readonly LsnnCase[] = [
  { batch: 32, neurons: 100, steps: 500, gain: 0.36 },
  { batch: 32, neurons: 100, steps: 2250, gain: 0.38 },
  { batch: 128, neurons: 224, steps: 300, gain: 0.335 },
  { batch: 64, neurons: 1000, steps: 200, gain: 0.31 },
];

function runCase(test: LsnnCase, bestGemm: number): BenchRow {
  const { batch, neurons, steps } = test;
  const engine = lsnnEngine(test);
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
  const engine = lsnnEngine({ batch: 256, neurons: 256, steps: 4, gain: 1 });
  const { adjoint } = engine.layout.populations.hidden!;
  const addresses = [adjoint!.dInputs.I!, engine.layout.projections.rec!.transposed, adjoint!.dOutput] as const;
  // No powers of two: rows of such a length collide in the first-level cache.
  return Math.max(...[36, 100, 148, 228].map((size) => gemmRate(engine, size, size, size, addresses)));
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

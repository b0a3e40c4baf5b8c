import type { Engine } from 'volley';
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

/**
 * Seconds of one step's recurrent feedback, dE/dz += dE/dI · W, the only large matrix product of training. It skips the
 * neurons whose pseudo-derivative is 0, so its rate, counted as the dense product's, may exceed that of a matrix product.
 */
function feedbackSeconds(engine: Engine): number {
  const { batch, steps } = engine.options;
  const { rec } = engine.layout.projections;
  const { adjoint, padded, size } = engine.layout.populations.hidden!;
  const { base, slotBytes } = engine.layout.populations.out!.lossGradient!;
  // One step from where the sequence ended leaves the non-zeros of a network in full activity.
  engine.carry(steps);
  engine.forward(1);
  engine.floats(base + (engine.layout.origin + 1) * slotBytes, slotBytes / 4).fill(1);
  engine.backward(1);
  const { q } = adjoint!.dInputsSparse!.I!;
  const calls = Math.ceil(1e8 / (batch * size * size));
  const seconds = cpuSeconds(5, () => {
    for (let k = 0; k < calls; k++) {
      engine.kernels.leakyFeedback(
        ...([batch, size, q, padded, rec!.transposed, size, rec!.leakySum!, padded] as const),
        ...([0.95, adjoint!.dOutput, padded, engine.layout.scratch] as const),
      );
    }
  });
  return seconds / calls;
}

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
  const feedback = feedbackSeconds(engine);
  const product = 2 * batch * neurons * neurons;
  return benchRow({
    case: `B${batch} N${neurons} T${steps}`,
    unit: 'cpu s',
    ours,
    extra: {
      forwardSeconds,
      gemmShare: (feedback * steps) / ours,
      gemmGflops: product / feedback / 1e9,
      gemmEfficiency: product / feedback / bestGemm,
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
  const addresses = [adjoint!.dInputs.I!.base, engine.layout.projections.rec!.transposed, adjoint!.dOutput] as const;
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

import { defineNetwork, Engine, fanInNormal, initialParameters, lif } from 'volley';
import { type BenchOptions, type BenchResult, type BenchRow, benchRow, machineLine } from 'volley/io';
import { cpuSeconds } from './measure.ts';
import { peerColumn, peerSeconds, runPeers } from './peers.ts';
import { randomSpikes } from './random-spikes.ts';

const [BATCH, STEPS] = [16, 500];
const SIZES = [128, 512, 1024];
const INPUT_PERCENT = [1, 5, 20, 50];

/** One dense layer of LIF neurons under Bernoulli input; the loss is the mean of the output spikes. */
function runCase(size: number, percent: number): BenchRow {
  const network = defineNetwork({
    inputs: { x: { size } },
    populations: { out: { size, model: lif({ nRef: 0, vTh: 0.05 }) } },
    projections: { linear: { from: 'x', to: 'out', weights: fanInNormal() } },
  });
  const training = { parameters: {}, readouts: ['out'] };
  const engine = new Engine(network, initialParameters(network, 1), {
    batch: BATCH,
    steps: STEPS,
    dt: 1,
    seed: 1,
    training,
  });
  engine.writeInputs({ x: randomSpikes(STEPS, BATCH, size, percent / 100) }, 0, STEPS);
  const out = engine.layout.populations.out!;
  const { base, slotBytes, slots } = out.lossGradient!;
  engine.floats(base, (slotBytes * slots) / 4).fill(1 / (BATCH * STEPS * size));
  const ours = cpuSeconds(5, () => {
    engine.reset();
    engine.forward();
    engine.backward();
  });
  const spikes = engine.countSpikes(out).reduce((sum, count) => sum + count, 0);
  return benchRow({
    case: `B${BATCH} N${size} T${STEPS} p${percent}`,
    unit: 'cpu s',
    ours,
    extra: {
      spikeRate: spikes / (BATCH * STEPS * size),
      inputSpikesPerSecond: (BATCH * STEPS * size * percent) / 100 / ours,
      peakMB: engine.memory.buffer.byteLength / 1e6,
    },
  });
}

/** Linear + LIF, forward and backward, at three sizes and four input rates. */
export async function run({ peers, progress }: BenchOptions): Promise<BenchResult> {
  const rows: BenchRow[] = [];
  for (const size of SIZES) {
    for (const percent of INPUT_PERCENT) {
      progress(`ours, N${size} at ${percent} %`);
      const row = runCase(size, percent);
      if (!peers) {
        rows.push(row);
        continue;
      }
      const { case: name, unit, ours, peers: _none, ratioToBestPeer: _null, ...extra } = row;
      const results = await runPeers('linear-lif', name, progress);
      rows.push({
        ...benchRow({ case: name, unit, ours, peers: peerSeconds(results) }),
        ...extra,
        peersSpikeRate: peerColumn(results, 'spikeRate'),
      });
    }
  }
  return { bench: 'linear-lif', machine: machineLine(), rows };
}

import {
  alif,
  allToAll,
  type Batch,
  deepR,
  defineNetwork,
  fanInNormal,
  fixedNumber,
  glorotUniform,
  leakyReadout,
  type Network,
  sgd,
  softmaxCrossEntropy,
  Trainer,
  type TrainerOptions,
} from 'volley';
import { type BenchOptions, type BenchResult, type BenchRow, benchRow, machineLine } from 'volley/io';
import { cpuSecondsAsync } from './measure.ts';
import { peerSeconds, runPeers } from './peers.ts';
import { randomSpikes } from './random-spikes.ts';

/** Sizes of the recurrent layer, with what keeps a dense training step within a few seconds. */
const CASES = [
  { neurons: 1000, batch: 16, steps: 50 },
  { neurons: 4000, batch: 8, steps: 20 },
] as const;

const CONNECTIVITIES = [0.01, 0.05, 0.1, 0.2] as const;
const INPUTS = 80;
const REPEATS = 5;

/** An LSNN whose recurrent connections are random, or all of them; the others are dense. */
function network(neurons: number, connectivity: number): Network {
  const count = Math.round(connectivity * neurons * neurons);
  const rec = connectivity === 1 ? allToAll({ self: false }) : fixedNumber(count, { self: false });
  const beta = Array.from({ length: neurons }, (_, n) => (n % 2 === 0 ? 0 : 1.8));
  return defineNetwork({
    inputs: { x: { size: INPUTS } },
    populations: {
      hidden: { size: neurons, model: alif({ beta, tauA: 700 }) },
      out: { size: 10, model: leakyReadout() },
    },
    projections: {
      in: { from: 'x', to: 'hidden', weights: fanInNormal({ gain: 0.4 }) },
      rec: {
        from: 'hidden',
        to: 'hidden',
        topology: rec,
        weights: fanInNormal({ gain: 0.2 / Math.sqrt(connectivity) }),
      },
      out: { from: 'hidden', to: 'out', weights: glorotUniform() },
    },
  });
}

type Case = (typeof CASES)[number];

const trainerOptions = ({ batch, steps }: Case): TrainerOptions => ({
  ...{ batch, steps, seed: 1, loss: softmaxCrossEntropy(), optimiser: sgd({ learningRate: 0.01 }) },
});

function randomBatch({ batch, steps }: Case): Batch {
  const labels = Int32Array.from({ length: batch }, (_, row) => row % 10);
  const decisions = { start: Int32Array.of(steps / 2), length: Int32Array.of(steps / 2), labels };
  return { steps, size: batch, inputs: { x: randomSpikes(steps, batch, INPUTS, 0.05) }, decisions };
}

/** Least CPU seconds of a whole training step with all connections, and spikes per neuron and step. */
async function denseStep(test: Case): Promise<{ seconds: number; rate: number }> {
  const trainer = await Trainer.create(network(test.neurons, 1), trainerOptions(test));
  const data = randomBatch(test);
  const { rates } = await trainer.step(data);
  const seconds = await cpuSecondsAsync(REPEATS, () => trainer.step(data));
  await trainer.close();
  return { seconds, rate: rates.hidden! / 1000 };
}

/**
 * Least CPU seconds of a training step with rewiring, and what more it takes than one without: the median over pairs of
 * steps, one after the other, of two trainers that begin with the same connections.
 */
async function sparseStep(
  test: Case,
  connectivity: number,
): Promise<{ seconds: number; rewiring: number; rate: number; activated: number }> {
  const own = network(test.neurons, connectivity);
  const data = randomBatch(test);
  const options = trainerOptions(test);
  const rewired = await Trainer.create(own, { ...options, rewiring: deepR({ projections: ['rec'], l1: 1e-4 }) });
  let last = await rewired.step(data);
  const fixed = await Trainer.create(own, { ...options, parameters: rewired.parameters });
  const differences: number[] = [];
  let best = Number.POSITIVE_INFINITY;
  for (let k = 0; k < REPEATS; k++) {
    const without = await cpuSecondsAsync(1, () => fixed.step(data));
    const seconds = await cpuSecondsAsync(1, async () => {
      last = await rewired.step(data);
    });
    differences.push(seconds - without);
    best = Math.min(best, seconds);
  }
  await rewired.close();
  await fixed.close();
  const rewiring = differences.sort((a, b) => a - b)[REPEATS >> 1]!;
  return { seconds: best, rewiring, rate: last.rates.hidden! / 1000, activated: last.activated };
}

/** A training step against the connectivity of the recurrent layer, with rewiring, beside all connections. */
export async function run({ peers, progress }: BenchOptions): Promise<BenchResult> {
  const rows: BenchRow[] = [];
  const unit = 'cpu s';
  for (const test of CASES) {
    const { neurons, batch, steps } = test;
    const name = `B${batch} N${neurons} T${steps}`;
    progress(`${name}, all connections`);
    const dense = await denseStep(test);
    rows.push(benchRow({ case: `${name} dense`, unit, ours: dense.seconds, extra: { spikeRate: dense.rate } }));
    for (const connectivity of CONNECTIVITIES) {
      const row = `${name} ${100 * connectivity} %`;
      progress(row);
      const { seconds, rewiring, rate, activated } = await sparseStep(test, connectivity);
      const others = peerSeconds(peers ? await runPeers('deep-r', row, progress) : []);
      const extra = {
        timesFasterThanDense: dense.seconds / seconds,
        rewiringShare: rewiring / seconds,
        activated,
        spikeRate: rate,
      };
      rows.push(benchRow({ case: row, unit, ours: seconds, peers: others, extra }));
    }
  }
  return { bench: 'deep-r', machine: machineLine(), rows };
}

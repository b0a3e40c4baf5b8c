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
import { randomSpikes } from './random-spikes.ts';

/** Sizes of the recurrent layer, with what keeps a dense training step within a few seconds. */
const CASES = [
  { neurons: 1000, batch: 16, steps: 50 },
  { neurons: 4000, batch: 8, steps: 20 },
] as const;

const CONNECTIVITIES = [0.01, 0.05, 0.1, 0.2] as const;
const INPUTS = 80;
const REPEATS = 3;

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

/** Least CPU seconds of a whole training step, with what its last one did. */
async function trainingStep(
  { neurons, batch, steps }: (typeof CASES)[number],
  connectivity: number,
  rewired: boolean,
): Promise<{ seconds: number; rate: number; activated: number }> {
  const options: TrainerOptions = {
    ...{ batch, steps, seed: 1, loss: softmaxCrossEntropy(), optimiser: sgd({ learningRate: 0.01 }) },
    ...(rewired ? { rewiring: deepR({ projections: ['rec'], l1: 1e-4 }) } : {}),
  };
  const trainer = await Trainer.create(network(neurons, connectivity), options);
  const labels = Int32Array.from({ length: batch }, (_, row) => row % 10);
  const decisions = { start: Int32Array.of(steps / 2), length: Int32Array.of(steps / 2), labels };
  const data: Batch = { steps, size: batch, inputs: { x: randomSpikes(steps, batch, INPUTS, 0.05) }, decisions };
  let last = await trainer.step(data);
  const seconds = await cpuSecondsAsync(REPEATS, async () => {
    last = await trainer.step(data);
  });
  await trainer.close();
  return { seconds, rate: last.rates.hidden! / 1000, activated: last.activated };
}

/** A training step against the connectivity of the recurrent layer, with and without rewiring, beside all connections. */
export async function run({ progress }: BenchOptions): Promise<BenchResult> {
  const rows: BenchRow[] = [];
  for (const test of CASES) {
    const { neurons, batch, steps } = test;
    const name = `B${batch} N${neurons} T${steps}`;
    progress(`${name}, all connections`);
    const dense = await trainingStep(test, 1, false);
    rows.push(
      benchRow({ case: `${name} dense`, unit: 'cpu s', ours: dense.seconds, extra: { spikeRate: dense.rate } }),
    );
    for (const connectivity of CONNECTIVITIES) {
      progress(`${name}, ${100 * connectivity} %`);
      const fixed = await trainingStep(test, connectivity, false);
      const { seconds, rate, activated } = await trainingStep(test, connectivity, true);
      const extra = {
        timesFasterThanDense: dense.seconds / seconds,
        rewiringShare: (seconds - fixed.seconds) / seconds,
        activated,
        spikeRate: rate,
      };
      rows.push(benchRow({ case: `${name} ${100 * connectivity} %`, unit: 'cpu s', ours: seconds, extra }));
    }
  }
  return { bench: 'deep-r', machine: machineLine(), rows };
}

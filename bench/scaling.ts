import { Engine, initialParameters } from 'volley';
import { type BenchOptions, type BenchResult, type BenchRow, benchRow, machineLine } from 'volley/io';
import { benchNetwork } from './lsnn-engine.ts';
import { cpuSeconds } from './measure.ts';
import { randomSpikes } from './random-spikes.ts';

const [BATCH, STEPS, SIZE] = [16, 200, 512];
const RATES = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3];
const SIZES = [64, 128, 256, 512, 1024, 2048, 4096];

/** Forward pass of a recurrent layer whose spikes are replaced by Bernoulli input of the same number, so that the rate is exact. */
function forwardRow(name: string, size: number, rate: number): BenchRow {
  const network = benchNetwork(size, 0);
  const engine = new Engine(network, initialParameters(network, 1), { batch: BATCH, steps: STEPS, dt: 1, seed: 1 });
  const spikes = randomSpikes(STEPS, BATCH, size, rate);
  const hidden = engine.layout.populations.hidden!;
  const recurrent = engine.layout.projections.rec!;
  const place = engine.bytes(hidden.output.base, hidden.output.slotBytes * hidden.output.slots);
  engine.writeInputs({ x: randomSpikes(STEPS, BATCH, 80, rate) }, 0, STEPS);
  const deliver = cpuSeconds(3, () => {
    place.set(spikes.data.subarray(0, place.length));
    for (let t = 0; t < STEPS; t++) {
      const at = hidden.output.base + t * hidden.output.slotBytes;
      const current = hidden.forward.inputs.I!.base;
      engine.kernels.gatherRows(
        BATCH,
        size,
        at,
        hidden.rowBytes,
        recurrent.weights,
        hidden.padded,
        size,
        current,
        hidden.padded,
        0,
        engine.layout.scratch,
      );
    }
  });
  const neurons = cpuSeconds(3, () => {
    engine.reset();
    engine.forward();
  });
  const updates = BATCH * STEPS * size;
  return benchRow({
    case: name,
    unit: 'ns per neuron and step',
    ours: (1e9 * (deliver + neurons)) / updates,
    extra: {
      delivery: (1e9 * deliver) / updates,
      neurons: (1e9 * neurons) / updates,
      nsPerSpike: (1e9 * deliver) / spikes.count(),
      synapticEventsPerSecond: (spikes.count() * size) / deliver,
    },
  });
}

/** Cost of the forward pass against firing rate (N = 512) and against size (3 %). */
export async function run({ progress }: BenchOptions): Promise<BenchResult> {
  const byRate = RATES.map((rate) => {
    progress(`rate ${rate}`);
    return forwardRow(`N${SIZE} rate ${rate}`, SIZE, rate);
  });
  const bySize = SIZES.map((size) => {
    progress(`size ${size}`);
    return forwardRow(`N${size} rate 0.03`, size, 0.03);
  });
  const series = (rows: readonly BenchRow[], x: readonly number[]) =>
    (['ours', 'delivery', 'neurons'] as const).map((key) => ({
      name: key === 'ours' ? 'forward pass' : key,
      points: rows.map((row, k) => [x[k]!, row[key] as number] as const),
    }));
  const y = 'ns per neuron and step';
  const charts = [
    {
      title: `Forward pass against firing rate, N = ${SIZE}`,
      x: 'spikes per neuron and step, %',
      y,
      series: series(
        byRate,
        RATES.map((rate) => 100 * rate),
      ),
    },
    { title: 'Forward pass against size, 3 % spiking', x: 'neurons', y, series: series(bySize, SIZES) },
  ];
  return { bench: 'scaling', machine: machineLine(), rows: [...byRate, ...bySize], charts };
}

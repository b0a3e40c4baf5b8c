import {
  calibrate,
  convert,
  type Evaluation,
  evaluate,
  type GraphRuntime,
  type SpikingNetwork,
  type Statistics,
} from 'volley/convert';
import type { LogRecord, RunContext } from 'volley/io';
import type { Conversion } from './conversions.ts';
import type { TrainedNetwork } from './networks.ts';

/** A network in a study: what it is called, and how it is read. */
export interface Subject {
  /** First part of the names of its figures. */
  readonly name: string;
  readonly title: string;
  load(): Promise<TrainedNetwork> | TrainedNetwork;
}

/** A network that was read and calibrated. */
export interface CalibratedNetwork extends TrainedNetwork {
  readonly subject: Subject;
  readonly statistics: Statistics;
}

/** Converts networks and tests them, one row of the log per conversion; a resumed run skips what its log holds. */
export class Study {
  readonly runtime: GraphRuntime;
  readonly #context: RunContext;
  readonly #batch: number;

  constructor(context: RunContext, runtime: GraphRuntime, batch: number) {
    this.runtime = runtime;
    this.#context = context;
    this.#batch = batch;
  }

  /** Reads a network and takes the statistics of its activations' inputs. */
  async calibrated(subject: Subject): Promise<CalibratedNetwork> {
    const context = this.#context;
    context.phase(`${subject.title}: calibrating`);
    const network = await subject.load();
    const total = network.calibration.shape[0]!;
    const statistics = await calibrate(network.staged, this.runtime, network.calibration, {
      batch: this.#batch,
      onProgress: (done) => this.progress(done, total),
    });
    return { ...network, subject, statistics };
  }

  convert({ staged, statistics }: CalibratedNetwork, { options, change }: Conversion): SpikingNetwork {
    const network = convert(staged, statistics, { ...options, seed: this.#context.seed });
    return change ? change(network) : network;
  }

  /** Tests a conversion, unless the log has it. `more` adds to the record. */
  async row(
    network: CalibratedNetwork,
    conversion: Conversion,
    more: (network: SpikingNetwork, evaluation: Evaluation) => LogRecord = () => ({}),
  ): Promise<void> {
    const { subject, test, labels } = network;
    const { key, kind, steps } = conversion;
    await this.once(`${subject.name}.${key}`, `${subject.title}: ${key}`, async () => {
      const spiking = this.convert(network, conversion);
      const count = test.shape[0]!;
      const result = await evaluate(spiking, this.runtime, test, labels, {
        ...{ batch: this.#batch, count, detail: false },
        onProgress: (done) => this.progress(done, count),
      });
      const { annAccuracy, snnAccuracy, agreement, spikesPerNeuron, latencySteps, energy } = result;
      const record: LogRecord = {
        ...{ network: subject.name, kind, steps, images: count },
        ...{ annAccuracy: annAccuracy!, accuracy: snnAccuracy!, agreement, spikesPerNeuron, latencySteps },
        ...{ neurons: result.neurons, energyRatio: energy.ratio },
        ...more(spiking, result),
      };
      return [['', record]];
    });
  }

  /**
   * Logs what `measure` finds, unless the log has it.
   *
   * @param key - of the records, each with a suffix of its own
   */
  async once(
    key: string,
    title: string,
    measure: () => Promise<readonly (readonly [string, LogRecord])[]>,
  ): Promise<void> {
    const context = this.#context;
    if (context.history().some(({ part }) => part === key)) return;
    context.phase(title);
    for (const [suffix, record] of await measure()) context.log({ key: `${key}${suffix}`, part: key, ...record });
    await context.checkpoint(() => ({ tensors: {}, metadata: {} }), { force: true });
  }

  progress(done: number, total: number): void {
    this.#context.progress(done, total);
    if (this.#context.stopRequested) throw this.#context.interrupted();
  }
}

/** Fields of a record that are no figures. */
const LABELS = new Set(['steps', 'images', 'annAccuracy', 'neurons']);

/** Figures by key and field, and the accuracy of each trained network. */
export function metricsOf(records: readonly LogRecord[]): Record<string, number> {
  const metrics: Record<string, number> = {};
  for (const record of records) {
    if (typeof record.annAccuracy === 'number') metrics[`${record.network}.annAccuracy`] = record.annAccuracy;
    for (const [name, value] of Object.entries(record)) {
      if (typeof value === 'number' && !LABELS.has(name)) metrics[`${record.key}.${name}`] = value;
    }
  }
  return metrics;
}

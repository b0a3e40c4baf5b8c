import { annGraph } from './ann-graph.ts';
import { coincidences } from './execute/coincidences.ts';
import { CollapsedRunner } from './execute/collapsed.ts';
import { addCounts, type SpikeCounts } from './execute/counts.ts';
import { DetailRecorder } from './execute/layer-detail.ts';
import type { GateObserver, Runner } from './execute/runner.ts';
import { StepByStepRunner } from './execute/step-by-step.ts';
import { stageShapes } from './graph/index.ts';
import type { ProductGate } from './graph/stages.ts';
import type { Activity, GraphRuntime, GraphSession } from './runtime.ts';
import type { SpikingNetwork } from './spiking-network.ts';

/** What is added up over the batches. */
export interface Totals {
  images: number;
  readonly annLabels: number[];
  readonly snnLabels: number[];
  readonly counts: Map<string, SpikeCounts>;
  /** Coincidences by product. */
  readonly coincidences: Map<string, number>;
}

/** Runs a trained network and its spiking one side by side and adds up what they do. */
export class EvaluationPass {
  readonly totals: Totals = {
    images: 0,
    annLabels: [],
    snnLabels: [],
    counts: new Map(),
    coincidences: new Map(),
  };
  /** Of single neurons; undefined if not asked for. */
  readonly detail: DetailRecorder | undefined;
  readonly #recorder: DetailRecorder | undefined;
  readonly #network: SpikingNetwork;
  readonly #ann: GraphSession;
  readonly #runner: Runner;
  readonly #products: readonly ProductGate[];
  readonly #shapes: ReadonlyMap<string, readonly number[]>;

  private constructor(
    network: SpikingNetwork,
    ann: GraphSession,
    runner: Runner,
    { batch, detail }: { readonly batch: number; readonly detail: boolean },
  ) {
    this.#network = network;
    this.#ann = ann;
    this.#runner = runner;
    this.#shapes = stageShapes(network.staged);
    this.#products = network.staged.parts.filter(
      (part) => part.kind === 'product' && network.treatments.get(part.name)!.label === 'spiking',
    ) as ProductGate[];
    // Coincidences are counted from what single neurons do.
    this.#recorder = detail || this.#products.length > 0 ? new DetailRecorder(network, batch) : undefined;
    this.detail = detail ? this.#recorder : undefined;
  }

  static async create(
    network: SpikingNetwork,
    runtime: GraphRuntime,
    options: { readonly batch: number; readonly mode: 'collapsed' | 'step-by-step'; readonly detail: boolean },
  ): Promise<EvaluationPass> {
    const { batch, mode, detail } = options;
    const runner = await (mode === 'collapsed' ? CollapsedRunner : StepByStepRunner).create(network, runtime, {
      batch,
    });
    const tap = detail ? [...network.activations.values()].map(({ gate }) => gate.output) : [];
    const ann = await runtime.load(annGraph(network.ann, { tap }));
    return new EvaluationPass(network, ann, runner, { batch, detail });
  }

  async add(images: Activity): Promise<void> {
    const { totals } = this;
    const first = totals.images;
    const exact = await this.#ann.run(new Map([[this.#network.ann.input.name, images]]));
    totals.annLabels.push(...labelsOf(exact.get(this.#network.ann.output.name)!));
    const single = new Map<string, Float32Array>();
    const observer = this.#recorder && this.#observer(this.#recorder, exact, single, first);
    const { output, counts } = await this.#runner.run(images, { first, observer });
    totals.snnLabels.push(...labelsOf(output));
    for (const [name, count] of counts) totals.counts.set(name, addCounts(totals.counts.get(name), count));
    for (const product of this.#products) {
      const met = coincidences(product, this.#shapes, single);
      totals.coincidences.set(product.name, met + (totals.coincidences.get(product.name) ?? 0));
    }
    totals.images += images.shape[0]!;
  }

  /** @param single - takes the spikes of single neurons whose products are counted, by value */
  #observer(
    detail: DetailRecorder,
    exact: ReadonlyMap<string, Activity>,
    single: Map<string, Float32Array>,
    first: number,
  ): GateObserver {
    const factors = new Set(this.#products.flatMap(({ inputs }) => inputs));
    return {
      before: ({ name, output }, inputs) => {
        const counts = detail.inputs(name, inputs, first);
        if (factors.has(output)) single.set(output, counts.slice());
      },
      after: ({ name, output }, values) => {
        const wanted = exact.get(output);
        if (wanted) detail.layers.get(name)!.addValues(values, wanted.data);
      },
    };
  }

  async release(): Promise<void> {
    await this.#ann.release();
    await this.#runner.release();
  }
}

/** The class with the largest number, for each image; the first of equals. One number alone says 1 if it is positive, else 0. */
function labelsOf({ shape, data }: Activity): number[] {
  const classes = data.length / shape[0]!;
  if (classes === 1) return Array.from(data, (value) => (value > 0 ? 1 : 0));
  return Array.from({ length: shape[0]! }, (_, image) => {
    let best = 0;
    for (let k = 1; k < classes; k++) if (data[image * classes + k]! > data[image * classes + best]!) best = k;
    return best;
  });
}

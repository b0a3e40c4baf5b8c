import { ParameterError } from '../../base/errors.ts';
import { checkedOptions } from '../../base/options.ts';
import { INPUT } from '../calibrate.ts';
import { sizeOf } from '../images.ts';
import type { Activity, GraphRuntime } from '../runtime.ts';
import type { SpikingNetwork } from '../spiking-network.ts';
import { type BlockedImages, copyPadding, evenPadding, paddingOf, plainImages } from './blocked-layout.ts';
import { type CollapsedPlan, DRAWS, loadSegments, PADDING, planCollapsed, SCRATCH, TABLES } from './collapsed-plan.ts';
import { countsOf, type SpikeCounts } from './counts.ts';
import { type BoundNeurons, CompiledNeurons, type DecodingKernel, decoding, MembraneDraws } from './neurons.ts';
import {
  checkRun,
  checkRunnerOptions,
  type Runner,
  type RunnerOptions,
  type RunOptions,
  type RunResult,
} from './runner.ts';
import type { GraphSegment, NeuronSegment } from './segments.ts';

const WHERE = 'CollapsedRunner';

/**
 * Runs a spiking network collapsed: by linearity, what reaches a neuron over K steps is one pass of the linear operators over the
 * decoded values. One session run per stretch of linear operators writes into the one memory of the runner, where the neurons'
 * loops replace potentials by decoded values in place, and where the next run reads them. Without counts, neurons whose code has a
 * closed form run inside the sessions, so that a ReLU network is a single one.
 *
 * @example
 * const runner = await CollapsedRunner.create(network, runtime, { batch: 32 });
 * const { output, counts } = await runner.run(images);
 */
export class CollapsedRunner implements Runner {
  readonly #network: SpikingNetwork;
  readonly #plan: CollapsedPlan;
  readonly #options: RunnerOptions;
  readonly #memory: WebAssembly.Memory;
  readonly #neurons: ReadonlyMap<string, BoundNeurons<DecodingKernel>>;
  readonly #compiled: CompiledNeurons<DecodingKernel>;
  readonly #draws: MembraneDraws | undefined;
  /** Views of all values, by the number of images. */
  readonly #views = new Map<number, ReadonlyMap<string, Activity>>();

  private constructor(
    network: SpikingNetwork,
    options: RunnerOptions,
    plan: CollapsedPlan,
    compiled: CompiledNeurons<DecodingKernel>,
  ) {
    this.#network = network;
    this.#options = options;
    this.#plan = plan;
    this.#compiled = compiled;
    this.#memory = new WebAssembly.Memory({ initial: plan.pages });
    this.#neurons = compiled.bind(this.#memory, plan.addresses.get(TABLES));
    const draws = plan.addresses.get(DRAWS);
    this.#draws = draws === undefined ? undefined : new MembraneDraws(this.#memory, draws, network.noise!.seed);
  }

  /**
   * @throws ParameterError for a batch below 1
   * @throws UnsupportedError if the batch needs more than 4 GiB
   */
  static async create(
    network: SpikingNetwork,
    runtime: GraphRuntime,
    options: RunnerOptions,
  ): Promise<CollapsedRunner> {
    checkRunnerOptions(WHERE, options);
    const compiled = new CompiledNeurons(network, decoding);
    const loaded = await loadSegments(network, runtime, options);
    return new CollapsedRunner(network, options, planCollapsed(network, compiled, loaded, options.batch), compiled);
  }

  /**
   * @throws ShapeError for more images than the batch, or of another shape
   * @throws ParameterError for an observer without counts: not every gate could be shown
   */
  async run(images: Activity, options: RunOptions = {}): Promise<RunResult> {
    const { first = 0, observer } = checkedOptions(WHERE, options, ['first', 'observer']);
    const { input, output } = this.#network.staged;
    checkRun(WHERE, images, this.#plan.shapes.get(input.name)!, this.#options.batch);
    if (observer && this.#options.counts === false) {
      throw new ParameterError(WHERE, 'expected no observer of a runner without counts, got one', {
        hint: 'leave `counts` on',
      });
    }
    const values = new Map(this.#valuesOf(images.shape[0]!));
    const counts = new Map<string, SpikeCounts>();
    const coded = values.get(input.name);
    if (coded) {
      coded.data.set(images.data);
      this.#fire(INPUT, input.name, coded, first, counts);
    } else values.set(input.name, images);
    for (const segment of this.#plan.segments) {
      if (segment.kind === 'graph') await this.#runGraph(segment, values, counts);
      else {
        const [from, to] = [segment.inputs[0]!, segment.outputs[0]!];
        observer?.before?.(segment.gate, this.#shown(from, values.get(from)!));
        this.#runNeurons(segment, values, first, counts);
        observer?.after?.(segment.gate, this.#shown(to, values.get(to)!));
      }
    }
    return { output: values.get(output.name)!, counts };
  }

  async release(): Promise<void> {
    for (const session of this.#plan.sessions.values()) await session.release();
  }

  async #runGraph(segment: GraphSegment, values: ReadonlyMap<string, Activity>, counts: Map<string, SpikeCounts>) {
    const pick = (names: readonly string[]) => new Map(names.map((name) => [name, values.get(name)!]));
    await this.#plan.sessions.get(segment)!.run(pick(segment.inputs), pick(segment.outputs));
    if (this.#options.counts === false) return;
    for (const { name, output } of segment.pools) {
      const { shape, data } = values.get(output)!;
      const scratch = this.#floats(this.#plan.addresses.get(SCRATCH)!, data.length);
      scratch.set(data);
      this.#count(name, output, { shape, data: scratch }, counts);
    }
  }

  #runNeurons(
    { gate, inputs, outputs }: NeuronSegment,
    values: ReadonlyMap<string, Activity>,
    first: number,
    counts: Map<string, SpikeCounts>,
  ): void {
    const into = values.get(outputs[0]!)!;
    const from = values.get(inputs[0]!)!;
    if (into.data.byteOffset !== from.data.byteOffset || into.data.buffer !== from.data.buffer)
      into.data.set(from.data);
    this.#fire(gate.name, outputs[0]!, into, first, counts);
  }

  /** Potentials become decoded values. */
  #fire(gate: string, name: string, activity: Activity, first: number, counts: Map<string, SpikeCounts>): void {
    const { shape, data } = activity;
    const { kernel, stream } = this.#neurons.get(gate)!;
    const images = shape[0]!;
    const planes = this.#compiled.planes(gate);
    const noise = this.#draws?.fill(stream, planes, first, images, data.length / images);
    if (this.#options.counts === false) kernel.evaluate(data.byteOffset, data.length, noise);
    else this.#count(gate, name, activity, counts, noise);
  }

  /** The same, counted; what only fills a block of channels is no neuron. */
  #count(
    gate: string,
    name: string,
    { shape, data }: Activity,
    counts: Map<string, SpikeCounts>,
    noise?: number,
  ): void {
    const { code, kernel } = this.#neurons.get(gate)!;
    const blocks = this.#plan.blocks.get(name);
    const images = shape[0]!;
    const filling = blocks ? images * paddingOf(blocks) : 0;
    if (filling === 0) {
      counts.set(gate, countsOf(code, kernel.count(data.byteOffset, data.length, noise)));
      return;
    }
    const before = this.#countPadding(kernel, { data, images, ...blocks! }, filling);
    const all = kernel.count(data.byteOffset, data.length, noise);
    counts.set(
      gate,
      countsOf(
        code,
        all.map((count, plane) => count - before[plane]!),
      ),
    );
  }

  /** Spikes of what is no neuron, found on a copy. */
  #countPadding(kernel: DecodingKernel, blocked: BlockedImages, filling: number): Uint32Array {
    const padding = this.#floats(this.#plan.addresses.get(PADDING)!, filling);
    const value = evenPadding(blocked);
    if (value === undefined) {
      copyPadding(blocked, padding);
      return kernel.count(padding.byteOffset, filling);
    }
    padding[0] = value;
    return kernel.count(padding.byteOffset, 1).map((count) => count * filling);
  }

  /** A value as [image, …], whatever the runtime made of it. */
  #shown(name: string, { shape, data }: Activity): Float32Array {
    const blocks = this.#plan.blocks.get(name);
    return blocks ? plainImages({ data, images: shape[0]!, ...blocks }) : data;
  }

  #floats(address: number, count: number): Float32Array {
    return new Float32Array(this.#memory.buffer, address, count);
  }

  #valuesOf(images: number): ReadonlyMap<string, Activity> {
    const known = this.#views.get(images);
    if (known) return known;
    const views = new Map<string, Activity>();
    for (const [name, address] of this.#plan.addresses) {
      const shape = this.#plan.shapes.get(name);
      if (shape) views.set(name, { shape: [images, ...shape], data: this.#floats(address, images * sizeOf(shape)) });
    }
    this.#views.set(images, views);
    return views;
  }
}

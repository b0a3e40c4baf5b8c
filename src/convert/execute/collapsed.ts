import { ParameterError } from '../../base/errors.ts';
import { INPUT } from '../calibrate.ts';
import { stageShapes } from '../graph/index.ts';
import { sizeOf } from '../images.ts';
import type { Activity, GraphRuntime, GraphSession } from '../runtime.ts';
import type { SpikingNetwork } from '../spiking-network.ts';
import { type BufferNeed, placeBuffers } from './buffers.ts';
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
import { type GraphSegment, type NeuronSegment, type Segment, segmentsOf } from './segments.ts';
import { ValueFlow } from './value-flow.ts';

const WHERE = 'CollapsedRunner';

/** Names of spans that are no values. */
const DRAWS = '(draws)';
const SCRATCH = '(scratch)';
const TABLES = '(tables)';

/** Where everything lies in the memory of a runner. */
interface CollapsedPlan {
  readonly segments: readonly Segment[];
  /** Of one image. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  readonly addresses: ReadonlyMap<string, number>;
  readonly pages: number;
}

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
  readonly #sessions: ReadonlyMap<GraphSegment, GraphSession>;
  /** Views of all values, by the number of images. */
  readonly #views = new Map<number, ReadonlyMap<string, Activity>>();

  private constructor(
    network: SpikingNetwork,
    options: RunnerOptions,
    plan: CollapsedPlan,
    compiled: CompiledNeurons<DecodingKernel>,
    sessions: ReadonlyMap<GraphSegment, GraphSession>,
  ) {
    this.#network = network;
    this.#options = options;
    this.#plan = plan;
    this.#compiled = compiled;
    this.#sessions = sessions;
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
    const plan = planCollapsed(network, compiled, options);
    const sessions = new Map<GraphSegment, GraphSession>();
    for (const segment of plan.segments) {
      if (segment.kind === 'graph') sessions.set(segment, await runtime.load(segment.graph));
    }
    return new CollapsedRunner(network, options, plan, compiled, sessions);
  }

  /**
   * @throws ShapeError for more images than the batch, or of another shape
   * @throws ParameterError for an observer without counts: not every gate could be shown
   */
  async run(images: Activity, { first = 0, observer }: RunOptions = {}): Promise<RunResult> {
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
      this.#fire(INPUT, coded, first, counts);
    } else values.set(input.name, images);
    for (const segment of this.#plan.segments) {
      if (segment.kind === 'graph') await this.#runGraph(segment, values, counts);
      else {
        const potentials = values.get(segment.gate.input)!;
        observer?.before?.(segment.gate, potentials.data);
        this.#runNeurons(segment, values, first, counts);
        observer?.after?.(segment.gate, values.get(segment.gate.output)!.data);
      }
    }
    return { output: values.get(output.name)!, counts };
  }

  async release(): Promise<void> {
    for (const session of this.#sessions.values()) await session.release();
  }

  async #runGraph(segment: GraphSegment, values: ReadonlyMap<string, Activity>, counts: Map<string, SpikeCounts>) {
    const pick = (names: readonly string[]) => new Map(names.map((name) => [name, values.get(name)!]));
    await this.#sessions.get(segment)!.run(pick(segment.inputs), pick(segment.outputs));
    if (this.#options.counts === false) return;
    for (const { name, output } of segment.pools) {
      const scratch = this.#floats(this.#plan.addresses.get(SCRATCH)!, values.get(output)!.data.length);
      scratch.set(values.get(output)!.data);
      const { code, kernel } = this.#neurons.get(name)!;
      counts.set(name, countsOf(code, kernel.count(scratch.byteOffset, scratch.length)));
    }
  }

  #runNeurons(
    { gate }: NeuronSegment,
    values: ReadonlyMap<string, Activity>,
    first: number,
    counts: Map<string, SpikeCounts>,
  ): void {
    const into = values.get(gate.output)!;
    const from = values.get(gate.input)!;
    if (into.data.byteOffset !== from.data.byteOffset || into.data.buffer !== from.data.buffer)
      into.data.set(from.data);
    this.#fire(gate.name, into, first, counts);
  }

  /** Potentials become decoded values. */
  #fire(name: string, { shape, data }: Activity, first: number, counts: Map<string, SpikeCounts>): void {
    const { code, kernel, stream } = this.#neurons.get(name)!;
    const images = shape[0]!;
    const planes = this.#compiled.planes(name);
    const noise = this.#draws?.fill(stream, planes, first, images, data.length / images);
    if (this.#options.counts === false) kernel.evaluate(data.byteOffset, data.length, noise);
    else counts.set(name, countsOf(code, kernel.count(data.byteOffset, data.length, noise)));
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

function planCollapsed(
  network: SpikingNetwork,
  compiled: CompiledNeurons<DecodingKernel>,
  { batch, counts }: RunnerOptions,
): CollapsedPlan {
  const { staged, input } = network;
  const segments = segmentsOf(network, { merge: counts === false });
  const shapes = stageShapes(staged);
  const flow = new ValueFlow(staged.input.name, staged.output.name, segments);
  const bytes = (name: string) => 4 * batch * sizeOf(shapes.get(name)!);
  const home = homesOf(segments, flow);
  const needs = new Map<string, BufferNeed>();
  for (const [name, from] of flow.madeAt) {
    if (from < 0 && input.kind === 'analog') continue;
    const at = home.get(name) ?? name;
    const known = needs.get(at);
    needs.set(at, { name: at, bytes: bytes(name), from: known?.from ?? from, to: flow.lastUse(name) });
  }
  const always = { from: -1, to: segments.length };
  const extra: BufferNeed[] = [];
  if (network.noise) extra.push({ name: DRAWS, bytes: drawBytes(network, compiled, bytes), ...always });
  if (compiled.tableBytes > 0) extra.push({ name: TABLES, bytes: compiled.tableBytes, ...always });
  const pools = segments.flatMap((segment) => (segment.kind === 'graph' ? segment.pools : []));
  if (pools.length > 0) {
    extra.push({ name: SCRATCH, bytes: Math.max(...pools.map(({ output }) => bytes(output))), ...always });
  }
  const { addresses, pages } = placeBuffers([...needs.values(), ...extra]);
  const all = new Map(addresses);
  for (const [name, at] of home) all.set(name, addresses.get(at)!);
  return { segments, shapes, addresses: all, pages };
}

/** Values of neurons that may take the place of their potentials, with the name of the first value of that place. */
function homesOf(segments: readonly Segment[], flow: ValueFlow): ReadonlyMap<string, string> {
  const home = new Map<string, string>();
  for (const segment of segments) {
    if (segment.kind === 'graph' || !flow.mayOverwrite(segment.gate.input)) continue;
    home.set(segment.gate.output, home.get(segment.gate.input) ?? segment.gate.input);
  }
  return home;
}

function drawBytes(
  { activations, staged, input }: SpikingNetwork,
  compiled: CompiledNeurons<DecodingKernel>,
  bytes: (name: string) => number,
): number {
  const needs = [...activations].map(([name, { gate }]) => compiled.planes(name) * bytes(gate.input));
  if (input.kind === 'coded') needs.push(compiled.planes(INPUT) * bytes(staged.input.name));
  return Math.max(0, ...needs);
}

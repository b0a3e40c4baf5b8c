import { checkedOptions } from '../../base/options.ts';
import { exactGate } from '../ann-graph.ts';
import { graphOf } from '../assemble.ts';
import { INPUT } from '../calibrate.ts';
import { offsetOf, stepsOf } from '../few-spike/evaluate.ts';
import type { CodeKernel } from '../few-spike/kernel.ts';
import type { GraphTensor } from '../graph/graph.ts';
import { stageShapes } from '../graph/index.ts';
import type { ActivationGate, Gate, LinearStage } from '../graph/stages.ts';
import type { Activity, GraphRuntime, GraphSession } from '../runtime.ts';
import type { SpikingNetwork } from '../spiking-network.ts';
import { countsOf, type SpikeCounts } from './counts.ts';
import { type BoundNeurons, CompiledNeurons, MembraneDraws, stepwise } from './neurons.ts';
import {
  checkRun,
  checkRunnerOptions,
  type Runner,
  type RunnerOptions,
  type RunOptions,
  type RunResult,
} from './runner.ts';
import { stepGraph } from './step-graph.ts';
import { StepMemory } from './step-memory.ts';
import { planSteps, type StepPlan } from './step-plan.ts';
import { flowOf } from './value-flow.ts';

const WHERE = 'StepByStepRunner';

type SessionPart = Exclude<LinearStage | Gate, ActivationGate>;

/** The state of one run. */
interface Pass {
  readonly images: number;
  readonly first: number;
  readonly counts: Map<string, SpikeCounts>;
}

/**
 * Runs a spiking network by its definition: each gate sends K planes of binary spikes, linear operators work on the spikes of each
 * step times d(t), without bias; a membrane starts from the sum over the steps and the bias, and fires, threshold and reset, for K
 * steps. Since a layer fires only when its input is complete, the K steps of a gate go through the linear operators in one run.
 *
 * Float32 sums are in another order than in collapsed runs: where all numbers are short binary fractions both give the same bits,
 * elsewhere a potential that lies within rounding of a threshold may fire differently.
 */
export class StepByStepRunner implements Runner {
  readonly #network: SpikingNetwork;
  readonly #options: RunnerOptions;
  readonly #plan: StepPlan;
  readonly #memory: StepMemory;
  readonly #compiled: CompiledNeurons<CodeKernel>;
  readonly #neurons: ReadonlyMap<string, BoundNeurons<CodeKernel>>;
  readonly #draws: MembraneDraws | undefined;
  readonly #sessions: ReadonlyMap<SessionPart, GraphSession>;

  private constructor(
    network: SpikingNetwork,
    options: RunnerOptions,
    plan: StepPlan,
    compiled: CompiledNeurons<CodeKernel>,
    sessions: ReadonlyMap<SessionPart, GraphSession>,
  ) {
    this.#network = network;
    this.#options = options;
    this.#plan = plan;
    this.#compiled = compiled;
    this.#sessions = sessions;
    this.#memory = new StepMemory(network, plan, (name) => compiled.planes(name), options.batch);
    this.#neurons = compiled.bind(this.#memory.memory);
    const { noise } = network;
    this.#draws = noise && new MembraneDraws(this.#memory.memory, this.#memory.draws, noise.seed);
  }

  /**
   * @throws ParameterError for a batch below 1
   * @throws UnsupportedError if the batch needs more than 4 GiB
   */
  static async create(
    network: SpikingNetwork,
    runtime: GraphRuntime,
    options: RunnerOptions,
  ): Promise<StepByStepRunner> {
    checkRunnerOptions(WHERE, options);
    const compiled = new CompiledNeurons(network, stepwise);
    const plan = planSteps(network, new Map([...compiled.codes].map(([name, code]) => [name, stepsOf(code)])));
    const shapes = stageShapes(network.staged);
    const sessions = new Map<SessionPart, GraphSession>();
    for (const part of network.staged.parts) {
      if (part.kind === 'activation') continue;
      const graph =
        part.kind === 'linear'
          ? await linearGraph(part, plan, compiled, runtime)
          : graphOf([part], exactGate, { name: part.name, shapes, ...flowOf(part) });
      sessions.set(part, await runtime.load(graph));
    }
    return new StepByStepRunner(network, options, plan, compiled, sessions);
  }

  async run(images: Activity, options: RunOptions = {}): Promise<RunResult> {
    const { first = 0, observer } = checkedOptions(WHERE, options, ['first', 'observer']);
    const { staged, input } = this.#network;
    const { name } = staged.input;
    checkRun(WHERE, images, this.#plan.values.get(name)!.shape, this.#options.batch);
    const pass: Pass = { images: images.shape[0]!, first, counts: new Map() };
    this.#memory.numbers(name, pass.images).data.set(images.data);
    if (input.kind === 'coded') this.#fire(INPUT, name, pass);
    else this.#memory.silenceRest(name, pass.images);
    for (const part of staged.parts) {
      if (part.kind !== 'activation') await this.#runSession(part, pass);
      else {
        const potentials = this.#memory.numbers(part.input, pass.images).data;
        observer?.before?.(part, potentials);
        const into = this.#memory.numbers(part.output, pass.images).data;
        into.set(potentials);
        this.#fire(part.name, part.output, pass);
        observer?.after?.(part, into);
      }
    }
    return { output: this.#memory.numbers(staged.output.name, pass.images), counts: pass.counts };
  }

  async release(): Promise<void> {
    for (const session of this.#sessions.values()) await session.release();
  }

  async #runSession(part: SessionPart, pass: Pass): Promise<void> {
    const { inputs, outputs } = flowOf(part);
    const steps = part.kind === 'linear' ? this.#plan.stageSteps.get(part)! : undefined;
    const read = (name: string) =>
      steps === undefined ? this.#memory.numbers(name, pass.images) : this.#memory.sent(name, pass.images, steps);
    await this.#sessions
      .get(part)!
      .run(
        new Map(inputs.map((name) => [name, read(name)])),
        new Map(outputs.map((name) => [name, this.#memory.numbers(name, pass.images)])),
      );
    const relay = part.kind === 'max-pool' && this.#neurons.has(part.name);
    for (const name of outputs) {
      if (relay) this.#fire(part.name, name, pass);
      else this.#memory.silenceRest(name, pass.images);
    }
  }

  /** Sends the spikes of a gate, whose potentials lie where its decoded values will. */
  #fire(gate: string, name: string, { images, first, counts }: Pass): void {
    const { code, kernel, stream } = this.#neurons.get(gate)!;
    const { isSent, size } = this.#plan.values.get(name)!;
    const { data } = this.#memory.numbers(name, images);
    const isRelay = this.#network.treatments.has(gate);
    const noise = isRelay ? undefined : this.#draws?.fill(stream, this.#compiled.planes(gate), first, images, size);
    if (isSent) {
      const out = this.#memory.sent(name, images, 1).data.byteOffset;
      kernel.valuePlanes(data.byteOffset, data.length, out, noise);
      this.#memory.silenceRest(name, images);
    }
    counts.set(gate, countsOf(code, kernel.count(data.byteOffset, data.length, noise)));
  }
}

/** The graph of a linear stage for its steps; the one it has where everything arrives at once. */
async function linearGraph(
  stage: LinearStage,
  plan: StepPlan,
  compiled: CompiledNeurons<CodeKernel>,
  runtime: GraphRuntime,
) {
  const steps = plan.stageSteps.get(stage)!;
  const isAnalog = flowOf(stage).inputs.every((name) => plan.values.get(name)!.neurons === undefined);
  if (isAnalog) return stage.graph;
  const shapes = new Map([...plan.values].map(([name, { shape }]) => [name, shape]));
  return stepGraph(stage.graph, { steps, shapes, biases: await biasesOf(stage, plan, compiled, runtime) });
}

/** What a stage makes of neurons that do not spike: its own biases, and what the offsets of codes come to. */
async function biasesOf(
  { graph }: LinearStage,
  { values }: StepPlan,
  { codes }: CompiledNeurons<CodeKernel>,
  runtime: GraphRuntime,
): Promise<ReadonlyMap<string, GraphTensor>> {
  const silent = graph.inputs.map(({ name }): [string, Activity] => {
    const { shape, size, neurons } = values.get(name)!;
    const offset = neurons === undefined ? 0 : offsetOf(codes.get(neurons)!);
    return [name, { shape: [1, ...shape], data: new Float32Array(size).fill(offset) }];
  });
  const session = await runtime.load(graph);
  try {
    return await session.run(new Map(silent));
  } finally {
    await session.release();
  }
}

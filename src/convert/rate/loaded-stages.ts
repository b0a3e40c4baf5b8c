import type { ActivationGate, LinearStage, StagedNetwork } from '../graph/stages.ts';
import type { Activity, GraphRuntime, GraphSession } from '../runtime.ts';

/** The linear stages of a network whose gates are activations, loaded once and run at every step. */
export class LoadedStages {
  readonly staged: StagedNetwork;
  /** Names of the stages in whose outputs no gate has a part, and of these values: the same at every step. */
  readonly constant: ReadonlySet<string>;
  readonly #sessions: ReadonlyMap<string, GraphSession>;

  private constructor(staged: StagedNetwork, sessions: ReadonlyMap<string, GraphSession>) {
    this.staged = staged;
    this.#sessions = sessions;
    this.constant = constantNames(staged);
  }

  static async load(staged: StagedNetwork, runtime: GraphRuntime): Promise<LoadedStages> {
    const sessions = new Map<string, GraphSession>();
    for (const part of staged.parts) {
      if (part.kind === 'linear') sessions.set(part.name, await runtime.load(part.graph));
    }
    return new LoadedStages(staged, sessions);
  }

  /**
   * Runs the parts in order, gates through `gate`.
   *
   * @param values - by name, filled in place
   * @param skip - stages to leave out
   */
  async run(
    values: ReadonlyMap<string, Activity>,
    gate: (gate: ActivationGate) => void,
    skip: ReadonlySet<string>,
  ): Promise<void> {
    for (const part of this.staged.parts) {
      if (part.kind !== 'linear') gate(part as ActivationGate);
      else if (!skip.has(part.name)) await this.#stage(part, values);
    }
  }

  async #stage({ name, graph }: LinearStage, values: ReadonlyMap<string, Activity>): Promise<void> {
    const pick = (infos: readonly { readonly name: string }[]) =>
      new Map(infos.map((info) => [info.name, values.get(info.name)!]));
    await this.#sessions.get(name)!.run(pick(graph.inputs), pick(graph.outputs));
  }

  async release(): Promise<void> {
    for (const session of this.#sessions.values()) await session.release();
  }
}

function constantNames({ input, parts }: StagedNetwork): Set<string> {
  const known = new Set([input.name]);
  for (const part of parts) {
    if (part.kind !== 'linear' || !part.graph.inputs.every(({ name }) => known.has(name))) continue;
    known.add(part.name);
    for (const { name } of part.graph.outputs) known.add(name);
  }
  return known;
}

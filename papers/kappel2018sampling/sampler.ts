import { type Network, Simulation, SpikeTrain } from 'volley';
import { startingParameters } from './networks.ts';
import type { Environment, Row, Tally } from './rows.ts';

/** Where a row stands, for a checkpoint; the task is plain data. */
export interface SamplerState {
  readonly simulation: Uint8Array;
  /** Packed spikes of the last cycle. */
  readonly spikes: Uint8Array;
  readonly task: unknown;
}

/** What one block came to. */
export interface BlockFigures {
  /** Share of trials that ended well; 0 without trials. */
  readonly accuracy: number;
  /** Mean duration of trials, s. */
  readonly duration: number;
  /** Mean reward while there can be one. */
  readonly reward: number;
  /** Mean rate of excitatory neurons, Hz. */
  readonly rate: number;
  /** Share of potential synapses that are functional at the end. */
  readonly functional: number;
  /** Synapses that appeared, and that were retracted, between start and end of the block, as shares of all. */
  readonly formed: number;
  readonly retracted: number;
}

/** Weights from the inputs at some time. */
export interface Look {
  /** Biological time, minutes. */
  readonly minute: number;
  /** Sums over parallel synapses, [neuron, input]. */
  readonly matrix: readonly (readonly number[])[];
}

const share = (count: number, of: number): number => (of === 0 ? 0 : count / of);

/** A network and its environment, run block by block. */
export class Sampler {
  readonly network: Network;
  readonly #simulation: Simulation;
  readonly #environment: Environment;
  #spikes: SpikeTrain | undefined;

  constructor(row: Row, seed: number, state?: SamplerState) {
    this.network = row.network();
    this.#environment = row.environment(state?.task);
    const { cycleSteps } = this.#environment.task;
    const parameters = startingParameters(this.network, seed);
    const record = { outputs: ['exc'] };
    this.#simulation = new Simulation(this.network, { seed, parameters, record, blockSteps: cycleSteps });
    if (!state) return;
    this.#simulation.loadState(state.simulation);
    this.#spikes = new SpikeTrain(cycleSteps, 1, this.#size, state.spikes);
  }

  get #size(): number {
    return this.network.populations.exc!.size;
  }

  get state(): SamplerState {
    return {
      simulation: this.#simulation.saveState(),
      spikes: this.#spikes!.data,
      task: JSON.parse(JSON.stringify(this.#environment.task.state)) as unknown,
    };
  }

  get #plastic(): string[] {
    return Object.keys(this.network.projections).filter((name) => this.network.projections[name]!.plastic);
  }

  /** The weights of all potential synapses. */
  get #weights(): Float32Array {
    return Float32Array.from(this.#plastic.flatMap((name) => [...this.#simulation.synapses(name).variables.w!]));
  }

  /** The weights from the inputs as they are now, [neuron, input]. */
  get matrix(): number[][] {
    const inputs = this.network.inputs.input!.size;
    const matrix = Array.from({ length: this.#size }, () => new Array<number>(inputs).fill(0));
    for (const name of this.#plastic) {
      if (this.network.projections[name]!.from !== 'input') continue;
      const { pre, post, variables } = this.#simulation.synapses(name);
      for (let k = 0; k < pre.length; k++) matrix[post[k]!]![pre[k]!]! += variables.w![k]!;
    }
    return matrix;
  }

  get environment(): Environment {
    return this.#environment;
  }

  /** Makes the groups of a lever change their roles. */
  swap(): void {
    this.#environment.swap?.();
  }

  /** Runs one cycle. @returns the spikes of inputs and excitatory neurons */
  cycle(): { readonly input: SpikeTrain; readonly exc: SpikeTrain } {
    const inputs = this.#environment.task.cycle(this.#spikes);
    this.#spikes = this.#simulation.run({ ...inputs }).spikes.exc!;
    return { input: inputs.input, exc: this.#spikes };
  }

  /**
   * Runs a block of cycles.
   *
   * @param pause - awaited every some cycles with the number that are done
   */
  async block(cycles: number, pause: (done: number) => Promise<void>): Promise<BlockFigures> {
    const { task } = this.#environment;
    const before = this.#weights;
    const tally: Tally = { ended: 0, correct: 0, duration: 0 };
    let [reward, active, spikes] = [0, 0, 0];
    for (let done = 1; done <= cycles; done++) {
      spikes += this.cycle().exc.count();
      this.#environment.count(tally);
      reward += task.reward;
      active += Number(this.#environment.active);
      if (done % 500 === 0) await pause(done);
    }
    const after = this.#weights;
    const synapses = (which: (was: number, is: number) => boolean) =>
      share(after.filter((weight, k) => which(before[k]!, weight)).length, after.length);
    return {
      accuracy: share(tally.correct, tally.ended),
      duration: share(tally.duration, 1000 * tally.ended),
      reward: share(reward, active),
      rate: (1000 * spikes) / (this.#size * cycles * task.cycleSteps),
      functional: synapses((_, is) => is > 0),
      formed: synapses((was, is) => was === 0 && is > 0),
      retracted: synapses((was, is) => was > 0 && is === 0),
    };
  }
}

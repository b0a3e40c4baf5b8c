import { streamOf } from '../../base/stream.ts';
import type { Network, NetworkParameters, SparsePattern } from '../../network/index.ts';
import type { OptimiserState } from '../optimiser-state.ts';
import type { ParameterVector } from '../parameter-vector.ts';
import { checkPatterns } from './check-patterns.ts';
import { ACTIVATED } from './connection-slots.ts';
import { type Member, makeMember } from './member.ts';
import type { DeepR } from './options.ts';
import type { Rewirer, RewiringState } from './rewirer.ts';
import { StepDraws } from './step-draws.ts';

/** DEEP R on the sparse projections of a network. */
export class DeepRewiring implements Rewirer {
  readonly members: readonly Member[];
  readonly #options: DeepR;
  readonly #optimiser: OptimiserState;
  readonly #seed: number;
  readonly #draws: StepDraws;
  /** Sum of all budgets. */
  readonly #total: number;
  #changed: Readonly<Record<string, SparsePattern>> = {};

  constructor(
    options: DeepR,
    parts: { network: Network; parameters: NetworkParameters; vector: ParameterVector; optimiser: OptimiserState },
    seed: number,
  ) {
    this.#options = options;
    this.#optimiser = parts.optimiser;
    this.#seed = seed;
    this.#draws = new StepDraws(seed, streamOf('deepR/draws'));
    parts.optimiser.reserveSigns();
    this.members = options.projections.map((name) => makeMember(name, options, parts, seed));
    this.#total = this.members.reduce((sum, { budget }) => sum + budget, 0);
  }

  get changed(): Readonly<Record<string, SparsePattern>> {
    return this.#changed;
  }

  get patterns(): Readonly<Record<string, SparsePattern>> {
    return Object.fromEntries(this.members.map(({ name, slots }) => [name, slots.pattern]));
  }

  step(learningRate: number, iteration: number): number {
    const { rewire, shared } = this.#options;
    const touched = this.members.filter((member) => this.#move(member, learningRate, iteration) > 0);
    this.#changed = {};
    if (touched.length === 0 || !rewire) return 0;
    for (const { slots } of touched) slots.release();
    this.#draws.start(iteration);
    const activated = shared ? this.#drawShared() : this.#drawOwn();
    for (const { slots } of this.members) slots.merge(iteration);
    const changed = shared ? this.members : touched;
    this.#changed = Object.fromEntries(changed.map(({ name, slots }) => [name, slots.pattern]));
    return activated;
  }

  /** The L1 prior and the noise. */
  #move({ slots, noiseStream, offset }: Member, learningRate: number, iteration: number): number {
    const { l1, temperature, gradientNoise, rewire } = this.#options;
    const deviation = Math.sqrt(2 * learningRate * temperature + (learningRate * gradientNoise) ** 2);
    if (deviation > 0) this.#optimiser.normals(this.#seed, noiseStream, iteration, slots.count, offset);
    return slots.move(learningRate * l1, deviation, rewire ? 0 : ACTIVATED);
  }

  /** Every projection fills its own budget up. */
  #drawOwn(): number {
    let drawn = 0;
    for (const { slots, budget } of this.members) {
      for (let missing = budget - slots.kept; missing > 0; missing--, drawn++) slots.draw(this.#draws);
    }
    return drawn;
  }

  /** Every missing connection goes to a projection drawn in proportion to the budgets, among those with room. */
  #drawShared(): number {
    const missing = this.#total - this.members.reduce((sum, { slots }) => sum + slots.kept, 0);
    for (let drawn = 0; drawn < missing; ) {
      let left = this.#draws.integer(this.#total);
      const member = this.members.find(({ budget }) => {
        left -= budget;
        return left < 0;
      })!;
      if (member.slots.free === 0) continue;
      member.slots.draw(this.#draws);
      drawn += 1;
    }
    return missing;
  }

  saveState(): RewiringState {
    const state: Record<string, Uint32Array> = {};
    for (const { name, slots, born } of this.members) {
      state[`${name}.rowStart`] = slots.pattern.rowStart.slice();
      state[`${name}.post`] = slots.pattern.post.slice();
      if (born) state[`${name}.born`] = born.slice(0, slots.count);
    }
    return state;
  }

  checkState(state: RewiringState, parameters: Float32Array, iteration: number): void {
    checkPatterns(this.members, { shared: this.#options.shared, total: this.#total }, { state, parameters, iteration });
  }

  loadState(state: RewiringState): void {
    for (const { name, slots, born } of this.members) {
      slots.load({ rowStart: state[`${name}.rowStart`] as Uint32Array, post: state[`${name}.post`] as Uint32Array });
      born?.fill(0).set(state[`${name}.born`]!);
    }
    this.#changed = this.patterns;
  }
}

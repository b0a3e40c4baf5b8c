import type { NodeId } from '../../graph.ts';
import type { Lowering } from '../../wasm/lower.ts';
import { type BlockParts, lowerBlock } from './block-parts.ts';
import type { Frame } from './frame.ts';
import type { DrawPlace } from './places.ts';

/** A bernoulli(p) whose p is the same for all synapses of a step. */
interface Coin extends DrawPlace {
  readonly chance: NodeId;
}

/** No leaf of a value that all synapses share lies at one of them. */
const nowhere = { variable: () => {}, read: () => {}, draw: () => {} };

/** The coins of the synapses of a neuron, tossed when it has an event; one byte each, from the first synapse of the run on. */
export class RunCoins {
  readonly #frame: Frame;
  readonly #coins: readonly Coin[];
  readonly #chances: Lowering;
  /** Neurons that have runs. */
  readonly #runs: number;
  /** Locals: synapses of the run, and the place of the current one among them. */
  readonly #places: number;
  readonly #place: number;

  private constructor(frame: Frame, parts: BlockParts, coins: readonly Coin[]) {
    this.#frame = frame;
    this.#coins = coins;
    const { source, target } = frame.places;
    this.#runs = (parts.block.name === 'onPost' ? target : source).size;
    this.#chances = lowerBlock(
      frame,
      parts.block,
      coins.map(({ chance }) => chance),
      nowhere,
    );
    [this.#places, this.#place] = [frame.code.local('i32'), frame.code.local('i32')];
  }

  /** The coins of a block, if it has any. */
  static of(frame: Frame, parts: BlockParts): RunCoins | undefined {
    const { name, randomSites } = parts.block;
    const coins = randomSites.flatMap(({ chance }, site) =>
      chance === undefined ? [] : [{ chance, ...frame.places.draws[name]![site]! }],
    );
    return coins.length > 0 ? new RunCoins(frame, parts, coins) : undefined;
  }

  /** Tosses the coins of a run; arguments as in `RunDraws.emit`. */
  emit(at: number, end: number, neuron: number): void {
    const { code } = this.#frame;
    code.localGet(end).localGet(at).i32Sub().i32Const(2).i32ShrU().localSet(this.#places);
    code.i32Const(0).localSet(this.#place);
    this.#chances.begin();
    for (const coin of this.#coins) {
      const run = { run: neuron, runs: this.#runs, places: this.#places };
      this.#frame.toss(coin, run, () => this.#chances.float(coin.chance));
    }
  }

  /** Pushes the coins of the current four synapses as a mask. */
  push(buffer: number): void {
    this.#frame.code.localGet(this.#place).v128Load8x8S(buffer).i32x4ExtendLowI16();
  }

  /** Goes on to the next four synapses. */
  advance(): void {
    this.#frame.code.localGet(this.#place).i32Const(4).i32Add().localSet(this.#place);
  }
}

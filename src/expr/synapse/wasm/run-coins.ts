import type { NodeId } from '../../graph.ts';
import type { Lowering } from '../../wasm/lower.ts';
import { type BlockParts, lowerBlock } from './block-parts.ts';
import { COIN_GROUP } from './coins.ts';
import type { Frame } from './frame.ts';
import type { DrawPlace } from './places.ts';

/** A bernoulli(p) whose p is the same for all synapses of a step. */
interface Coin extends DrawPlace {
  readonly chance: NodeId;
}

/** No leaf of a value that all synapses share lies at one of them. */
const nowhere = { variable: () => {}, read: () => {}, draw: () => {} };

/** Synapses of one neuron, of which coins are numbered from the first one on. */
export interface CoinRun {
  /** Local with four times the neuron's number, counted from number `first` on. */
  readonly neuron: number;
  readonly first: number;
  /** Pushes the place of the first of these synapses among all of the neuron's; absent: 0. */
  readonly pushPlace?: (() => void) | undefined;
}

/** The coins of the synapses of a neuron, tossed when it has an event; one byte each, from a place in or before the run on. */
export class RunCoins {
  readonly #frame: Frame;
  readonly #coins: readonly Coin[];
  readonly #chances: Lowering;
  /** Neurons that have runs. */
  readonly #runs: number;
  /** Locals: group of the first coin, and from there on how many coins there are, and the place of the current synapse. */
  readonly #group: number;
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
    const i32 = () => frame.code.local('i32');
    [this.#group, this.#places, this.#place] = [i32(), i32(), i32()];
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
  emit(at: number, end: number, { neuron, first, pushPlace }: CoinRun): void {
    const { code } = this.#frame;
    const { group, place, places } = { group: this.#group, place: this.#place, places: this.#places };
    if (pushPlace) pushPlace();
    else code.i32Const(0);
    code.localTee(place).i32Const(Math.log2(COIN_GROUP)).i32ShrU().localSet(group);
    code
      .localGet(place)
      .i32Const(COIN_GROUP - 1)
      .i32And()
      .localTee(place);
    code.localGet(end).localGet(at).i32Sub().i32Const(2).i32ShrU().i32Add().localSet(places);
    this.#chances.begin();
    for (const coin of this.#coins) {
      const run = { neuron, first, runs: this.#runs, group, places };
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

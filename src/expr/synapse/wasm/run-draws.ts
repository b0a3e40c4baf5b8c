import type { BlockParts } from './block-parts.ts';
import { type Frame, groupsOf } from './frame.ts';
import { sitesOf } from './neurons.ts';
import { GROUP } from './places.ts';
import { type CoinRun, RunCoins } from './run-coins.ts';

const GROUP_BYTES = 4 * GROUP;

/** What the draws of synapses that lie one after the other are a function of, besides their numbers. */
export interface DrawRun {
  /** Pushes what is added to the numbers for draws; absent: nothing. */
  readonly pushShift?: (() => void) | undefined;
  /** The neuron whose synapses these are, if there is one. */
  readonly coins?: CoinRun;
}

/** The draws of synapses, for a run of them at a time: those of the groups that the run touches. */
export class RunDraws {
  readonly #frame: Frame;
  readonly #sites: ReturnType<typeof sitesOf>;
  readonly #coins: RunCoins | undefined;
  /** Synapses, or places in columns, per batch row. */
  readonly #count: number;
  /** Locals: the number of the first synapse, its group, the number of groups, and bytes to the first synapse of that group. */
  readonly #number: number;
  readonly #group: number;
  readonly #groups: number;
  readonly #start: number;

  constructor(frame: Frame, parts: BlockParts, count: number) {
    this.#frame = frame;
    this.#sites = sitesOf(frame, parts, 'synapse');
    this.#coins = RunCoins.of(frame, parts);
    this.#count = count;
    const i32 = () => frame.code.local('i32');
    [this.#number, this.#group, this.#groups, this.#start] = [i32(), i32(), i32(), i32()];
  }

  /** Whether there are any. */
  get some(): boolean {
    return this.#sites.length > 0;
  }

  /** Whether a buffer holds draws of synapses. */
  has(buffer: number): boolean {
    return this.#sites.some((site) => site.buffer === buffer);
  }

  /**
   * Draws for the run between two locals, which hold four times the number of its first synapse and of the one behind it.
   *
   * @param run - what the draws of these synapses are a function of
   */
  emit(at: number, end: number, { pushShift, coins }: DrawRun): void {
    if (coins) this.#coins?.emit(at, end, coins);
    if (!this.some) return;
    const { code } = this.#frame;
    code.localGet(at).i32Const(2).i32ShrU();
    if (pushShift) {
      pushShift();
      code.i32Add();
    }
    code.localTee(this.#number).i32Const(Math.log2(GROUP)).i32ShrU().localSet(this.#group);
    code.localGet(at).localGet(this.#number);
    code
      .i32Const(GROUP - 1)
      .i32And()
      .i32Const(2)
      .i32Shl()
      .i32Sub()
      .localSet(this.#start);
    code
      .localGet(end)
      .localGet(this.#start)
      .i32Sub()
      .i32Const(GROUP_BYTES - 1)
      .i32Add();
    code.i32Const(Math.log2(GROUP_BYTES)).i32ShrU().localSet(this.#groups);
    const [first, groups] = [{ local: this.#group }, { local: this.#groups }];
    this.#frame.draw(this.#sites, { all: groupsOf(this.#count), first, groups });
  }

  /** Pushes the draws of the four synapses from the one on whose number, times four, is in the local. */
  push(buffer: number, at: number): void {
    this.#frame.code.localGet(at).localGet(this.#start).i32Sub().v128Load(buffer);
  }

  /** Pushes the coins of the current four synapses as a mask. */
  coin(buffer: number): void {
    this.#coins!.push(buffer);
  }

  /** Goes on to the next four synapses. */
  advance(): void {
    this.#coins?.advance();
  }
}

import type { NodeId } from '../../graph.ts';
import type { Load } from '../../wasm/lowering.ts';
import type { BlockParts } from './block-parts.ts';
import type { Frame } from './frame.ts';
import { type Address, addVector, gather, laneLocals, loadIndices, pushKnown, scatterAdd } from './lanes.ts';
import { type DrawRun, RunDraws } from './run-draws.ts';
import { readsSide, SynapseVector } from './vector.ts';

/** Synapses that lie one after the other: code that pushes four times the numbers of the first and of the one behind the last. */
export interface Run extends DrawRun {
  readonly pushStart: () => void;
  readonly pushEnd: () => void;
}

/** The row of the presynaptic neuron whose number, times four, is in the local. */
export function rowOf({ code, places: { rowStart, rowShift, rowPlace } }: Frame, neuron: number): Run {
  const bound = (offset: number) => () => {
    code
      .localGet(neuron)
      .i32Load(rowStart + offset)
      .i32Const(2)
      .i32Shl();
  };
  const word = (address: number | undefined) => {
    if (address === undefined) return undefined;
    return () => void code.localGet(neuron).i32Load(address);
  };
  const coins = { neuron, first: 0, pushPlace: word(rowPlace) };
  return { pushStart: bound(0), pushEnd: bound(4), pushShift: word(rowShift), coins };
}

/**
 * Work on runs of synapses that lie one after the other: the row of a presynaptic neuron, or any part of the whole.
 *
 * The last vector of a run may reach into the next one, whose values it must leave as they are.
 */
export class SynapseRuns {
  readonly #frame: Frame;
  readonly #vector: SynapseVector;
  /** Locals, in bytes: the current synapses, their place in the plane, the end of the run, that of its whole vectors. */
  readonly #at: number;
  readonly #inPlane: number;
  readonly #end: number;
  readonly #wholeEnd: number;
  readonly #draws: RunDraws;
  readonly #mask: number;
  /** Locals: bytes to each lane's postsynaptic neuron; or to the first one, where rows are full. */
  readonly #posts;
  readonly #usesPosts: boolean;
  #masked = false;

  constructor(
    frame: Frame,
    parts: BlockParts,
    locals: ReadonlyMap<NodeId, { readonly local: number; readonly form: Load['form'] }>,
    done: 'before' | 'with',
  ) {
    this.#frame = frame;
    const { code, places } = frame;
    const i32 = () => code.local('i32');
    [this.#at, this.#inPlane, this.#end, this.#wholeEnd] = [i32(), i32(), i32(), i32()];
    this.#draws = new RunDraws(frame, parts, places.count);
    this.#mask = code.local('v128');
    this.#posts = laneLocals(code);
    this.#usesPosts = parts.block.transmit !== undefined || readsSide(parts, 'post', frame);
    const access = {
      load: (address: number) => {
        code.localGet(this.#inPlane).v128Load(address);
      },
      store: (address: number, value: number) => this.#store(address, value),
    };
    const other = {
      variable: (name: string) => this.#ofPosts(places.variables[name]!, this.#planeBase()),
      read: (name: string) => this.#ofPosts(0, frame.readsAt(name)),
      draw: ({ buffer }: { buffer: number }) => this.#draw(buffer),
      coin: ({ buffer }: { buffer: number }) => this.#draws.coin(buffer),
    };
    this.#vector = new SynapseVector(frame, parts, { access, other }, locals, done);
  }

  #planeBase(): number | undefined {
    return this.#frame.places.batch > 1 ? this.#frame.plane : undefined;
  }

  /** Whether runs begin with rows, since what belongs to postsynaptic neurons is found by the place in the row. */
  get #countsPosts(): boolean {
    return this.#usesPosts && this.#frame.places.fullRows;
  }

  /** Whether runs must be whole rows. */
  get needsRows(): boolean {
    return this.#countsPosts || (this.#draws.some && this.#frame.places.rowShift !== undefined);
  }

  /** Pushes what belongs to the postsynaptic neurons, at `offset` plus `base`. */
  #ofPosts(offset: number, base?: number): void {
    const { code, places } = this.#frame;
    if (!places.fullRows) {
      gather(code, this.#posts, offset, base);
      return;
    }
    code.localGet(this.#posts[0]);
    if (base !== undefined) code.localGet(base).i32Add();
    code.v128Load(offset);
  }

  /** Draws of a synapse lie in the order of the synapses, those of a postsynaptic neuron in that of the neurons. */
  #draw(buffer: number): void {
    if (this.#draws.has(buffer)) this.#draws.push(buffer, this.#at);
    else this.#ofPosts(buffer);
  }

  #store(address: number, value: number): void {
    const { code } = this.#frame;
    code.localGet(this.#inPlane).localGet(value);
    if (this.#masked) code.localGet(this.#inPlane).v128Load(address).localGet(this.#mask).v128Bitselect();
    code.v128Store(address);
  }

  /** Emits what a step needs once per batch row. */
  begin(): void {
    this.#vector.begin();
  }

  #four(current: Address | undefined): void {
    const { code, places } = this.#frame;
    this.#frame.pushInPlane(this.#at);
    code.localSet(this.#inPlane);
    const { post: offset, postBytes: bytes, fullRows } = places;
    if (this.#usesPosts && !fullRows) loadIndices(code, this.#posts, this.#at, { offset, bytes });
    this.#vector.emit();
    if (current === undefined) return;
    if (this.#masked) {
      code.localGet(this.#vector.delivered).localGet(this.#mask).v128And().localSet(this.#vector.delivered);
    }
    if (fullRows) {
      pushKnown(code.localGet(this.#posts[0]), current);
      addVector(code.i32Add(), this.#vector.delivered);
    } else scatterAdd(code, this.#posts, current, this.#vector.delivered);
  }

  /** Goes on to the next four synapses. */
  #advance(): void {
    const { code } = this.#frame;
    code.localGet(this.#at).i32Const(16).i32Add().localSet(this.#at);
    if (this.#countsPosts) code.localGet(this.#posts[0]).i32Const(16).i32Add().localSet(this.#posts[0]);
    this.#draws.advance();
  }

  /**
   * Emits the work on a run of synapses.
   *
   * @param current - address of the current that the synapses deliver to
   */
  emit(run: Run, current?: Address): void {
    const { code } = this.#frame;
    run.pushStart();
    code.localSet(this.#at);
    run.pushEnd();
    code.localSet(this.#end);
    this.#draws.emit(this.#at, this.#end, run);
    if (this.#countsPosts) code.i32Const(0).localSet(this.#posts[0]);
    // wholeEnd = at + (end - at rounded down to whole vectors)
    code.localGet(this.#end).localGet(this.#at).i32Sub().i32Const(-16).i32And().localGet(this.#at).i32Add();
    code.localSet(this.#wholeEnd);
    this.#masked = false;
    code.block().loop();
    code.localGet(this.#at).localGet(this.#wholeEnd).i32GeU().brIf(1);
    this.#four(current);
    this.#advance();
    code.br(0).end().end();
    this.#masked = true;
    code.localGet(this.#at).localGet(this.#end).i32LtU().if();
    code.i32x4Const(0, 4, 8, 12).localGet(this.#end).localGet(this.#at).i32Sub().i32x4Splat().i32x4LtS();
    code.localSet(this.#mask);
    this.#four(current);
    code.end();
  }
}

import type { ModuleBuilder } from '../../wasm/assembler.ts';
import type { Code } from '../../wasm/code.ts';
import { type Place, pushAddress } from '../../wasm/place.ts';
import { tossCoins } from './coins.ts';
import { uniformGroups } from './philox.ts';
import { type DrawPlace, GROUP, type SpikePlace, type SynapsePlaces, type SynapsePlan } from './places.ts';

/** Number of elements or of groups: known, or in a local. */
export type Count = number | { readonly local: number };

/** The function of one step under construction: its locals, the loop over batch rows, and what depends on the row alone. */
export class Frame {
  readonly module: ModuleBuilder;
  readonly code: Code;
  readonly plan: SynapsePlan;
  readonly places: SynapsePlaces;
  /** Local: the step t. */
  readonly time = 0;
  /** Local: steps simulated up to and with this one. */
  readonly step: number;
  /** Local: bytes from the first batch row's variables to this one's. */
  readonly plane: number;
  readonly #row: number;
  /** Locals: four times the value of each signal. */
  readonly #signals = new Map<string, number>();
  /** Locals: addresses of the rows of the target's states. */
  readonly #reads = new Map<string, number>();
  /** Steps to the value of a state that counts as its present one. */
  readonly #readDelta: number;

  /** @param readDelta - which value of the target's states counts: -1 before the target's update, 0 after it */
  constructor(module: ModuleBuilder, code: Code, plan: SynapsePlan, places: SynapsePlaces, readDelta: -1 | 0) {
    this.module = module;
    this.code = code;
    this.plan = plan;
    this.places = places;
    this.#readDelta = readDelta;
    [this.step, this.plane, this.#row] = [code.local('i32'), code.local('i32'), code.local('i32')];
    code.i32Const(places.control.clock).i32Load().localGet(this.time).i32Add().localSet(this.step);
    for (const name of Object.keys(places.signals)) this.#signals.set(name, code.local('v128'));
    for (const name of Object.keys(places.reads)) this.#reads.set(name, code.local('i32'));
  }

  /** Pushes `local` plus the plane. */
  pushInPlane(local: number): void {
    this.code.localGet(local);
    if (this.places.batch > 1) this.code.localGet(this.plane).i32Add();
  }

  pushSignal(name: string): void {
    this.code.localGet(this.#signals.get(name)!);
  }

  /** Local: address of the first neuron's value of a state of the target. */
  readsAt(name: string): number {
    return this.#reads.get(name)!;
  }

  /** Adds the row's share of `rowBytes` to the address on the stack. */
  addRow(rowBytes: number): void {
    if (this.places.batch > 1) this.code.localGet(this.#row).i32Const(rowBytes).i32Mul().i32Add();
  }

  #prepareRow(): void {
    const { code, places } = this;
    for (const [name, local] of this.#signals) {
      const { place, delta, rowBytes } = places.signals[name]!;
      pushAddress(code, place, this.time, delta);
      this.addRow(rowBytes);
      code.v128Load32Splat().localSet(local);
    }
    for (const [name, local] of this.#reads) {
      pushAddress(code, places.reads[name]!, this.time, this.#readDelta);
      this.addRow(4 * places.target.padded);
      code.localSet(local);
    }
  }

  /** Emits a loop over the batch rows. */
  rows(body: () => void): void {
    const { code } = this;
    const { batch, planeBytes } = this.places;
    code.i32Const(0).localSet(this.#row).i32Const(0).localSet(this.plane);
    if (batch > 1) code.loop();
    this.#prepareRow();
    body();
    if (batch === 1) return;
    code.localGet(this.plane).i32Const(planeBytes).i32Add().localSet(this.plane);
    code.localGet(this.#row).i32Const(1).i32Add().localTee(this.#row).i32Const(batch).i32LtU().brIf(0).end();
  }

  /**
   * Emits a loop over the spikes of a group in this batch row, ascending.
   *
   * @param body - takes a local with four times the neuron's number
   */
  spikes(source: SpikePlace, delta: number, body: (neuron: number) => void): void {
    if (source.lists === undefined) this.#bits(source, delta, body);
    else this.#listed(source.place, source.lists, source.first ?? 0, delta, body);
  }

  #listed(place: Place, lists: number, first: number, delta: number, body: (neuron: number) => void): void {
    const { code } = this;
    const [late, spike, last, element] = [0, 1, 2, 3].map(() => code.local('i32')) as [number, number, number, number];
    code.i32Const(0).localSet(late);
    code.loop();
    code.localGet(this.time).localGet(late).i32Sub().localSet(spike);
    pushAddress(code, place, spike, delta);
    code.localTee(spike).localGet(spike).i32Load().i32Const(2).i32Shl().i32Add().localSet(last);
    code.block().loop();
    code.localGet(spike).localGet(last).i32GeU().brIf(1);
    code.localGet(spike).i32Const(4).i32Add().localTee(spike).i32Load();
    if (first > 0) code.i32Const(first).i32Sub();
    if (lists > 1) code.i32Const(lists).i32Mul().localGet(late).i32Add();
    code.i32Const(2).i32Shl().localSet(element);
    body(element);
    code.br(0).end().end();
    code.localGet(late).i32Const(1).i32Add().localTee(late).i32Const(lists).i32LtU().brIf(0).end();
  }

  #bits({ place, rowBytes, size }: SpikePlace, delta: number, body: (neuron: number) => void): void {
    const { code } = this;
    const [pointer, end, base, neuron] = [0, 1, 2, 3].map(() => code.local('i32')) as [number, number, number, number];
    const word = code.local('i64');
    pushAddress(code, place, this.time, delta);
    this.addRow(rowBytes);
    code
      .localTee(pointer)
      .i32Const(8 * Math.ceil(size / 64))
      .i32Add()
      .localSet(end);
    code.i32Const(0).localSet(base);
    code.loop();
    code.localGet(pointer).i64Load().localSet(word);
    code.block().loop();
    code.localGet(word).i64Eqz().brIf(1);
    code.localGet(word).i64Ctz().i32WrapI64().localGet(base).i32Add().i32Const(2).i32Shl().localSet(neuron);
    body(neuron);
    code.localGet(word).localGet(word).i64Const(1n).i64Sub().i64And().localSet(word);
    code.br(0).end().end();
    code.localGet(base).i32Const(64).i32Add().localSet(base);
    code.localGet(pointer).i32Const(8).i32Add().localTee(pointer).localGet(end).i32LtU().brIf(0).end();
  }

  #push(count: Count): void {
    if (typeof count === 'number') this.code.i32Const(count);
    else this.code.localGet(count.local);
  }

  /** Pushes seed and stream, then the step. */
  #pushCounter(stream: number): void {
    const { control } = this.places;
    this.code.i32Const(control.seedLow).i32Load().i32Const(control.seedHigh).i32Load();
    this.code.i32Const(stream | 0).localGet(this.step);
  }

  /** Pushes the batch row's number times `count`. */
  #pushRowTimes(count: number): void {
    this.code.i32Const(this.places.control.rowStart).i32Load().localGet(this.#row).i32Add().i32Const(count).i32Mul();
  }

  /**
   * Tosses coins for the synapses of a neuron into a buffer, one byte each.
   *
   * @param run - local with four times the neuron's number, of `runs`, counted from number `first` on; locals with the group of the
   * first coin and the number of coins
   * @param pushChance - pushes the probability as a vector
   */
  toss(
    { buffer, stream }: DrawPlace,
    run: { readonly [_ in 'neuron' | 'first' | 'runs' | 'group' | 'places']: number },
    pushChance: () => void,
  ): void {
    const { code } = this;
    this.#pushCounter(stream);
    this.#pushRowTimes(run.runs);
    code.localGet(run.neuron).i32Const(2).i32ShrU().i32Add();
    if (run.first > 0) code.i32Const(run.first).i32Add();
    code.localGet(run.group).localGet(run.places);
    pushChance();
    code.i32Const(buffer).call(tossCoins(this.module));
  }

  /**
   * Draws groups `first` … `first + groups - 1` of this batch row, which has `all` groups, into the buffers of some sites.
   */
  draw(
    sites: readonly { kind: 'uniform' | 'normal' | 'bernoulli'; buffer: number; stream: number }[],
    draws: {
      readonly all: number;
      readonly first: Count;
      readonly groups: Count;
    },
  ): void {
    const { code } = this;
    const { philoxNormal } = this.places;
    for (const { kind, buffer, stream } of sites) {
      this.#pushCounter(stream);
      this.#pushRowTimes(draws.all);
      this.#push(draws.first);
      code.i32Add();
      this.#push(draws.groups);
      if (kind === 'normal') code.i32Const(GROUP).i32Const(buffer).i32Const(GROUP).call(philoxNormal);
      else code.i32Const(buffer).call(uniformGroups(this.module));
    }
  }
}

/** Groups of draws that `count` elements take. */
export const groupsOf = (count: number): number => Math.ceil(count / GROUP);

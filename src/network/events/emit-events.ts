import { type Code, type ModuleBuilder, type Place, pushAddress } from '../../expr/index.ts';
import type { SourceLayout } from '../layout-options.ts';
import type { Bundle } from './event-bundles.ts';

/** Targets per turn of the unrolled loop: a load, an addition and a store do not wait for those before. */
const UNROLL = 4;

/** u16 load; the code writer has none of its own. */
const load16 = (code: Code, offset: number): Code => code.raw(0x2f, 1, offset);

/**
 * Adds the function (t) → () that lists a population's spikes of step t in ascending order.
 *
 * @param first - number of the first neuron, a multiple of 64
 */
export function emitSpikeList(
  module: ModuleBuilder,
  { output, size }: SourceLayout,
  first: number,
  list: Place,
): number {
  return module.addFunction(['i32'], [], (code) => {
    const [start, next, word] = [code.local('i32'), code.local('i32'), code.local('i32')];
    const pointer = code.local('i32');
    const bits = code.local('i64');
    pushAddress(code, output, 0, 0);
    code.localSet(pointer);
    pushAddress(code, list, 0, 0);
    code.localTee(start).localSet(next);
    code.i32Const(first).localSet(word);
    code.loop();
    code.localGet(pointer).i64Load().localSet(bits);
    code.block().loop().localGet(bits).i64Eqz().brIf(1);
    code.localGet(next).localGet(word).localGet(bits).i64Ctz().i32WrapI64().i32Or().i32Store(4);
    code.localGet(next).i32Const(4).i32Add().localSet(next);
    code.localGet(bits).localGet(bits).i64Const(1n).i64Sub().i64And().localSet(bits).br(0).end().end();
    code.localGet(pointer).i32Const(8).i32Add().localSet(pointer);
    code
      .localGet(word)
      .i32Const(64)
      .i32Add()
      .localTee(word)
      .i32Const(first + size)
      .i32LtU()
      .brIf(0)
      .end();
    code.localGet(start).localGet(next).localGet(start).i32Sub().i32Const(2).i32ShrU().i32Store();
  });
}

/** Locals of a delivery. */
interface Delivery {
  /** Address of the next target. */
  readonly target: number;
  /** Address of the next weight, where there is one per synapse. */
  readonly weight: number;
  /** Scratch: byte offset of a target's current. */
  readonly post: number;
}

/** current[target] += weight for the synapse `k` after the pointers. */
function emitSynapse(code: Code, bundle: Bundle, k: number, local: Delivery): void {
  const { targetBytes, weight, current } = bundle;
  code.localGet(local.target);
  if (targetBytes === 2) load16(code, 2 * k);
  else code.i32Load(4 * k);
  code.i32Const(2).i32Shl().localTee(local.post);
  code.localGet(local.post).f32Load(current);
  if ('value' in weight) code.f32Const(weight.value);
  else code.localGet(local.weight).f32Load(4 * k);
  code.f32Add().f32Store(current);
}

/** Advances the pointers by `count` synapses. */
function emitAdvance(code: Code, { targetBytes, weight }: Bundle, count: number, local: Delivery): void {
  code
    .localGet(local.target)
    .i32Const(targetBytes * count)
    .i32Add()
    .localSet(local.target);
  if ('address' in weight)
    code
      .localGet(local.weight)
      .i32Const(4 * count)
      .i32Add()
      .localSet(local.weight);
}

/** All synapses of a row: from the pointers to the target address `end`. */
function emitRow(code: Code, bundle: Bundle, end: number, local: Delivery): void {
  for (const count of [UNROLL, 1]) {
    code.block().loop();
    code
      .localGet(local.target)
      .i32Const(bundle.targetBytes * count)
      .i32Add()
      .localGet(end)
      .i32GtU()
      .brIf(1);
    for (let k = 0; k < count; k++) emitSynapse(code, bundle, k, local);
    emitAdvance(code, bundle, count, local);
    code.br(0).end().end();
  }
}

/**
 * Adds the function (t) → () that delivers a bundle's spikes of the steps t - delay: a row of synapses for every
 * spike and delay, in the order of the delays, then of the neurons.
 *
 * @param counter - address of a u64 that counts the synapses
 */
export function emitDelivery(module: ModuleBuilder, bundle: Bundle, list: Place, counter: number): number {
  const { rowStart, targets, targetBytes, weight } = bundle;
  const { first, count: classes } = bundle.delays;
  const shift = targetBytes === 2 ? 1 : 2;
  return module.addFunction(['i32'], [], (code) => {
    const [delay, head, spike, last, row, end, begin] = Array.from({ length: 7 }, () => code.local('i32')) as [
      ...[number, number, number, number, number, number, number],
    ];
    const local = { target: code.local('i32'), weight: code.local('i32'), post: code.local('i32') };
    const events = code.local('i64');
    pushAddress(code, list, 0, -first);
    code.localSet(head);
    code.loop();
    code.localGet(head).localTee(spike).localGet(head).i32Load().i32Const(2).i32Shl().i32Add().localSet(last);
    code.block().loop();
    code.localGet(spike).localGet(last).i32GeU().brIf(1);
    code.localGet(spike).i32Const(4).i32Add().localTee(spike).i32Load();
    if (classes > 1) code.i32Const(classes).i32Mul().localGet(delay).i32Add();
    code.i32Const(2).i32Shl().localTee(row).i32Load(rowStart).localSet(begin);
    code
      .localGet(row)
      .i32Load(rowStart + 4)
      .localSet(end);
    code.localGet(events).localGet(end).localGet(begin).i32Sub().i64ExtendI32U().i64Add().localSet(events);
    if ('address' in weight) {
      code.localGet(begin).i32Const(2).i32Shl().i32Const(weight.address).i32Add().localSet(local.weight);
    }
    code.localGet(begin).i32Const(shift).i32Shl().i32Const(targets).i32Add().localSet(local.target);
    code.localGet(end).i32Const(shift).i32Shl().i32Const(targets).i32Add().localSet(end);
    emitRow(code, bundle, end, local);
    code.br(0).end().end();
    // The list of a step earlier; that before the first slot is the last.
    code.localGet(head).i32Const(list.slotBytes).i32Sub();
    code
      .localGet(head)
      .i32Const(list.slotBytes * (list.slots - 1))
      .i32Add();
    code.localGet(head).i32Const(list.base).i32GtU().select().localSet(head);
    code.localGet(delay).i32Const(1).i32Add().localTee(delay).i32Const(classes).i32LtU().brIf(0).end();
    code.i32Const(counter).i32Const(counter).i64Load().localGet(events).i64Add().i64Store();
  });
}

import { type Code, type ModuleBuilder, wordGroups } from '../../expr/index.ts';
import type { TableDrive, UnitDrive } from './poisson-drives.ts';

/**
 * Adds the function () → () that turns a drive's uniform draws into weighted Poisson numbers.
 *
 * @param padded - floats, a multiple of 4
 * @param accumulate - whether to add to what the input holds
 */
export function emitPoissonTable(
  module: ModuleBuilder,
  { table, thresholds, draws, weight }: TableDrive,
  padded: number,
  current: number,
  accumulate: boolean,
): number {
  return module.addFunction([], [], (code) => {
    const at = code.local('i32');
    const [draw, count] = [code.local('v128'), code.local('v128')];
    code.loop();
    code.localGet(at).v128Load(draws).localSet(draw);
    code.i32Const(table.offset).i32x4Splat().localSet(count);
    for (let k = 0; k < table.thresholds.length; k++) {
      // a mask is -1 where it holds
      code
        .localGet(count)
        .localGet(draw)
        .i32Const(thresholds)
        .v128Load32Splat(4 * k);
      code.f32x4Gt().i32x4Sub().localSet(count);
    }
    code.localGet(at).localGet(count).f32x4ConvertI32().f32x4Const(weight).f32x4Mul();
    if (accumulate) code.localGet(at).v128Load(current).f32x4Add();
    code.v128Store(current);
    code
      .localGet(at)
      .i32Const(16)
      .i32Add()
      .localTee(at)
      .i32Const(4 * padded)
      .i32LtU()
      .brIf(0)
      .end();
  });
}

/** Where the random words of a step come from: (seed, stream, time), with a stream of its own for what one block does not hold. */
export interface WordSource {
  /** Pushes the lower and the upper half of the seed. */
  readonly pushSeed: (code: Code) => void;
  /** Pushes the step, from the local that holds t. */
  readonly pushStep: (code: Code, time: number) => void;
  readonly stream: number;
  readonly spareStream: number;
}

/** Locals of the loop over units. */
interface UnitLocals {
  /** Address of the unit's block of words. */
  readonly words: number;
  /** Events left. */
  readonly left: number;
  /** Events in `bits` yet to be dealt with. */
  readonly run: number;
  readonly bits: number;
  /** Number of the unit's first neuron. */
  readonly first: number;
  readonly index: number;
}

/** Gives as many events as are left, at most `room`, to neurons named by the lowest bits of `bits`. */
function emitRun(
  code: Code,
  { units, weight, size }: UnitDrive & { readonly size: number },
  current: number,
  room: number,
  { left, run, bits, first, index }: UnitLocals,
): void {
  const { indexBits } = units;
  const whole = size % 2 ** indexBits === 0;
  code.localGet(left).i32Const(room).localGet(left).i32Const(room).i32LtU().select().localSet(run);
  code.localGet(left).localGet(run).i32Sub().localSet(left);
  code.loop();
  code
    .localGet(bits)
    .i32WrapI64()
    .i32Const(2 ** indexBits - 1)
    .i32And()
    .localGet(first)
    .i32Or()
    .localSet(index);
  // The last unit may have fewer neurons than the others: events of those that are not there are nobody's.
  if (!whole) code.localGet(index).i32Const(size).i32LtU().if();
  code.localGet(index).i32Const(2).i32Shl().localTee(index);
  code.localGet(index).f32Load(current).f32Const(weight).f32Add().f32Store(current);
  if (!whole) code.end();
  code.localGet(bits).i64Const(BigInt(indexBits)).i64ShrU().localSet(bits);
  code.localGet(run).i32Const(1).i32Sub().localTee(run).brIf(0).end();
}

/** All events of a unit: by the upper three words of its block, then by words of a stream of its own. */
function emitUnit(
  module: ModuleBuilder,
  code: Code,
  source: WordSource,
  drive: UnitDrive & { readonly size: number },
  current: number,
  locals: UnitLocals,
  spareAt: number,
): void {
  const { words, left, bits, first } = locals;
  const { indexBits } = drive.units;
  const [perWord, perLong] = [Math.floor(32 / indexBits), Math.floor(64 / indexBits)];
  code.localGet(words).i64Load(8).localSet(bits);
  emitRun(code, drive, current, perLong, locals);
  code.localGet(left).i32Eqz().brIf(0);
  code.localGet(words).i32Load(4).i64ExtendI32U().localSet(bits);
  emitRun(code, drive, current, perWord, locals);
  code.localGet(left).i32Eqz().brIf(0);
  source.pushSeed(code);
  code.i32Const(source.spareStream);
  source.pushStep(code, 0);
  code.localGet(first).i32Const(indexBits).i32ShrU().i32Const(drive.firstUnit).i32Add();
  code.i32Const(1).i32Const(drive.spare).call(wordGroups(module));
  code.i32Const(drive.spare).localSet(spareAt);
  code.loop();
  code.localGet(spareAt).i64Load().localSet(bits);
  code.localGet(spareAt).i32Const(8).i32Add().localSet(spareAt);
  emitRun(code, drive, current, perLong, locals);
  code.localGet(left).brIf(0).end();
}

/**
 * Adds the function (t) → () that draws the events of a drive unit by unit and adds the weight of each to the input of a neuron.
 *
 * @param size - neurons
 */
export function emitPoissonUnits(
  module: ModuleBuilder,
  source: WordSource,
  drive: UnitDrive,
  size: number,
  current: number,
): number {
  const { units, thresholds, guide, firstUnit, words } = drive;
  const count = Math.ceil(size / 2 ** units.indexBits);
  // Blocks are drawn in groups of four, which begin at every fourth unit of the whole population.
  const skipped = firstUnit % 4;
  return module.addFunction(['i32'], [], (code) => {
    const locals: UnitLocals = {
      ...{ words: code.local('i32'), left: code.local('i32'), run: code.local('i32'), bits: code.local('i64') },
      ...{ first: code.local('i32'), index: code.local('i32') },
    };
    const [word, spareAt] = [code.local('i32'), code.local('i32')];
    source.pushSeed(code);
    code.i32Const(source.stream);
    source.pushStep(code, 0);
    code
      .i32Const((firstUnit - skipped) / 4)
      .i32Const(Math.ceil((skipped + count) / 4))
      .i32Const(words);
    code.call(wordGroups(module));
    code.i32Const(words + 16 * skipped).localSet(locals.words);
    code.loop();
    code.localGet(locals.words).i32Load().localTee(word);
    code.i32Const(24).i32ShrU().i32Load8U(guide).localSet(locals.left);
    code.block().loop();
    code.localGet(word).localGet(locals.left).i32Const(2).i32Shl().i32Load(thresholds).i32GtU().i32Eqz().brIf(1);
    code.localGet(locals.left).i32Const(1).i32Add().localSet(locals.left).br(0).end().end();
    code.block().localGet(locals.left).i32Eqz().brIf(0);
    emitUnit(module, code, source, { ...drive, size }, current, locals, spareAt);
    code.end();
    code.localGet(locals.words).i32Const(16).i32Add().localSet(locals.words);
    code
      .localGet(locals.first)
      .i32Const(2 ** units.indexBits)
      .i32Add()
      .localTee(locals.first)
      .i32Const(size)
      .i32LtU()
      .brIf(0)
      .end();
  });
}

import type { Code } from './code.ts';
import type { BlockLocals } from './emit-trace-coefficients.ts';
import type { TraceSource } from './emit-trace-filters.ts';
import type { SpikeLists } from './trace-places.ts';

/**
 * Emits the sorting of a row's spikes in a block by presynaptic neuron.
 *
 * @param stride - bytes of responses per step
 */
export function emitTraceSpikes(
  code: Code,
  source: TraceSource,
  lists: SpikeLists,
  stride: number,
  locals: BlockLocals,
): void {
  const { size, rowBytes, batch, output, delta } = source;
  const [step, word, neuron, pointer] = [0, 1, 2, 3].map(() => code.local('i32')) as [number, number, number, number];
  const bits = code.local('i64');
  code.i32Const(0).localSet(neuron).loop();
  code.localGet(neuron).i32Const(0).i32Store(lists.counts);
  code.localGet(neuron).i32Const(4).i32Add().localTee(neuron);
  code
    .i32Const(4 * size)
    .i32LtU()
    .brIf(0)
    .end();
  code.i32Const(0).localSet(step).loop();
  // The spikes that reach synapses at step from + 1 + step.
  code
    .localGet(locals.from)
    .localGet(step)
    .i32Add()
    .i32Const(1 + delta)
    .i32Add();
  code.i32Const(batch).i32Mul().localGet(locals.row).i32Add().i32Const(rowBytes).i32Mul().localSet(pointer);
  code.i32Const(0).localSet(word).loop();
  code.localGet(pointer).localGet(word).i32Add().i64Load(output.base).localSet(bits);
  code.block().loop().localGet(bits).i64Eqz().brIf(1);
  code.localGet(word).i32Const(8).i32Mul().localGet(bits).i64Ctz().i32WrapI64().i32Add().localSet(neuron);
  // address of the next entry, then what it holds
  code.localGet(neuron).i32Const(lists.slots).i32Mul();
  code.localGet(neuron).i32Const(4).i32Mul().i32Load(lists.counts).i32Add().i32Const(4).i32Mul();
  code.localGet(step).i32Const(stride).i32Mul().i32Store(lists.offsets);
  code.localGet(neuron).i32Const(4).i32Mul().localTee(neuron);
  code.localGet(neuron).i32Load(lists.counts).i32Const(1).i32Add().i32Store(lists.counts);
  code.localGet(bits).localGet(bits).i64Const(1n).i64Sub().i64And().localSet(bits).br(0).end().end();
  code.localGet(word).i32Const(8).i32Add().localTee(word).i32Const(rowBytes).i32LtU().brIf(0).end();
  code.localGet(step).i32Const(1).i32Add().localTee(step).localGet(locals.steps).i32LtU().brIf(0).end();
}

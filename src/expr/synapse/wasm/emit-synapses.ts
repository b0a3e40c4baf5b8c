import type { ModuleBuilder } from '../../wasm/assembler.ts';
import type { Code } from '../../wasm/code.ts';
import { pushAddress } from '../../wasm/place.ts';
import type { SynapseBlock } from '../program.ts';
import { blockParts, frontier } from './block-parts.ts';
import { SynapseColumn } from './columns.ts';
import { Frame } from './frame.ts';
import { drawForAll, neuronSweep, neuronValues } from './neurons.ts';
import { SWEEP, type SynapsePlaces, type SynapsePlan } from './places.ts';
import { rowOf, SynapseRuns } from './rows.ts';

/** memory.fill within memory 0: a call out of WebAssembly, which pays for long rows alone. */
const MEMORY_FILL = [0xfc, 0x0b, 0] as const;
const LONG = 1024;

/** Zeroes a row of whole vectors at the address in the local. */
function clearRow(code: Code, row: number, bytes: number): void {
  if (bytes > LONG) {
    code
      .localGet(row)
      .i32Const(0)
      .i32Const(bytes)
      .raw(...MEMORY_FILL);
    return;
  }
  for (let at = 0; at < bytes; at += 16) code.localGet(row).i32x4Const(0, 0, 0, 0).v128Store(at);
}

/**
 * Adds the function (t: i32) → () for the first part of a step: the block `onPre` of the spikes that arrive, each row of
 * synapses in turn, and the currents that they deliver. To be called before the target's update.
 *
 * @returns the function's index
 */
export function emitArrivals(module: ModuleBuilder, plan: SynapsePlan, places: SynapsePlaces): number {
  return module.addFunction(['i32'], [], (code) => {
    const frame = new Frame(module, code, plan, places, -1);
    const parts = blockParts(plan.program.blocks.onPre, plan);
    const [neuron, current] = [code.local('i32'), code.local('i32')];
    const values = neuronValues(frame, parts, 'pre', frontier(parts, 'pre'), { neuron, stores: true });
    const runs = new SynapseRuns(frame, parts, values.locals, 'before');
    const bytes = 4 * places.target.padded;
    const fixed = places.batch === 1 && places.current.slots === 1;
    const address = fixed ? { known: places.current.base } : { local: current };
    frame.rows(() => {
      pushAddress(code, places.current, frame.time, 0);
      frame.addRow(bytes);
      code.localSet(current);
      if (!places.accumulate) clearRow(code, current, bytes);
      runs.begin();
      frame.spikes(places.source, -places.source.delay, (spiking) => {
        code.localGet(spiking).localSet(neuron);
        values.emit();
        runs.emit(rowOf(frame, neuron), address);
        if (places.counter > 0) countRow(code, places, neuron);
      });
    });
  });
}

/** Adds the length of the row of the neuron whose number, times four, is in the local. */
function countRow(code: Code, { counter, rowStart }: SynapsePlaces, neuron: number): void {
  code.i32Const(counter).i32Const(counter).i64Load();
  code
    .localGet(neuron)
    .i32Load(rowStart + 4)
    .localGet(neuron)
    .i32Load(rowStart);
  code.i32Sub().i64ExtendI32U().i64Add().i64Store();
}

/** The block `onPost` of the target's spikes, each column of synapses in turn. */
function emitOnPost(frame: Frame, block: SynapseBlock): void {
  const { code, places, plan } = frame;
  const parts = blockParts(block, plan);
  const neuron = code.local('i32');
  const values = neuronValues(frame, parts, 'post', frontier(parts, 'post'), { neuron, stores: true });
  const column = parts.roots.length > 0 ? new SynapseColumn(frame, parts, values.locals) : undefined;
  frame.rows(() => {
    column?.begin();
    frame.spikes(places.target, 0, (spiking) => {
      code.localGet(spiking).localSet(neuron);
      values.emit();
      column?.emit(neuron);
    });
  });
}

/**
 * A block for all synapses, then for all neurons of each side. Synapses come first: they see the values before the block,
 * and compute anew what they need of the values after it.
 */
function emitSweep(frame: Frame, block: SynapseBlock): void {
  const parts = blockParts(block, frame.plan);
  const neuron = frame.code.local('i32');
  const nodes = frontier(parts, 'pre');
  const values = neuronValues(frame, parts, 'pre', nodes, { neuron, stores: false });
  const runs = new SynapseRuns(frame, parts, values.locals, 'with');
  const sweeps = [neuronSweep(frame, parts, 'pre'), neuronSweep(frame, parts, 'post')];
  frame.rows(() => {
    drawForAll(frame, parts, 'pre');
    drawForAll(frame, parts, 'post');
    runs.begin();
    if (parts.roots.length > 0 && (nodes.length > 0 || runs.needsRows)) emitRows(frame, neuron, values.emit, runs);
    else if (parts.roots.length > 0) emitStretches(frame, runs);
    for (const sweep of sweeps) sweep();
  });
}

/** All rows of synapses, with what they need of their presynaptic neuron. */
function emitRows(frame: Frame, neuron: number, prepare: () => void, runs: SynapseRuns): void {
  const { code, places } = frame;
  code.i32Const(0).localSet(neuron).loop();
  prepare();
  runs.emit(rowOf(frame, neuron));
  code.localGet(neuron).i32Const(4).i32Add().localTee(neuron);
  code
    .i32Const(4 * places.source.size)
    .i32LtU()
    .brIf(0)
    .end();
}

/** All synapses, whatever their row. */
function emitStretches({ code, places }: Frame, runs: SynapseRuns): void {
  const [start, end] = [code.local('i32'), 4 * places.count];
  if (end === 0) return;
  code.i32Const(0).localSet(start).loop();
  const pushEnd = () => {
    // min(start + SWEEP, end)
    code
      .localGet(start)
      .i32Const(4 * SWEEP)
      .i32Add()
      .i32Const(end);
    code
      .localGet(start)
      .i32Const(end - 4 * SWEEP)
      .i32LtS()
      .select();
  };
  runs.emit({ pushStart: () => code.localGet(start), pushEnd });
  code
    .localGet(start)
    .i32Const(4 * SWEEP)
    .i32Add()
    .localTee(start)
    .i32Const(end)
    .i32LtU()
    .brIf(0)
    .end();
}

/**
 * Adds the function (t: i32) → () for the second part of a step, after the target's update: the blocks `onPost`, `onStep`
 * and, where its interval ends, `every`.
 *
 * @returns the function's index
 */
export function emitAfter(module: ModuleBuilder, plan: SynapsePlan, places: SynapsePlaces): number {
  return module.addFunction(['i32'], [], (code) => {
    const { onPost, onStep, every } = plan.program.blocks;
    const frame = new Frame(module, code, plan, places, 0);
    if (onPost) emitOnPost(frame, onPost);
    if (onStep) emitSweep(frame, onStep);
    if (every === undefined) return;
    code.localGet(frame.step).i32Const(plan.everySteps).i32RemU().i32Eqz().if();
    emitSweep(frame, every);
    code.end();
  });
}

import type { NodeId } from '../../graph.ts';
import type { Load } from '../../wasm/lowering.ts';
import type { BlockParts } from './block-parts.ts';
import type { Frame } from './frame.ts';
import { gather, laneLocals, loadIndices, scatter } from './lanes.ts';
import { RunDraws } from './run-draws.ts';
import { readsSide, SynapseVector } from './vector.ts';

/** Work on the synapses of a postsynaptic neuron, which lie scattered: four at a time, gathered and scattered by index. */
export class SynapseColumn {
  readonly #frame: Frame;
  readonly #vector: SynapseVector;
  /** Locals, in bytes: the current place in the column and its end. */
  readonly #at: number;
  readonly #end: number;
  readonly #draws: RunDraws;
  readonly #synapses;
  readonly #pres;
  readonly #usesPres: boolean;

  constructor(
    frame: Frame,
    parts: BlockParts,
    locals: ReadonlyMap<NodeId, { readonly local: number; readonly form: Load['form'] }>,
  ) {
    this.#frame = frame;
    const { code, places } = frame;
    const i32 = () => code.local('i32');
    [this.#at, this.#end] = [i32(), i32()];
    this.#draws = new RunDraws(frame, parts, places.columns.count);
    this.#synapses = laneLocals(code);
    this.#pres = laneLocals(code);
    this.#usesPres = readsSide(parts, 'pre', frame);
    const access = {
      load: (address: number) => gather(code, this.#synapses, address),
      store: (address: number, value: number) => scatter(code, this.#synapses, address, value),
    };
    const other = {
      variable: (name: string) => gather(code, this.#pres, places.variables[name]!),
      read: () => {},
      draw: ({ buffer }: { buffer: number }) => this.#draws.push(buffer, this.#at),
      coin: ({ buffer }: { buffer: number }) => this.#draws.coin(buffer),
    };
    this.#vector = new SynapseVector(frame, parts, { access, other }, locals, 'before');
  }

  /** Emits what a step needs once per batch row. */
  begin(): void {
    this.#vector.begin();
  }

  /** Emits the work on the column of the neuron whose number, times four, is in the local. */
  emit(neuron: number): void {
    const { code, places, plane } = this.#frame;
    const { start, synapse, pre, preBytes, shift = 0 } = places.columns;
    const base = places.batch > 1 ? plane : undefined;
    for (const [offset, local] of [
      [0, this.#at],
      [4, this.#end],
    ] as const) {
      code
        .localGet(neuron)
        .i32Load(start + offset)
        .i32Const(2)
        .i32Shl()
        .localSet(local);
    }
    const pushShift = shift > 0 ? () => code.i32Const(shift | 0) : undefined;
    this.#draws.emit(this.#at, this.#end, { pushShift, coins: { neuron, first: places.target.first ?? 0 } });
    code.block().loop();
    code.localGet(this.#at).localGet(this.#end).i32GeU().brIf(1);
    loadIndices(code, this.#synapses, this.#at, { offset: synapse, bytes: 4 }, base);
    if (this.#usesPres) loadIndices(code, this.#pres, this.#at, { offset: pre, bytes: preBytes }, base);
    this.#vector.emit();
    code.localGet(this.#at).i32Const(16).i32Add().localSet(this.#at);
    this.#draws.advance();
    code.br(0).end().end();
  }
}

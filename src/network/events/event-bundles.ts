import type { Arena } from '../arena.ts';
import type { EngineMemory } from '../engine-memory.ts';
import type { Current } from './event-currents.ts';
import type { Wiring } from './wiring.ts';

/** Synapses of at most this many target neurons name them by 16 bits. */
const SHORT = 2 ** 16;

/** Static synapses between a population and one input of another. */
export interface StaticProjection {
  readonly from: string;
  readonly wiring: Wiring;
  /** Where its spikes are added up, and the number of neurons there. */
  readonly current: Current & { readonly size: number };
  /** The weight of all synapses, unless each has its own. */
  readonly weight: number | undefined;
}

/** Projections that share rows: one for every source and delay, with the synapses of all of them. */
interface Group {
  readonly members: StaticProjection[];
  /** Bytes: first address that spikes are added to, and the end of the last. */
  begin: number;
  end: number;
}

/** Projections with common rows, and where these lie. */
export interface Bundle {
  readonly from: string;
  readonly members: readonly StaticProjection[];
  /** Delays of the rows, in steps. */
  readonly delays: { readonly first: number; readonly count: number };
  /** Row (pre, delay) is rowStart[pre * delays + delay] … rowStart[… + 1] - 1. */
  readonly rows: number;
  /** u32, one per row and one more. */
  readonly rowStart: number;
  readonly synapses: number;
  /** Address of f32 that targets are counted from. */
  readonly current: number;
  /** Bytes per target, 2 or 4. */
  readonly targetBytes: 2 | 4;
  readonly targets: number;
  /** The weight of all synapses, or the address of f32 weights. */
  readonly weight: { readonly value: number } | { readonly address: number };
}

const endOf = ({ current: { at, size } }: StaticProjection): number => at + 4 * size;

/** Whether a projection's synapses may lie in the rows of a group: same sources, delays and kind of weight, targets within reach. */
function fits({ members: [first], begin, end }: Group, own: StaticProjection): boolean {
  const [a, b] = [first!.wiring.delays, own.wiring.delays];
  const alike = first!.from === own.from && first!.weight === own.weight && a.first === b.first && a.count === b.count;
  const bytes = Math.max(end, endOf(own)) - Math.min(begin, own.current.at);
  return alike && bytes <= 4 * SHORT;
}

/** Groups in an order in which every neuron receives from its projections in the order these are given in. */
function grouped(projections: readonly StaticProjection[]): Group[] {
  const groups: Group[] = [];
  // By address of the target's current, the last group with a projection to it.
  const last = new Map<number, number>();
  for (const own of projections) {
    const { at } = own.current;
    const found = groups.findIndex((group, k) => k >= (last.get(at) ?? 0) && fits(group, own));
    const index = found < 0 ? groups.length : found;
    groups[index] ??= { members: [], begin: at, end: endOf(own) };
    const group = groups[index]!;
    group.members.push(own);
    group.begin = Math.min(group.begin, at);
    group.end = Math.max(group.end, endOf(own));
    last.set(at, index);
  }
  return groups;
}

/** Lays out the static synapses of a network. */
export function layBundles(projections: readonly StaticProjection[], arena: Arena): Bundle[] {
  return grouped(projections).map(({ members, begin, end }): Bundle => {
    const { from, wiring, weight } = members[0]!;
    const rows = wiring.rowStart.length - 1;
    const synapses = members.reduce((sum, own) => sum + own.wiring.synapses, 0);
    const targetBytes = end - begin <= 4 * SHORT ? 2 : 4;
    return {
      ...{ from, members, delays: wiring.delays, rows, synapses, current: begin, targetBytes },
      rowStart: arena.span(4 * (rows + 1)),
      targets: arena.span(targetBytes * synapses),
      weight: weight === undefined ? { address: arena.span(4 * synapses) } : { value: weight },
    };
  });
}

/** Bytes of a bundle's synapses, with what finds them. */
export const bundleBytes = ({ rows, synapses, targetBytes, weight }: Bundle): number =>
  4 * (rows + 1) + (targetBytes + ('address' in weight ? 4 : 0)) * synapses;

/** Writes the rows of a bundle: in each, the synapses of one projection after the other. */
export function writeBundle(engine: EngineMemory, bundle: Bundle): void {
  const { members, rows, rowStart, synapses, current, targetBytes, targets, weight } = bundle;
  const starts = engine.words(rowStart, rows + 1);
  for (const { wiring } of members) {
    for (let row = 0; row <= rows; row++) starts[row]! += wiring.rowStart[row]!;
  }
  const arrays = {
    targets: new (targetBytes === 2 ? Uint16Array : Uint32Array)(engine.memory.buffer, targets, synapses),
    ...('address' in weight ? { weights: engine.floats(weight.address, synapses) } : {}),
  };
  const next = starts.slice();
  for (const own of members) own.wiring.write(arrays, next, (own.current.at - current) / 4);
}

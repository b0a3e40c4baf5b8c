import { streamOf } from '../../base/stream.ts';
import { allowsSelf, type Network, type NetworkParameters } from '../../network/index.ts';
import type { OptimiserState } from '../optimiser-state.ts';
import type { ParameterVector } from '../parameter-vector.ts';
import { ConnectionSlots, type SlotColumns } from './connection-slots.ts';
import type { DeepR } from './options.ts';
import { type SignOf, signsOf } from './signs.ts';

/** One projection that is rewired. */
export interface Member {
  readonly name: string;
  readonly slots: ConnectionSlots;
  readonly signOf: SignOf;
  /** Where its weights begin in the parameter vector. */
  readonly offset: number;
  /** Connections at the start: its budget, or its share of a common one. */
  readonly budget: number;
  readonly noiseStream: number;
  readonly born: Uint32Array | undefined;
}

/** Takes over the connections at the start, whose weights are in the optimiser's vector. */
export function makeMember(
  name: string,
  { dale }: DeepR,
  parts: { network: Network; parameters: NetworkParameters; vector: ParameterVector; optimiser: OptimiserState },
  seed: number,
): Member {
  const { network, parameters, vector, optimiser } = parts;
  const projection = network.projections[name]!;
  const { preSize: pre, postSize: post } = projection;
  const { offset, count } = vector.segments.find((segment) => segment.kind === 'weights' && segment.name === name)!;
  const connections = parameters.connections[name]!;
  const pattern =
    connections.kind === 'sparse' ? connections.pattern : { rowStart: new Uint32Array(), post: new Uint32Array() };
  const part = (whole: Float32Array) => whole.subarray(offset, offset + count);
  const moments = optimiser.moments.map(part);
  const born = optimiser.slots.find((slots) => slots.offset === offset)?.born;
  const signOf = signsOf(projection, dale, seed);
  const columns: SlotColumns = {
    ...{ weights: part(optimiser.parameters), moments, born },
    ...{
      signs: optimiser.signs.subarray(offset, offset + count),
      gone: optimiser.listed.subarray(offset, offset + count),
    },
    pull: (slots, pull, deviation, floor) => optimiser.pull(offset, slots, pull, deviation, floor),
  };
  const sizes = { pre, post, self: allowsSelf(projection) };
  const slots = new ConnectionSlots(sizes, vector.capacityOf(name), columns, signOf);
  slots.load(pattern);
  const noiseStream = streamOf(`deepR/noise/${name}`);
  return { name, slots, signOf, offset, budget: pattern.post.length, noiseStream, born };
}

import { ParameterError } from '../base/errors.ts';
import { csrScratchBytes, leakyScratchBytes } from '../kernels/index.ts';
import { spikeRowBytes } from '../tensor/index.ts';
import { Arena, padded } from './arena.ts';
import { blockScratchBytes, blockStepsOf } from './blocks.ts';
import { type LayoutOptions, place, type SourceLayout } from './layout-options.ts';
import { emitsSpikes, type Network } from './network.ts';
import type { NetworkParameters } from './parameters.ts';
import { layPopulation, type PopulationLayout } from './population-layout.ts';
import { layProjection, type ProjectionLayout } from './projection-layout.ts';

/** Where everything lies in the memory of one simulation. */
export interface Layout {
  readonly options: LayoutOptions;
  /** Steps whose input currents, or weight gradients, are computed at once: those with the same floor(t / blockSteps). */
  readonly blockSteps: number;
  readonly arena: Arena;
  /** Slot of the initial state; step k of a block (1 … steps) has slot `origin + k`. */
  readonly origin: number;
  readonly inputs: Readonly<Record<string, SourceLayout>>;
  readonly populations: Readonly<Record<string, PopulationLayout>>;
  readonly projections: Readonly<Record<string, ProjectionLayout>>;
  /** Scratch for the lists of spikes and of non-zeros. */
  readonly scratch: number;
}

/**
 * Lays out the memory of a simulation; nothing is allocated yet.
 *
 * @throws ParameterError for unknown names and impossible combinations
 */
export function layOut(network: Network, parameters: NetworkParameters, options: LayoutOptions): Layout {
  for (const [what, value] of [
    ['batch', options.batch],
    ['steps', options.steps],
  ] as const) {
    if (!Number.isInteger(value) || value < 1)
      throw new ParameterError('Simulation', `expected ${what} of 1 or more, got ${value}`);
  }
  const projections = Object.values(network.projections);
  const maxDelay = Math.max(1, ...projections.map((p) => p.delay));
  const slots = { all: options.steps + maxDelay, maxDelay };
  const arena = new Arena();
  const inputs = Object.fromEntries(
    Object.entries(network.inputs).map(([name, { size }]) => {
      const spiking = emitsSpikes(network, name);
      const rowBytes = spikeRowBytes(size);
      const slotBytes = options.batch * (spiking ? rowBytes : 4 * padded(size));
      return [name, { spiking, size, padded: padded(size), rowBytes, output: place(arena, slotBytes, slots.all) }];
    }),
  );
  const widest = Math.max(...Object.values({ ...network.inputs, ...network.populations }).map((group) => group.size));
  const populations = Object.fromEntries(
    network.order.map((name) => [name, layPopulation(network, name, parameters, options, arena, slots)]),
  );
  const layouts = Object.fromEntries(
    projections.map((p) => [p.name, layProjection(p, parameters, options, populations[p.to]!, arena)]),
  );
  const lists = Math.max(0, ...projections.map((p) => leakyScratchBytes(options.batch, p.postSize)));
  const blockSteps = blockStepsOf(options);
  const rows = blockSteps * options.batch;
  const training = options.training !== undefined;
  const blocks = Math.max(0, ...projections.map((p) => blockScratchBytes(network, p, rows, training)));
  const lanes = Math.max(0, ...projections.map((p) => csrScratchBytes(p.postSize)));
  const scratch = arena.span(Math.max(4 * (widest + 64), training ? Math.max(lists, lanes) : 0, blocks));
  return { options, blockSteps, arena, origin: maxDelay - 1, inputs, populations, projections: layouts, scratch };
}

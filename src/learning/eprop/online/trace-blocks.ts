import {
  emitBlockTraces,
  type ModuleBuilder,
  type TraceCoefficients,
  traceQuantities,
  traceStarts,
} from '../../../expr/index.ts';
import type { Arena, Engine } from '../../../network/index.ts';
import { type LaidTraces, sourceOf } from './projection-traces.ts';

/** The projections onto one input of a population, whose traces go through a block together. */
export interface TraceBlock {
  readonly name: string;
  readonly laid: readonly LaidTraces[];
  readonly coefficients: TraceCoefficients;
}

/** Groups the projections that take whole blocks, and finds space for what those onto the same input share. */
export function layBlocks(laid: readonly LaidTraces[], arena: Arena): TraceBlock[] {
  const groups = new Map<string, LaidTraces[]>();
  for (const one of laid) {
    if (!one.lists) continue;
    const name = `${one.own.projection.to}.${one.own.projection.input}`;
    groups.set(name, [...(groups.get(name) ?? []), one]);
  }
  return [...groups].map(([name, group]) => ({ name, laid: group, coefficients: layCoefficients(group[0]!, arena) }));
}

function layCoefficients({ program, places }: LaidTraces, arena: Arena): TraceCoefficients {
  const row = 4 * places.postPadded;
  const found = traceQuantities(program, places);
  return {
    responses: found.map(() => arena.span(row * places.signal.slots)),
    starts: found.map(() => traceStarts(program, places).map(() => arena.span(row))),
  };
}

/** Adds a block's function (from: i32, steps: i32) → () to a module; returns its name. */
export function compileBlock(module: ModuleBuilder, engine: Engine, { name, laid, coefficients }: TraceBlock): string {
  const projections = laid.map(({ own, places, lists }) => ({
    places,
    source: sourceOf(engine, own),
    lists: lists!,
  }));
  const exported = `block ${name}`;
  emitBlockTraces(module, laid[0]!.program, projections, coefficients, exported);
  return exported;
}

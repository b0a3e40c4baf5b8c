import type { TraceProgram } from '../traces.ts';
import type { TracePlaces } from './trace-places.ts';

/** What a synapse has at the start of a block: filters of its presynaptic neuron, and its own values. */
export type TraceStart =
  | { readonly kind: 'filter'; readonly index: number }
  | { readonly kind: 'component'; readonly index: number }
  | { readonly kind: 'trace' | 'filtered' | 'credit' };

/** What a block changes in a synapse. */
export type Quantity = Exclude<TraceStart, { kind: 'filter' }> | { readonly kind: 'gradient' | 'sum' };

type Kept = Pick<TracePlaces, 'trace' | 'filtered' | 'credit' | 'traceSum'>;

/** Whether something depends on the trace of the step before. */
export const readsTrace = ({ updates, trace }: TraceProgram): boolean =>
  [...updates.flat(), ...trace].some(({ of }) => of === 'trace');

/** Whether the trace is a function of what is known at its own step: it need not be kept from one step to the next. */
export const traceIsFunction = ({ trace }: TraceProgram): boolean => trace.every(({ when }) => when === 'now');

/** Everything that a synapse starts a block with, whether it keeps it or not. */
export function traceStarts(program: TraceProgram, kept: Kept): TraceStart[] {
  return [
    ...program.filters.map((_, index) => ({ kind: 'filter', index }) as const),
    ...program.components.map((_, index) => ({ kind: 'component', index }) as const),
    ...(readsTrace(program) ? [{ kind: 'trace' } as const] : []),
    ...(kept.filtered ? [{ kind: 'filtered' } as const] : []),
    ...(kept.credit ? [{ kind: 'credit' } as const] : []),
  ];
}

/** Everything of a synapse that a block changes. */
export function traceQuantities(program: TraceProgram, kept: Kept): Quantity[] {
  const own = traceStarts(program, kept).flatMap((start) =>
    start.kind === 'filter' || (start.kind === 'trace' && kept.trace === undefined) ? [] : [start],
  );
  return [...own, { kind: 'gradient' }, ...(kept.traceSum === undefined ? [] : [{ kind: 'sum' } as const])];
}

/** Whether a quantity at the end of a block depends on what it started with; filters and the eligibility reach everything. */
export function dependsOnStart(quantity: Quantity, start: TraceStart): boolean {
  if (start.kind === 'filtered') return ['filtered', 'credit', 'gradient'].includes(quantity.kind);
  if (start.kind === 'credit') return ['credit', 'gradient'].includes(quantity.kind);
  return true;
}

import type { Place } from '../../expr/index.ts';
import type { Layout } from '../layout.ts';
import type { PopulationLayout } from '../population-layout.ts';

/** Where the spikes to an input are added up: at the input, or at the state that it is only added to. */
export interface Current {
  readonly at: number;
  readonly isState: boolean;
}

export type Currents = Readonly<Record<string, Readonly<Record<string, Current>>>>;

/** A population whose places of some names, of states or of inputs, are others. */
function moved(own: PopulationLayout, kind: 'state' | 'inputs', places: Readonly<Record<string, Place>>) {
  const forward = { ...own.forward, [kind]: { ...own.forward[kind], ...places } };
  return { ...own, forward };
}

/**
 * Gives what spikes are added to new places: those of one name lie side by side for all populations, so that a row of
 * synapses can have targets in several populations.
 *
 * @param states - by population, the states that stand for inputs
 */
export function layCurrents(
  layout: Layout,
  states: Readonly<Record<string, Readonly<Record<string, string>>>>,
): { readonly layout: Layout; readonly currents: Currents } {
  const populations = { ...layout.populations };
  const currents: Record<string, Record<string, Current>> = {};
  const inputs = new Set(Object.values(populations).flatMap(({ forward }) => Object.keys(forward.inputs)));
  for (const input of inputs) {
    for (const [name, own] of Object.entries(populations)) {
      if (!Object.hasOwn(own.forward.inputs, input)) continue;
      const at = layout.arena.span(4 * own.padded);
      const state = states[name]![input];
      const [kind, key] = state === undefined ? (['inputs', input] as const) : (['state', state] as const);
      populations[name] = moved(own, kind, { [key]: { ...own.forward[kind][key]!, base: at } });
      currents[name] = { ...currents[name], [input]: { at, isState: state !== undefined } };
    }
  }
  // A population without inputs has none.
  for (const name of Object.keys(populations)) currents[name] ??= {};
  return { layout: { ...layout, populations }, currents };
}

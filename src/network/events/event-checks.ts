import { NumericsError, ParameterError, unknownName } from '../../base/errors.ts';
import type { NonFinite } from '../engine-state.ts';
import { bundleBytes } from './event-bundles.ts';
import type { EventLayout } from './event-layout.ts';
import type { EventPopulationSpec } from './event-spec.ts';
import { plasticBytes } from './event-synapses.ts';

/** Names of the populations whose output is spikes. */
export const spikingPopulations = ({
  populations,
}: {
  readonly populations: Readonly<Record<string, EventPopulationSpec>>;
}): string[] => Object.keys(populations).filter((name) => populations[name]!.model.model.step.spiking);

/**
 * @param before - steps so far
 * @throws ParameterError for a bad number of steps or a name that is no spiking population
 */
export function checkRun(before: number, steps: number, record: readonly string[], spiking: readonly string[]): void {
  if (!Number.isSafeInteger(steps) || steps < 0 || before + steps >= 2 ** 31 - 2 ** 13) {
    throw new ParameterError('EventSimulation.run', `expected a whole number of steps, 2^31 in all, got ${steps}`);
  }
  if (!Array.isArray(record)) {
    throw new ParameterError('EventSimulation.run', `expected names to record as an array, got ${typeof record}`, {
      hint: `as in record: ['${spiking[0]}']`,
    });
  }
  for (const name of record as readonly string[]) {
    if (!spiking.includes(name)) throw unknownName('EventSimulation.run', 'spiking population', name, spiking);
  }
}

/** @throws ParameterError for a signal that is not known, and for a value that is not finite */
export function checkSignal(name: string, value: number, known: readonly string[]): void {
  if (!known.includes(name)) throw unknownName('EventSimulation', 'signal', name, known);
  if (!Number.isFinite(value)) {
    throw new ParameterError('EventSimulation.signal', `expected a finite ${name}, got ${value}`);
  }
}

/** The error for a state that is not finite after `step` steps. */
export function notFinite(found: NonFinite, step: number): NumericsError {
  const { population, variable, neuron } = found;
  const got = `a non-finite ${variable} in population "${population}", neuron ${neuron}, by step ${step}`;
  return new NumericsError('EventSimulation', `expected finite states, got ${got}`, {
    hint: 'check weights and dt',
    fields: { ...found },
  });
}

/** Bytes of synapses with the starts of their rows, and of the index by postsynaptic neuron that plastic ones may need. */
export const synapseBytes = ({ projections, bundles }: Pick<EventLayout, 'projections' | 'bundles'>): number =>
  [...bundles.map(bundleBytes), ...projections.map(plasticBytes)].reduce((sum, bytes) => sum + bytes, 0);

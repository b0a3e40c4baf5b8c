import { UnsupportedError } from '../base/errors.ts';
import { defineNeuron, type NeuronDefinition, type ParameterValue } from '../expr/index.ts';
import type { Network } from './network.ts';

/** A network as plain data, which a worker can be sent. */
export interface PlainNetwork extends Omit<Network, 'populations'> {
  readonly populations: Readonly<
    Record<
      string,
      {
        readonly size: number;
        readonly definition: NeuronDefinition;
        readonly values: Readonly<Record<string, ParameterValue>>;
      }
    >
  >;
}

/**
 * Network → plain data; {@link fromPlain} is the inverse.
 *
 * @throws UnsupportedError for plastic synapses, which run in a `Simulation` of this thread
 */
export function toPlain(network: Network): PlainNetwork {
  const populations = Object.entries(network.populations).map(([name, { size, model }]) => [
    name,
    { size, definition: model.model.definition, values: model.values },
  ]);
  const plastic = Object.values(network.projections).find((projection) => projection.plastic);
  if (plastic !== undefined) {
    throw new UnsupportedError('toPlain', `expected fixed synapses, got plastic ones in projection "${plastic.name}"`);
  }
  return { ...network, populations: Object.fromEntries(populations) };
}

/** Plain data → network; the models are compiled again from their equations. */
export function fromPlain(plain: PlainNetwork): Network {
  const populations = Object.entries(plain.populations).map(([name, { size, definition, values }]) => [
    name,
    { size, model: defineNeuron(definition)(values) },
  ]);
  return { ...plain, populations: Object.fromEntries(populations) };
}

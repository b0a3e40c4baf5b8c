import { UnsupportedError } from '../../base/errors.ts';
import { defineNeuron, type NeuronDefinition, type ParameterValue } from '../../expr/index.ts';
import type { EventNetworkSpec, EventPopulationSpec, EventProjectionSpec, PoissonSpec } from './event-spec.ts';

/** An event-driven network as plain data, which a worker can be sent. */
export interface PlainEventNetwork {
  readonly populations: Readonly<
    Record<
      string,
      Omit<EventPopulationSpec, 'model'> & {
        readonly definition: NeuronDefinition;
        readonly values: Readonly<Record<string, ParameterValue>>;
      }
    >
  >;
  readonly projections: Readonly<Record<string, EventProjectionSpec>>;
  readonly poisson?: Readonly<Record<string, PoissonSpec>>;
}

const map = <A, B>(record: Readonly<Record<string, A>>, change: (value: A, name: string) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value, name)]));

/** What a projection of static synapses has; anything else would not be carried over. */
const KEYS = new Set(['from', 'to', 'input', 'topology', 'weights', 'delay']);

/**
 * Network → plain data; {@link fromPlainEvents} is the inverse.
 *
 * @throws UnsupportedError for synapses that are not static
 */
export function toPlainEvents({ populations, projections, poisson }: EventNetworkSpec): PlainEventNetwork {
  for (const [name, projection] of Object.entries(projections)) {
    const other = Object.keys(projection).find((key) => !KEYS.has(key));
    if (other === undefined) continue;
    throw new UnsupportedError(`projection "${name}"`, `expected static synapses on worker threads, got "${other}"`);
  }
  return {
    populations: map(populations, ({ model, ...rest }) => {
      return { ...rest, definition: model.model.definition, values: model.values };
    }),
    projections,
    ...(poisson ? { poisson } : {}),
  };
}

/** Plain data → network; the models are compiled again from their equations. */
export function fromPlainEvents({ populations, ...rest }: PlainEventNetwork): EventNetworkSpec {
  return {
    ...rest,
    populations: map(populations, ({ definition, values, ...own }) => ({
      ...own,
      model: defineNeuron(definition)(values),
    })),
  };
}

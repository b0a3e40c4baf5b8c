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

/**
 * Network → plain data; {@link fromPlainEvents} is the inverse.
 *
 * @throws UnsupportedError for plastic synapses
 */
export function toPlainEvents({ populations, projections, poisson }: EventNetworkSpec): PlainEventNetwork {
  const plastic = Object.entries(projections).find(([, { synapse }]) => synapse !== undefined);
  if (plastic) {
    throw new UnsupportedError(`projection "${plastic[0]}"`, 'expected static synapses, got plastic ones', {
      hint: 'EventSimulation takes them, in one thread',
    });
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

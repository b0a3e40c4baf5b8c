import {
  defineNeuron,
  defineSynapse,
  type NeuronDefinition,
  type ParameterValue,
  type SynapseDefinition,
} from '../../expr/index.ts';
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
  readonly projections: Readonly<
    Record<
      string,
      Omit<EventProjectionSpec, 'synapse'> & {
        readonly synapse?: {
          readonly definition: SynapseDefinition;
          readonly values: Readonly<Record<string, number>>;
        };
      }
    >
  >;
  readonly poisson?: Readonly<Record<string, PoissonSpec>>;
  readonly signals?: Readonly<Record<string, number>>;
}

const map = <A, B>(record: Readonly<Record<string, A>>, change: (value: A, name: string) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value, name)]));

/** Network → plain data; {@link fromPlainEvents} is the inverse. */
export function toPlainEvents({ populations, projections, poisson, signals }: EventNetworkSpec): PlainEventNetwork {
  return {
    populations: map(populations, ({ model, ...rest }) => {
      return { ...rest, definition: model.model.definition, values: model.values };
    }),
    projections: map(projections, ({ synapse, ...rest }) => {
      return {
        ...rest,
        ...(synapse ? { synapse: { definition: synapse.model.definition, values: synapse.values } } : {}),
      };
    }),
    ...(poisson ? { poisson } : {}),
    ...(signals ? { signals } : {}),
  };
}

/** Plain data → network; the models are compiled again from their equations. */
export function fromPlainEvents({ populations, projections, ...rest }: PlainEventNetwork): EventNetworkSpec {
  return {
    ...rest,
    populations: map(populations, ({ definition, values, ...own }) => ({
      ...own,
      model: defineNeuron(definition)(values),
    })),
    projections: map(projections, ({ synapse, ...own }) => ({
      ...own,
      ...(synapse ? { synapse: defineSynapse(synapse.definition)(synapse.values) } : {}),
    })),
  };
}

export { type EventRecording, EventSimulation, type EventSimulationOptions } from './event-simulation.ts';
export {
  type EventNetworkSpec,
  type EventPopulationSpec,
  type EventProjectionSpec,
  type EventTopology,
  type PoissonSpec,
  type RandomPairs,
  randomPairs,
  type SynapseValue,
} from './event-spec.ts';
export type { EventSynapseValues } from './event-synapse-memory.ts';
export type { SpikeList } from './spike-list.ts';
export { intervalVariation, meanRate, pairCorrelation } from './spike-statistics.ts';

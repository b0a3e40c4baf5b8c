export type { EventOptions } from './build-events.ts';
export { type EventRecording, EventSimulation, type EventSimulationOptions } from './event-simulation.ts';
export { EventSlice, type SliceInfo, type SliceRecording } from './event-slice.ts';
export type {
  EventNetworkSpec,
  EventPopulationSpec,
  EventProjectionSpec,
  PoissonSpec,
  SynapseValue,
} from './event-spec.ts';
export type { SliceSynapses } from './event-synapse-memory.ts';
export type { EventSynapseValues } from './merge-synapses.ts';
export { checkParts, type Part } from './partition.ts';
export { type PartitionedOptions, PartitionedSimulation } from './partitioned-simulation.ts';
export { fromPlainEvents, type PlainEventNetwork, toPlainEvents } from './plain-events.ts';
export { type SliceExecutor, type SliceExecutorFactory, type SlicePlan, slicesInTurn } from './slice-executor.ts';
export type { SpikeList } from './spike-list.ts';
export { type MailShape, mailBytes, Rendezvous } from './spike-mail.ts';
export { type CorrelationOptions, intervalVariation, meanRate, pairCorrelation } from './spike-statistics.ts';
export { type EventTopology, type RandomPairs, randomPairs } from './topology-kinds.ts';

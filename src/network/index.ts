export { Arena, padded } from './arena.ts';
export { Engine, type EngineOptions } from './engine.ts';
export type { Activity } from './engine-inputs.ts';
export { EngineMemory } from './engine-memory.ts';
export {
  type CorrelationOptions,
  checkParts,
  type EventNetworkSpec,
  type EventOptions,
  type EventPopulationSpec,
  type EventProjectionSpec,
  type EventRecording,
  EventSimulation,
  type EventSimulationOptions,
  EventSlice,
  type EventSynapseValues,
  type EventTopology,
  fromPlainEvents,
  intervalVariation,
  type MailShape,
  mailBytes,
  meanRate,
  type Part,
  type PartitionedOptions,
  PartitionedSimulation,
  type PlainEventNetwork,
  type PoissonSpec,
  pairCorrelation,
  type RandomPairs,
  Rendezvous,
  randomPairs,
  type SliceExecutor,
  type SliceExecutorFactory,
  type SliceInfo,
  type SlicePlan,
  type SliceRecording,
  type SliceSynapses,
  type SpikeList,
  type SynapseValue,
  slicesInTurn,
  toPlainEvents,
} from './events/index.ts';
export type { SourceLayout } from './layout-options.ts';
export { defineNetwork, emitsSpikes, type Network, type Projection } from './network.ts';
export type { InputSpec, NetworkSpec, PopulationSpec, ProjectionSpec } from './network-spec.ts';
export {
  allowsSelf,
  type Connections,
  initialParameters,
  type NetworkParameters,
  type NeuronValues,
} from './parameters.ts';
export { fromPlain, type PlainNetwork, toPlain } from './plain.ts';
export { PlasticReference, type PlasticSetup, type PlasticWorld } from './plastic/reference.ts';
export type { PlasticProjection } from './plastic/resolve.ts';
export type { PopulationLayout } from './population-layout.ts';
export type { ProjectionLayout } from './projection-layout.ts';
export type { Recording, RecordOptions } from './recorder.ts';
export { simulateReference } from './reference.ts';
export type { ReferenceParameters } from './reference-parameters.ts';
export { type ReferenceOptions, type ReferenceState, ReferenceTrace } from './reference-trace.ts';
export { checkedSeed, checkedStep, type PlasticSynapses, Simulation, type SimulationOptions } from './simulation.ts';
export {
  allToAll,
  fixedInDegree,
  fixedNumber,
  fixedProbability,
  oneToOne,
  pairs,
  type SparsePattern,
  type Topology,
} from './topology.ts';
export { checkWeights, fanInNormal, glorotUniform, initialWeights, type WeightRule, type Weights } from './weights.ts';
export { packDense, unpackDense, writeNeurons, writePattern } from './write-parameters.ts';

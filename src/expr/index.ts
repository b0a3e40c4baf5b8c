export { compileStep } from './compile.ts';
export {
  defineNeuron,
  type NeuronInstance,
  type NeuronModel,
  type ParameterValues,
  type Quantity,
} from './define-neuron.ts';
export {
  type NeuronDefinition,
  type ParameterSpec,
  type ParameterValue,
  type PseudoDerivative,
  type VariableSpec,
  variableOf,
} from './definition.ts';
export { detachReset } from './detach-reset.ts';
export { type AdjointProgram, activeStates, differentiate, gradients } from './differentiate.ts';
export {
  derivedAdjoint,
  deriveParameters,
  evaluateAdjoint,
  evaluateGraph,
  evaluateJacobians,
  evaluateStep,
  graphEvaluator,
  type JacobianValues,
  type StepGradient,
  type StepInput,
  type StepSeed,
} from './evaluate.ts';
export { Graph, isLeaf, type Leaf, type Node, type NodeId, operands } from './graph.ts';
export { type LocalJacobians, localJacobians } from './jacobians.ts';
export { type LeakyInput, leakyInput } from './leaky-input.ts';
export { checkOrder } from './parameter-order.ts';
export { type PlanOptions, type PopulationPlan, planPopulation } from './plan.ts';
export { inputNames, parametersOf, type RandomSite, type StepProgram, stateNames } from './program.ts';
export { arctan, boxcar, fastSigmoid, sigmoidDerivative, triangular } from './pseudo-derivatives.ts';
export { variesWithTime } from './scaled.ts';
export {
  defineSynapse,
  type SynapseInstance,
  type SynapseModel,
  type SynapseValues,
} from './synapse/define-synapse.ts';
export type { BlockName as SynapseBlockName, SynapseDefinition } from './synapse/definition.ts';
export { lazyDecays, type SynapseDecay } from './synapse/lazy.ts';
export {
  SYNAPSE_BLOCKS,
  SYNAPSE_INTERVAL,
  type SynapseBlock,
  type SynapseProgram,
  type SynapseVariable,
} from './synapse/program.ts';
export { emitAfter, emitArrivals } from './synapse/wasm/emit-synapses.ts';
export { uniformGroups, wordGroups } from './synapse/wasm/philox.ts';
export { drawBufferBytes, type SynapsePlaces, type SynapsePlan } from './synapse/wasm/places.ts';
export { type Tape, type TapeNode, tapeBits } from './tape.ts';
export { deriveTraces, type Factor, type Term, type TraceFilter, type TraceProgram } from './traces.ts';
export { ModuleBuilder, type ModuleOptions } from './wasm/assembler.ts';
export { Code, type PlainName, type SimdName } from './wasm/code.ts';
export { type AdjointPlaces, emitAdjoint } from './wasm/emit-adjoint.ts';
export { type BlockProjection, emitBlockTraces } from './wasm/emit-block-traces.ts';
export { emitForward, emitSparseForward, type ForwardPlaces } from './wasm/emit-forward.ts';
export { emitTraceFilters, type TraceSource } from './wasm/emit-trace-filters.ts';
export { emitTraces } from './wasm/emit-traces.ts';
export { signedLeb, unsignedLeb, type ValueType } from './wasm/encoding.ts';
export { Lowering } from './wasm/lower.ts';
export type { LoadMaker } from './wasm/lowering.ts';
export { type MathName, mathFunction } from './wasm/math.ts';
export { addressAt, fixedPlace, type Place, pushAddress } from './wasm/place.ts';
export {
  type CreditPlaces,
  type DenseOrder,
  type SparseOrder,
  type SpikeLists,
  TILE,
  type TraceCoefficients,
  type TracePlaces,
} from './wasm/trace-places.ts';
export { readsTrace, traceIsFunction, traceQuantities, traceStarts } from './wasm/trace-quantities.ts';

export { stage, stageShapes } from './cut.ts';
export type { Attribute, Graph, GraphNode, GraphTensor, ValueInfo } from './graph.ts';
export { type NormaliseOptions, normalise } from './normalise.ts';
export { countOperations, type OperationCounts, type Operations } from './operations.ts';
export type { Dimensions } from './shapes/dimensions.ts';
export { inferShapes, inputShapesOf } from './shapes/infer-shapes.ts';
export type { ActivationGate, Gate, LinearStage, MaxPoolGate, ProductGate, StagedNetwork } from './stages.ts';
export { withoutBias } from './without-bias.ts';

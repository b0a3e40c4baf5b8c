export { ACTIVATIONS, type ActivationName } from './activations.ts';
export * from './amos/index.ts';
export { annGraph } from './ann-graph.ts';
export { assemble, type Expansion } from './assemble.ts';
export { type CalibrationOptions, calibrate, INPUT, type Statistics } from './calibrate.ts';
export { convert } from './convert.ts';
export { type ConvertOptions, checkConvertOptions } from './convert-options.ts';
export {
  AC_PICOJOULE,
  type EnergyAddOns,
  type EnergyReport,
  energyReport,
  MAC_PICOJOULE,
  type OperationCounts as NetworkOperations,
  operationCounts,
} from './energy.ts';
export { type EvaluateOptions, evaluate } from './evaluate.ts';
export type { Evaluation, LayerEvaluation, RasterRow } from './evaluation.ts';
export { CollapsedRunner } from './execute/collapsed.ts';
export type { SpikeCounts } from './execute/counts.ts';
export { type PipelineOptions, type PipelineResult, simulateEvents } from './execute/event-simulation.ts';
export {
  evaluateValues,
  type ReferenceNetwork,
  type ReferenceResult,
  referenceNetwork,
} from './execute/reference.ts';
export type { GateObserver, Runner, RunnerOptions, RunOptions, RunResult } from './execute/runner.ts';
export { type Delay, type GateTimes, type Schedule, schedule } from './execute/schedule.ts';
export { StepByStepRunner } from './execute/step-by-step.ts';
export { PipelinedNetwork, type ToNetworkOptions, toNetwork } from './export/to-network.ts';
export { onnxMetadata, type ToOnnxOptions, toOnnx } from './export/to-onnx.ts';
export * from './few-spike/index.ts';
export * from './graph/index.ts';
export type { ImageSource } from './images.ts';
export { firstWithin, type RateOptions, type RateReport, type RateResult, rateRun } from './rate/rate-run.ts';
export { balanceThresholds, type Normalisation } from './rate/thresholds.ts';
export type { Activity, GraphRuntime, GraphSession } from './runtime.ts';
export type {
  AlphaRule,
  MembraneNoise,
  Method,
  SpikingActivation,
  SpikingInput,
  SpikingNetwork,
  Treatment,
} from './spiking-network.ts';
export { type StatisticsSummary, ValueStatistics } from './statistics.ts';

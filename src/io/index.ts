export { storageError, type WriteBytes, writeFileAtomic } from './atomic-file.ts';
export {
  type Bench,
  type BenchColumn,
  type BenchOptions,
  type BenchRegistry,
  type BenchResult,
  type BenchRow,
  benchColumns,
  benchLine,
  benchRow,
  machineLine,
} from './bench.ts';
export { type DataDirectoryContext, dataDirectory } from './data-directory.ts';
export { eventThreads } from './event-executor.ts';
export { decodeIdx, encodeIdx, type IdxArray, type IdxData } from './idx.ts';
export * from './images/index.ts';
export { loadMnist, type Mnist } from './mnist.ts';
export { decodeNpy, encodeNpy, type NpyArray, type NpyData } from './npy.ts';
export { type NodeRuntimeOptions, nodeRuntime } from './onnx-runtime.ts';
export {
  type CheckpointState,
  type Claim,
  type Evidence,
  Interrupted,
  type LogRecord,
  type Metric,
  type Paper,
  type PaperRegistry,
  type PaperStatus,
  PRESETS,
  type Preset,
  type PresetName,
  type RunContext,
  type RunOutcome,
  resolveSettings,
  type Setting,
  type Settings,
  type SettingValue,
  type SettingValues,
} from './paper.ts';
export { renderBenchReport } from './report/bench-report.ts';
export { type Curve, ReportBuilder } from './report/builder.ts';
export {
  type ComparisonRow,
  compareClaims,
  formatDuration,
  formatMetric,
  publishedValues,
} from './report/comparison.ts';
export { addConversion, type ConversionReport, renderConversionReport } from './report/convert.ts';
export { comparisonRows, conversionMetrics } from './report/convert-metrics.ts';
export { type ReportInput, renderReport } from './report/render.ts';
export { RUN_FILES } from './run-files.ts';
export { listRuns, RunFolder } from './run-folder.ts';
export type { RunConfig, RunResult, RunStatus } from './run-records.ts';
export * from './speech/index.ts';
export { workerThreads } from './worker-executor.ts';

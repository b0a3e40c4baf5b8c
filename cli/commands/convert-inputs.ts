import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { ParameterError } from 'volley/base';
import { checkConvertOptions, type GraphRuntime, type StagedNetwork, stage, stageShapes } from 'volley/convert';
import { nodeRuntime, storageError } from 'volley/io';
import { readOnnx } from 'volley/onnx';
import { readLabels, readSamples, type Samples } from './convert-data.ts';
import type { ConvertPlan } from './convert-options.ts';

/** All that a conversion works on, checked. */
export interface ConvertInputs {
  readonly staged: StagedNetwork;
  readonly runtime: GraphRuntime;
  readonly calibration: Samples;
  readonly test: Samples | undefined;
  readonly labels: Int32Array | undefined;
}

/**
 * Reads the model and the samples, and makes the output folder: whatever is wrong with them shows before any work.
 *
 * @throws ParameterError for files that are not there and options that the network does not allow
 * @throws FormatError, UnsupportedError for a model that cannot be read or converted
 * @throws ShapeError for samples that the network does not take
 * @throws StorageError if the output folder cannot be made
 */
export async function readConvertInputs(model: string, plan: ConvertPlan): Promise<ConvertInputs> {
  const graph = readOnnx(readModel(model), basename(model), (file) => readBeside(model, file));
  const given = graph.inputs[0]?.shape.slice(1) ?? [];
  const calibration = readSamples('calibrate', plan.calibrate, given);
  const sampleShape = calibration.shape.slice(1);
  const open = given.some((size) => typeof size === 'string');
  const staged = stage(graph, open ? { sampleShape } : {});
  checkConvertOptions(staged, plan.conversion);
  const test = plan.test === undefined ? undefined : readSamples('test', plan.test, sampleShape, plan.limit);
  const labels =
    plan.labels === undefined || !test ? undefined : readLabels(plan.labels, test.shape[0]!, test.available);
  if (test) checkClasses(staged, labels);
  const runtime = await nodeRuntime({ threads: plan.threads });
  makeFolder(plan.out);
  return { staged, runtime, calibration, test, labels };
}

function readModel(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') {
      throw new ParameterError('model', `expected an ONNX file, got ${path}, which does not exist`);
    }
    throw storageError('model', 'read', path, cause);
  }
}

/** A file of weights that the model names, in its own folder. */
function readBeside(model: string, file: string): Uint8Array | undefined {
  const path = join(dirname(model), file);
  return existsSync(path) ? readFileSync(path) : undefined;
}

/** Labels are numbers of outputs, or 0 and 1 of a single one. */
function checkClasses(staged: StagedNetwork, labels: Int32Array | undefined): void {
  const shape = stageShapes(staged).get(staged.output.name)!;
  const values = shape.reduce((total, size) => total * size, 1);
  const classes = Math.max(2, values);
  const bad = labels?.findIndex((label) => label >= classes) ?? -1;
  if (!labels || bad < 0) return;
  throw new ParameterError('labels', `expected class numbers below ${classes}, got ${labels[bad]} at ${bad}`, {
    hint: `the network's output "${staged.output.name}" has ${values === 1 ? 'one value' : `${values} values`}`,
    fields: { classes, at: bad },
  });
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (cause) {
    throw storageError('out', 'create', path, cause);
  }
}

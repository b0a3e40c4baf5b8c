import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { NumericsError, ParameterError, ShapeError } from 'volley/base';
import { decodeNpy, type NpyArray, storageError } from 'volley/io';

/** Samples for a network: float32, one after another. */
export interface Samples {
  /** [count, …shape of one sample]. */
  readonly shape: readonly number[];
  readonly data: Float32Array;
  /** Samples that there are, with those beyond the limit. */
  readonly available: number;
}

const product = (shape: readonly number[]): number => shape.reduce((total, n) => total * n, 1);

/** Shape of one sample of a network whose input has this shape; a dimension with a name may be anything. */
type SampleShape = readonly (number | string)[];

const fits = (shape: readonly number[], wanted: SampleShape): boolean =>
  shape.length === wanted.length && wanted.every((n, k) => typeof n === 'string' || n === shape[k]);

/**
 * Reads samples from an .npy file of shape [count, …], or from all .npy files of a folder in the order of their names,
 * where a file may also hold a single sample.
 *
 * @param option - the option that names the path, for error messages
 * @param sample - shape of one sample
 * @param limit - samples to keep, the first ones
 * @throws ParameterError if there is no such file, or no .npy file in the folder
 * @throws ShapeError if a file has another shape, or no sample, or samples of other sizes than the file before
 * @throws NumericsError on NaN or infinity
 */
export function readSamples(option: string, path: string, sample: SampleShape, limit = Infinity): Samples {
  const parts: Samples[] = [];
  let count = 0;
  for (const file of filesOf(option, path)) {
    const array = readArray(option, file);
    if (count >= limit) {
      count += fits(array.shape, sample) ? 1 : (array.shape[0] ?? 0);
      continue;
    }
    const part = samplesOf(option, file, array, sample);
    if (parts[0] && !fits(part.shape.slice(1), parts[0].shape.slice(1))) {
      throw new ShapeError(option, `expected samples [${parts[0].shape.slice(1)}] in ${file}, as in the files before`, {
        fields: { file, shape: part.shape },
      });
    }
    parts.push(part);
    count += part.shape[0]!;
  }
  const kept = Math.min(count, limit);
  const own = parts[0]!.shape.slice(1);
  const data = parts.length === 1 ? parts[0]!.data : joined(parts);
  return { shape: [kept, ...own], data: data.subarray(0, kept * product(own)), available: count };
}

/**
 * Reads one class number per sample from an .npy file of any integer type.
 *
 * @param count - samples that are kept, the first ones
 * @param available - samples that there are
 * @throws ShapeError if there are neither as many labels as samples nor as many as are kept
 * @throws ParameterError if the numbers are no integers, negative or 2³¹ or more
 */
export function readLabels(path: string, count: number, available = count): Int32Array {
  const { shape, data } = readArray('labels', existingFile('labels', path));
  if (data instanceof Float32Array || data instanceof Float64Array) {
    throw new ParameterError('labels', `expected integers in ${path}, got floating-point numbers`, {
      hint: "save them with labels.astype('int64')",
    });
  }
  if (shape.length !== 1 || (shape[0] !== available && shape[0] !== count)) {
    throw new ShapeError('labels', `expected [${available}] in ${path}, one per test sample, got [${shape}]`, {
      fields: { path, shape, count, available },
    });
  }
  const labels = Float64Array.from({ length: count }, (_, k) => Number(data[k]));
  const bad = labels.findIndex((label) => !(label >= 0 && label < 2 ** 31));
  if (bad >= 0) {
    throw new ParameterError('labels', `expected class numbers from 0 in ${path}, got ${labels[bad]} at ${bad}`);
  }
  return Int32Array.from(labels);
}

function existingFile(option: string, path: string): string {
  if (existsSync(path)) return path;
  throw new ParameterError(option, `expected an .npy file, got ${path}, which does not exist`);
}

function filesOf(option: string, path: string): string[] {
  if (!statSync(existingFile(option, path)).isDirectory()) return [path];
  const names = readdirSync(path).filter((name) => name.endsWith('.npy'));
  if (names.length > 0) return names.sort().map((name) => join(path, name));
  throw new ParameterError(option, `expected .npy files in the folder ${path}, got none`);
}

function readArray(option: string, path: string): NpyArray {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    throw storageError(option, 'read', path, cause);
  }
  return decodeNpy(bytes, path);
}

function samplesOf(option: string, file: string, { shape, data }: NpyArray, sample: SampleShape): Samples {
  if (!(data instanceof Float32Array || data instanceof Float64Array)) {
    throw new ParameterError(option, `expected float32 in ${file}, got integers`, {
      hint: "save them with x.astype('float32'), scaled as the network was trained",
    });
  }
  const single = fits(shape, sample);
  const whole = single ? [1, ...shape] : shape;
  if (!single && !(shape.length === sample.length + 1 && fits(shape.slice(1), sample))) {
    throw new ShapeError(option, `expected [count, ${sample.join(', ')}] in ${file}, got [${shape.join(', ')}]`, {
      hint: 'one row per sample, each of the shape that the network reads',
      fields: { file, shape, sample },
    });
  }
  if (whole.includes(0)) throw new ShapeError(option, `expected at least one sample in ${file}, got [${shape}]`);
  const values = data instanceof Float32Array ? data : Float32Array.from(data);
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    const at = Math.floor(bad / (values.length / whole[0]!));
    throw new NumericsError(option, `expected finite numbers in ${file}, got ${values[bad]} in sample ${at}`);
  }
  return { shape: whole, data: values, available: whole[0]! };
}

function joined(parts: readonly Samples[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, { data }) => sum + data.length, 0));
  let at = 0;
  for (const { data } of parts) {
    all.set(data, at);
    at += data.length;
  }
  return all;
}

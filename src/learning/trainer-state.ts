import { FormatError, ParameterError, ShapeError } from '../base/errors.ts';
import { decodeSafetensors, encodeSafetensors, type TensorRecord } from '../tensor/index.ts';
import type { RewiringState } from './deep-r/rewirer.ts';
import type { ParameterVector } from './parameter-vector.ts';

/** Everything that a trainer needs to go on. */
export interface TrainerState {
  readonly iteration: number;
  readonly parameters: Float32Array;
  /** First moment (Adam) or velocity (SGD). */
  readonly firstMoment: Float32Array;
  /** Second moment of Adam; empty for SGD. */
  readonly secondMoment: Float32Array;
  /** Carried network state per shard; empty without `carryState`. */
  readonly carried: readonly Uint8Array[];
  /** What rewiring goes on from, by name; absent without `rewiring`. */
  readonly rewiring?: RewiringState;
}

/** What names of rewiring's tensors begin with. */
const REWIRING = 'rewiring.';

const VECTORS = ['parameters', 'firstMoment', 'secondMoment'] as const;

/** A trainer's state as tensors to put beside others in a checkpoint; the iteration is not among them. */
export function trainerTensors(state: TrainerState): Record<string, TensorRecord> {
  const record = (data: Float32Array | Uint8Array | Uint32Array): TensorRecord => ({ shape: [data.length], data });
  const vectors = VECTORS.map((name) => [name, record(state[name])] as const);
  const carried = state.carried.map((bytes, s) => [`carried.${s}`, record(bytes)] as const);
  const rewiring = Object.entries(state.rewiring ?? {}).map(([name, data]) => [REWIRING + name, record(data)] as const);
  return Object.fromEntries([...vectors, ...carried, ...rewiring]);
}

/**
 * The inverse of {@link trainerTensors}; other tensors are left alone.
 *
 * @throws FormatError if a tensor is missing or of another type
 */
export function trainerStateOf(tensors: Readonly<Record<string, TensorRecord>>, iteration: number): TrainerState {
  const data = <A extends Float32Array | Uint8Array>(name: string, type: new () => A): A => {
    const found = Object.hasOwn(tensors, name) ? tensors[name]!.data : undefined;
    if (found instanceof type) return found;
    throw new FormatError(
      'trainer state',
      `expected a ${type.name} "${name}", got ${found?.constructor.name ?? 'none'}`,
    );
  };
  const carried: Uint8Array[] = [];
  while (Object.hasOwn(tensors, `carried.${carried.length}`)) {
    carried.push(data(`carried.${carried.length}`, Uint8Array));
  }
  const [parameters, firstMoment, secondMoment] = VECTORS.map((name) => data(name, Float32Array)) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const rewiring = rewiringOf(tensors);
  return { iteration, parameters, firstMoment, secondMoment, carried, ...(rewiring ? { rewiring } : {}) };
}

function rewiringOf(tensors: Readonly<Record<string, TensorRecord>>): RewiringState | undefined {
  const found = Object.entries(tensors).filter(([name]) => name.startsWith(REWIRING));
  if (found.length === 0) return undefined;
  const entries = found.map(([name, { data }]) => {
    if (data instanceof Float32Array || data instanceof Uint32Array)
      return [name.slice(REWIRING.length), data] as const;
    throw new FormatError(
      'trainer state',
      `expected a Float32Array or Uint32Array "${name}", got ${data.constructor.name}`,
    );
  });
  return Object.fromEntries(entries);
}

/**
 * A trainer's state as a safetensors file.
 *
 * @example
 * await writeFile('trainer.safetensors', encodeTrainerState(await trainer.saveState()));
 * await trainer.loadState(decodeTrainerState(await readFile('trainer.safetensors')));
 */
export const encodeTrainerState = (state: TrainerState): Uint8Array =>
  encodeSafetensors(trainerTensors(state), { iteration: String(state.iteration) });

/** @throws FormatError unless the bytes are a whole file of {@link encodeTrainerState} */
export function decodeTrainerState(bytes: Uint8Array): TrainerState {
  const { tensors, metadata } = decodeSafetensors(bytes);
  const text = Object.hasOwn(metadata, 'iteration') ? metadata.iteration! : 'none';
  if (!/^\d+$/.test(text)) throw new FormatError('decodeTrainerState', `expected an iteration, got ${text}`);
  return trainerStateOf(tensors, Number(text));
}

/**
 * Checks a state that is to be loaded against one that the trainer itself gives.
 *
 * @throws ShapeError if it comes from another network, optimiser or other options
 * @throws ParameterError for a value that no trainer gives: not finite, or out of its range
 */
export function checkState(state: TrainerState, own: TrainerState, vector: ParameterVector): void {
  const where = 'Trainer.loadState';
  if (!Number.isSafeInteger(state.iteration) || state.iteration < 0) {
    throw new ParameterError(where, `expected an iteration of 0 or more, got ${state.iteration}`);
  }
  const mismatch = (expected: number, what: string, got: number, hint: string) =>
    new ShapeError(where, `expected ${expected} ${what}, got ${got}`, { hint });
  for (const name of VECTORS) {
    const [expected, got] = [own[name].length, state[name].length];
    const other = name === 'secondMoment' ? 'optimiser' : 'network or other trained parameters';
    if (got !== expected) throw mismatch(expected, `values of ${name}`, got, `the state belongs to another ${other}`);
    const bad = state[name].findIndex((value) => !Number.isFinite(value) || (name === 'secondMoment' && value < 0));
    if (bad < 0) continue;
    throw new ParameterError(where, `expected finite ${name}, none negative if a square, got ${state[name][bad]}`, {
      fields: { name, index: bad },
    });
  }
  if (state.carried.length !== own.carried.length) {
    throw mismatch(own.carried.length, 'shards', state.carried.length, 'the option shards must be the same');
  }
  own.carried.forEach(({ length }, s) => {
    const got = state.carried[s]!.length;
    if (got !== length)
      throw mismatch(
        length,
        `bytes of carried state of shard ${s}`,
        got,
        'another network or batch, or carryState differs',
      );
  });
  checkRanges(where, state.parameters, vector);
}

function checkRanges(where: string, parameters: Float32Array, vector: ParameterVector): void {
  const clamped = parameters.slice();
  vector.clamp(clamped);
  const bad = clamped.findIndex((value, k) => value !== parameters[k]);
  if (bad < 0) return;
  const segment = vector.segments.find(({ offset, count }) => bad >= offset && bad < offset + count)!;
  const name = segment.kind === 'neurons' ? `${segment.name}.${segment.parameter}` : segment.name;
  throw new ParameterError(where, `expected ${name} within its range, got ${parameters[bad]}`);
}

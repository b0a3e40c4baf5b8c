import { ParameterError, unknownName } from 'volley/base';
import type { ConvertOptions } from 'volley/convert';
import type { CommonOptions } from '../terminal.ts';
import { readNumber } from '../usage.ts';

/** Options of `volley convert` as the user typed them. */
export interface ConvertFlags extends CommonOptions {
  readonly method?: string;
  readonly steps?: string;
  readonly calibrate?: string;
  readonly test?: string;
  readonly labels?: string;
  readonly out?: string;
  readonly alpha?: string;
  readonly round?: boolean;
  readonly dyadic?: boolean;
  readonly fit?: string;
  readonly spikePenalty?: string;
  readonly bits?: string;
  readonly noise?: string;
  readonly input?: string;
  readonly product?: string;
  readonly maxPool?: string;
  readonly mode?: string;
  readonly form?: string;
  readonly batch?: string;
  readonly limit?: string;
  readonly seed?: string;
  readonly threads?: string;
}

/** What the flags of `volley convert` say. */
export interface ConvertPlan {
  readonly conversion: ConvertOptions;
  readonly mode: 'collapsed' | 'step-by-step';
  /** How the ONNX file writes neurons. */
  readonly form: 'unrolled' | 'compact';
  readonly batch: number;
  /** Test samples to run, the first ones; Infinity for all. */
  readonly limit: number;
  readonly threads: number;
  readonly calibrate: string;
  readonly test: string | undefined;
  readonly labels: string | undefined;
  readonly out: string;
}

/** The percentile that `--alpha percentile` stands for. */
const PERCENTILE = 99.9;

/**
 * Reads the flags.
 *
 * @throws ParameterError naming the first flag that is missing or out of its range
 */
export function readConvertFlags(flags: ConvertFlags): ConvertPlan {
  const { round = true, dyadic = false } = flags;
  const seed = readNumber('seed', flags.seed ?? '1', { min: 0, max: Number.MAX_SAFE_INTEGER, whole: true });
  const method = choose('method', flags.method ?? 'fs', ['fs', 'amos']);
  if (flags.labels !== undefined && flags.test === undefined) {
    throw new ParameterError('labels', 'expected --test beside --labels, got none');
  }
  return {
    conversion: {
      ...{ method, round, dyadic, seed },
      steps: readSteps(flags.steps ?? '10'),
      fit: choose('fit', flags.fit ?? 'auto', ['auto', 'table', 'per-layer']),
      spikePenalty: readNumber('spike-penalty', flags.spikePenalty ?? '0', { min: 0, max: 1 }),
      input: choose('input', flags.input ?? 'analog', ['analog', 'coded']),
      product: choose('product', flags.product ?? 'outer', ['outer', 'exact']),
      maxPool: choose('max-pool', flags.maxPool ?? 'lexmax', ['lexmax', 'exact']),
      noise: readNumber('noise', flags.noise ?? '0', { min: 0, max: 1 }),
      ...(flags.alpha === undefined ? {} : { alpha: readAlpha(flags.alpha) }),
      ...(flags.bits === undefined ? {} : { bits: readNumber('bits', flags.bits, { min: 2, max: 16, whole: true }) }),
    },
    mode: choose('mode', flags.mode ?? 'collapsed', ['collapsed', 'step-by-step']),
    form: choose('form', flags.form ?? 'unrolled', ['unrolled', 'compact']),
    batch: readNumber('batch', flags.batch ?? '32', { min: 1, max: 4096, whole: true }),
    limit: flags.limit === undefined ? Infinity : readNumber('limit', flags.limit, { min: 1, max: 1e9, whole: true }),
    threads: readNumber('threads', flags.threads ?? '1', { min: 1, max: 256, whole: true }),
    calibrate: needed('calibrate', flags.calibrate, 'samples of the training data as .npy'),
    ...{ test: flags.test, labels: flags.labels },
    out: needed('out', flags.out, 'a folder for the converted network and the report'),
  };
}

function needed(name: string, value: string | undefined, what: string): string {
  if (value !== undefined) return value;
  throw new ParameterError(name, `expected --${name}, ${what}, got none`);
}

function choose<const Name extends string>(option: string, value: string, known: readonly Name[]): Name {
  const found = known.find((name) => name === value);
  if (found !== undefined) return found;
  throw unknownName('convert', option, value, known);
}

/** "8" for all gates; "16,sigmoid=12" with exceptions by activation or by the name of a gate. */
function readSteps(text: string): ConvertOptions['steps'] {
  const range = { min: 1, max: 64, whole: true };
  if (!/[,=]/.test(text)) return readNumber('steps', text, range);
  const entries = text.split(',').map((part) => {
    const at = part.lastIndexOf('=');
    const name = at < 0 ? 'default' : part.slice(0, at);
    return [name, readNumber('steps', part.slice(at + 1), range)] as const;
  });
  return Object.fromEntries(entries);
}

/** "max", "percentile", a percentile as in "99.99%", or α itself. */
function readAlpha(text: string): NonNullable<ConvertOptions['alpha']> {
  if (text === 'max') return text;
  if (text === 'percentile') return { percentile: PERCENTILE };
  if (text.endsWith('%')) return { percentile: readNumber('alpha', text.slice(0, -1), { min: 50, max: 100 }) };
  const value = Number(text);
  if (text.trim() !== '' && value > 0 && value < Infinity) return value;
  throw new ParameterError(
    'alpha',
    `expected max, percentile, a percentile as in 99.99%, or a number above 0, got "${text}"`,
  );
}

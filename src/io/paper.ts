import { ParameterError, unknownName } from '../base/errors.ts';
import type { TensorRecord } from '../tensor/index.ts';
import type { ReportBuilder } from './report/builder.ts';

/** Sizes in which every paper comes: under 20 s, under 10 minutes on two cores, and the paper's own. */
export const PRESETS = ['smoke', 'quick', 'paper'] as const;
export type PresetName = (typeof PRESETS)[number];

export type SettingValue = number | string | boolean;

/** One number or choice of an experiment, with the place it was taken from. */
export interface Setting {
  /** Default; its type is the setting's type. */
  readonly value: SettingValue;
  /** "paper, page", "authors' code, file:line" or "our choice". */
  readonly origin: string;
  readonly doc: string;
  readonly unit?: string;
  /** Smallest number allowed. */
  readonly min?: number;
  /** Largest number allowed. */
  readonly max?: number;
  /** Whether only whole numbers make sense. */
  readonly integer?: boolean;
  /** All texts allowed. */
  readonly choices?: readonly string[];
}

export type Settings = Readonly<Record<string, Setting>>;

type Widen<V> = V extends number ? number : V extends string ? string : V extends boolean ? boolean : never;

/** The plain values of settings: `{ batch: { value: 32, … } }` becomes `{ batch: number }`. */
export type SettingValues<S extends Settings> = { readonly [K in keyof S]: Widen<S[K]['value']> };

/** How sure a published number is: read in the paper, quoted by another, measured on the authors' code, derived, or none of these. */
export type Evidence = 'read' | 'quoted' | 'measured' | 'derived' | 'unverified';

/** A number that a paper states, and the metric of the run that stands beside it. */
export interface Claim {
  readonly metric: string;
  readonly label: string;
  /** The published value in the metric's unit; null where the paper states none. */
  readonly paper: number | null;
  /** Figure, table or page. */
  readonly source: string;
  readonly evidence: Evidence;
  /** Shown behind the value. '%' means that value and metric are fractions of 1 and are shown as per cent. */
  readonly unit?: string;
}

export type PaperStatus = 'reproduced' | 'partly' | 'differs' | 'not tried';

export interface Preset<S extends Settings = Settings> {
  /** Expected duration on two cores. */
  readonly minutes: number;
  readonly doc: string;
  /** Settings that differ from their defaults. */
  readonly settings: Partial<SettingValues<S>>;
}

/** A published result: its settings, its claims and the experiment that reproduces them. */
export interface Paper<S extends Settings = Settings> {
  readonly id: string;
  readonly title: string;
  readonly citation: string;
  readonly status: PaperStatus;
  readonly settings: S;
  readonly presets: Readonly<Record<PresetName, Preset<S>>>;
  readonly claims: readonly Claim[];
  /**
   * Checks what no single setting shows, before a run folder is made: keep it light.
   *
   * @throws ParameterError if settings do not fit together
   */
  check?(settings: SettingValues<S>): void;
  /** The experiment. Load what is heavy in here, so that listing papers stays fast. */
  run(context: RunContext<S>): Promise<RunOutcome>;
}

/** Papers by id, each loaded when asked for. */
export type PaperRegistry = Readonly<Record<string, () => Promise<Paper>>>;

export type Metric = number | boolean | string;

export interface RunOutcome {
  readonly metrics: Readonly<Record<string, Metric>>;
}

/** One line of metrics.jsonl. Keep clocks out of it: a resumed run must write the same bytes. */
export type LogRecord = Readonly<Record<string, number | string>>;

/** What a checkpoint must hold for the run to go on with the same bits. */
export interface CheckpointState {
  readonly tensors: Readonly<Record<string, TensorRecord>>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** What an experiment receives. */
export interface RunContext<S extends Settings = Settings> {
  readonly preset: PresetName;
  readonly seed: number;
  readonly settings: SettingValues<S>;
  /** Threads to use, 1 to the number of cores; must not change a result. */
  readonly workers: number;
  /** Charts and tables for report.html; add them when training is over, from `history()` and the final state. */
  readonly report: ReportBuilder;
  /** The state of the last checkpoint when a run goes on, else undefined. */
  readonly restored: CheckpointState | undefined;
  /** Whether Ctrl-C or SIGTERM came: throw `interrupted()` soon, or call `checkpoint`, which does. */
  readonly stopRequested: boolean;
  /** Names what happens now: "training LSNN". */
  phase(name: string): void;
  /** Reports that `done` of `total` steps of the phase are over. */
  progress(done: number, total: number, fields?: LogRecord): void;
  /** Appends a line to metrics.jsonl. @throws NumericsError if a number is not finite */
  log(record: LogRecord): void;
  /** All records logged so far, those before a resume included. */
  history(): readonly LogRecord[];
  /**
   * Call and await once per iteration, after `log`: lets signals in, and saves when it is time.
   *
   * Saves at most every `--checkpoint-every` seconds, always with `force` and always when a stop was requested.
   *
   * @param save - gathers the state; called only when it is saved
   * @throws Interrupted after saving, when a stop was requested
   * @throws StorageError if the disk refuses; the previous checkpoint is then intact
   */
  checkpoint(
    save: () => CheckpointState | Promise<CheckpointState>,
    options?: { readonly force?: boolean },
  ): Promise<void>;
  /** The error to throw when `stopRequested` is seen away from a checkpoint; work since the last one is repeated. */
  interrupted(): Interrupted;
}

/** A run stopped because it was asked to; it can be resumed. */
export class Interrupted extends Error {
  constructor() {
    super('run interrupted');
    this.name = 'Interrupted';
  }
}

/**
 * The values of a run: defaults, then the preset's, then the user's.
 *
 * @param overrides - texts by key, as given by `--set key=value`, or values, as kept in config.json
 * @throws ParameterError on an unknown key (lists the known ones), a wrong type, a value out of range, or values that the
 * paper's `check` refuses together
 */
export function resolveSettings<S extends Settings>(
  paper: Paper<S>,
  preset: PresetName,
  overrides: Readonly<Record<string, SettingValue>> = {},
): SettingValues<S> {
  const values: Record<string, SettingValue> = {};
  for (const [key, setting] of Object.entries(paper.settings)) values[key] = setting.value;
  const layers: Readonly<Record<string, SettingValue | undefined>>[] = [paper.presets[preset].settings, overrides];
  for (const layer of layers) {
    for (const [key, value] of Object.entries(layer)) {
      if (value !== undefined) values[key] = checkSetting(paper, key, value);
    }
  }
  const resolved = values as SettingValues<S>;
  paper.check?.(resolved);
  return resolved;
}

function checkSetting(paper: Paper, key: string, given: SettingValue): SettingValue {
  const where = `${paper.id} ${key}`;
  if (!Object.hasOwn(paper.settings, key)) throw unknownName(paper.id, 'setting', key, Object.keys(paper.settings));
  const setting = paper.settings[key]!;
  const value = typeof given === typeof setting.value ? given : readSetting(given, setting.value);
  if (value === undefined || !inRange(setting, value)) {
    const hint = `${setting.doc}; default ${setting.value}`;
    throw new ParameterError(where, `expected ${describeRange(setting)}, got "${given}"`, {
      hint,
      fields: { key, value: given },
    });
  }
  return value;
}

/** A text as a value of the type of `like`; undefined where it is none. */
function readSetting(text: SettingValue, like: SettingValue): SettingValue | undefined {
  if (typeof text !== 'string' || text.trim() === '') return undefined;
  if (typeof like === 'boolean') return text === 'true' ? true : text === 'false' ? false : undefined;
  return Number(text);
}

function inRange({ min = -Infinity, max = Infinity, integer, choices }: Setting, value: SettingValue): boolean {
  if (typeof value === 'string') return choices?.includes(value) ?? true;
  if (typeof value === 'boolean') return true;
  return Number.isFinite(value) && value >= min && value <= max && (!integer || Number.isSafeInteger(value));
}

function describeRange({ value, min, max, integer, choices, unit }: Setting): string {
  if (typeof value === 'boolean') return 'true or false';
  if (typeof value === 'string') return choices ? `one of ${choices.join(', ')}` : 'a text';
  const kind = `${integer ? 'a whole number' : 'a number'}${unit && unit !== '1' ? ` of ${unit}` : ''}`;
  if (min !== undefined && max !== undefined) return `${kind} from ${min} to ${max}`;
  if (min !== undefined) return `${kind} of at least ${min}`;
  return max !== undefined ? `${kind} of at most ${max}` : kind;
}

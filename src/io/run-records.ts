import { NumericsError } from '../base/errors.ts';
import type { Metric, PresetName, SettingValue } from './paper.ts';

/** What a run was started with: config.json. */
export interface RunConfig {
  readonly id: string;
  readonly preset: PresetName;
  readonly seed: number;
  readonly settings: Readonly<Record<string, SettingValue>>;
  readonly volley: string;
  readonly node: string;
  readonly machine: string;
}

/** How far a run is: status.json, rewritten at every checkpoint. */
export interface RunStatus {
  readonly state: 'running' | 'interrupted' | 'failed' | 'done';
  readonly pid: number;
  /** Time spent so far, over all sessions. */
  readonly seconds: number;
  readonly phase: string;
  readonly done: number;
  readonly total: number;
}

/** What a finished run found: result.json. */
export interface RunResult {
  readonly id: string;
  readonly preset: PresetName;
  readonly seed: number;
  readonly seconds: number;
  readonly metrics: Readonly<Record<string, Metric>>;
  /** Published values by metric, the first claim of each. */
  readonly paper: Readonly<Record<string, number>>;
  readonly run: string;
}

/** @throws NumericsError naming the first number that is not finite: JSON would turn it into null */
export function checkFinite(where: string, values: Readonly<Record<string, Metric>>): void {
  for (const [name, value] of Object.entries(values)) {
    if (typeof value === 'number' && !Number.isFinite(value)) {
      throw new NumericsError(where, `expected finite numbers, got ${name} = ${value}`, {
        hint: 'did training diverge?',
      });
    }
  }
}

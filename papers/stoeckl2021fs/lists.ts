import { ParameterError } from 'volley/base';
import type { Settings, SettingValue } from 'volley/io';

/**
 * Numbers apart by spaces.
 *
 * @throws ParameterError unless each is a number in the range
 */
export function numbers(key: string, text: string, { min, max, whole }: { min: number; max: number; whole: boolean }) {
  const parts = text.split(' ').filter(Boolean);
  return parts.map((part) => {
    const value = Number(part);
    if (value >= min && value <= max && (!whole || Number.isInteger(value))) return value;
    const kind = whole ? 'whole numbers' : 'numbers';
    throw new ParameterError(key, `expected ${kind} from ${min} to ${max} apart by spaces, got "${text}"`);
  });
}

const RANGES = {
  steps: { min: 1, max: 32, whole: true },
  bits: { min: 2, max: 16, whole: true },
  noise: { min: 0, max: 1, whole: false },
  rateSteps: { min: 1, max: 100_000, whole: true },
} as const;

/** The range that a list of settings must keep to, by its name. */
function rangeOf(key: string) {
  if (key === 'rateSteps' || key === 'noise') return RANGES[key];
  return key.endsWith('Bits') ? RANGES.bits : RANGES.steps;
}

/** The numbers of a list among the settings. */
export const listOf = (values: Readonly<Record<string, SettingValue>>, key: string): number[] =>
  numbers(key, String(values[key]), rangeOf(key));

/** Settings that are lists: texts without fixed choices. */
export const listsAmong = (settings: Settings): string[] =>
  Object.keys(settings).filter((key) => typeof settings[key]!.value === 'string' && !settings[key]!.choices);

/** Checks all lists among settings. @throws ParameterError naming the first that is none */
export function checkLists(values: Readonly<Record<string, SettingValue>>, keys: readonly string[]): void {
  for (const key of keys) listOf(values, key);
}

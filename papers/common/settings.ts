import type { Setting } from 'volley/io';

/** A setting that counts. */
export const whole = (value: number, origin: string, doc: string, min = 1, unit?: string) =>
  ({ value, origin, doc, min, integer: true, ...(unit ? { unit } : {}) }) satisfies Setting;

/** A setting that measures. */
export const real = (value: number, origin: string, doc: string, unit?: string, min = 0) =>
  ({ value, origin, doc, min, ...(unit ? { unit } : {}) }) satisfies Setting;

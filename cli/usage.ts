import { ParameterError, VolleyError } from 'volley/base';

/** Exit codes of the command line. */
export const EXIT = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/** The command line itself is wrong: exit code 2. */
export class UsageError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'UsageError';
  }
}

/** Runs what only reads the command line: a {@link ParameterError} in there is a fault of usage. */
export async function readUsage<T>(read: () => T | Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof ParameterError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}

/** An error in one line. Faults that Volley does not know keep their class. */
export function oneLine(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const known = error instanceof VolleyError || error instanceof UsageError;
  const text = known ? error.message : `${error.name}: ${error.message} (--debug shows where)`;
  return text.replace(/\s*\n\s*/g, ' ');
}

/** The number that a flag gives. @throws ParameterError outside of the range */
export function readNumber(name: string, text: string, range: { min: number; max: number; whole?: boolean }): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  const fits = value >= range.min && value <= range.max && (!range.whole || Number.isSafeInteger(value));
  if (fits) return value;
  const kind = range.whole ? 'a whole number' : 'a number';
  throw new ParameterError(name, `expected ${kind} from ${range.min} to ${range.max}, got "${text}"`);
}

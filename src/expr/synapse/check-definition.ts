import { ParameterError, unknownName } from '../../base/errors.ts';
import type { SynapseDefinition } from './definition.ts';

const RECORDS = ['params', 'derived', 'synapse', 'pre', 'post', 'signals', 'reads'] as const;
const TEXTS = ['onPre', 'onPost', 'onStep', 'transmit'] as const;
const KEYS: readonly string[] = ['name', 'cite', 'doc', ...RECORDS, ...TEXTS, 'every'];

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isText = (value: unknown): boolean => typeof value === 'string';

function expected(where: string, what: string, got: unknown, hint?: string): ParameterError {
  const kind = Array.isArray(got) ? 'an array' : got === null ? 'null' : typeof got;
  return new ParameterError(where, `expected ${what}, got ${kind}`, hint === undefined ? {} : { hint });
}

function checkEvery(where: string, every: unknown): void {
  const hint = 'as in every: { interval: 100, equations: "w\' = 0.9 * w" }';
  if (!isObject(every)) throw expected(where, 'every with interval and equations', every, hint);
  const given: Readonly<Record<string, unknown>> = { ...every };
  for (const key of Object.keys(given)) {
    if (key !== 'interval' && key !== 'equations')
      throw unknownName(where, 'part of every', key, ['interval', 'equations']);
  }
  const { interval, equations } = given;
  if (!isText(equations)) throw expected(where, 'equations in every', equations, hint);
  if (!isText(interval) && typeof interval !== 'number') throw expected(where, 'an interval in every', interval, hint);
  if (typeof interval === 'number' && !(interval > 0 && Number.isFinite(interval))) {
    throw new ParameterError(where, `expected an interval above 0 ms, got ${interval}`, { fields: { interval } });
  }
}

/**
 * Checks that a definition has the form that its type says: it may come from JSON, or from a program without types, where
 * a block of another name would be one that never runs.
 *
 * @throws ParameterError naming what is missing, unknown, or of another kind
 */
export function checkForm(definition: SynapseDefinition): void {
  if (!isObject(definition)) throw expected('defineSynapse', 'a definition', definition);
  const given: Readonly<Record<string, unknown>> = { ...definition };
  if (!isText(given.name)) throw expected('defineSynapse', 'a name', given.name);
  const where = String(given.name);
  for (const key of Object.keys(given))
    if (!KEYS.includes(key)) throw unknownName(where, 'part of a synapse', key, KEYS);
  for (const key of RECORDS) {
    const required = key === 'params' || key === 'synapse';
    if (!(isObject(given[key]) || (given[key] === undefined && !required))) {
      throw expected(where, `${key} by name`, given[key], key === 'params' ? 'params: {} has none' : undefined);
    }
    for (const [name, value] of Object.entries(given[key] ?? {})) {
      const fits = key === 'derived' ? isText(value) : isObject(value) || (key !== 'params' && isText(value));
      if (!fits) throw expected(where, `a description of "${name}" in ${key}`, value);
    }
  }
  for (const key of TEXTS) {
    if (given[key] !== undefined && !isText(given[key])) throw expected(where, `${key} as text`, given[key]);
  }
  if (given.every !== undefined) checkEvery(where, given.every);
}

import { ParameterError, unknownName } from './errors.ts';

type KeyOf<T> = T extends unknown ? keyof T & string : never;

/** Nothing, unless `Known` lacks a key of T: then what no list of names fits, so that the compiler names the call. */
type Whole<T, Known extends readonly string[]> = [Exclude<KeyOf<T>, Known[number]>] extends [never]
  ? unknown
  : { readonly lacks: Exclude<KeyOf<T>, Known[number]> };

/**
 * The options themselves, if every one of them is known: a misspelt one would otherwise stand for its default in silence.
 * The compiler refuses a list of known names that lacks one of the type's.
 *
 * @throws ParameterError for an unknown name, and for what is no object
 */
export function checkedOptions<T extends object, const Known extends readonly KeyOf<T>[]>(
  where: string,
  options: T,
  known: Known & Whole<T, Known>,
): T {
  const names: readonly string[] = known;
  for (const [name] of checkedByName(where, 'options', options)) {
    if (!names.includes(name)) throw unknownName(where, 'option', name, names);
  }
  return options;
}

/** The options that plain data with a kind was made from, to be checked once more by what made it. */
export function optionsOf<T extends { readonly kind: string }>({ kind: _, ...options }: T): Omit<T, 'kind'> {
  return options;
}

/**
 * The entries of what should be an object.
 *
 * @throws ParameterError for anything else
 */
export function checkedByName<T>(
  where: string,
  what: string,
  given: Readonly<Record<string, T>> | object,
): [string, T][] {
  if (typeof given === 'object' && given !== null && !Array.isArray(given)) return Object.entries(given);
  const got = Array.isArray(given) ? 'an array' : given === null ? 'null' : typeof given;
  throw new ParameterError(where, `expected ${what} by name, got ${got}`);
}

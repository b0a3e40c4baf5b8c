/** Details that an error carries besides its sentence. */
export interface ErrorDetails {
  /** How to mend it, as one clause without a final full stop. */
  readonly hint?: string;
  /** The values involved, for programs that catch the error. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

/**
 * Base of every error that Volley throws on purpose.
 *
 * The message reads `<where>: expected <rule>, got <value> (<hint>)`, on one line.
 */
export class VolleyError extends Error {
  readonly where: string;
  readonly hint: string | undefined;
  readonly fields: Readonly<Record<string, unknown>>;

  constructor(where: string, problem: string, details: ErrorDetails = {}) {
    super(`${where}: ${problem}${details.hint ? ` (${details.hint})` : ''}`);
    this.name = new.target.name;
    this.where = where;
    this.hint = details.hint;
    this.fields = details.fields ?? {};
  }
}

/** An array or a network part has the wrong shape. */
export class ShapeError extends VolleyError {}

/** A parameter, option or name is unknown or out of its range. */
export class ParameterError extends VolleyError {}

/** The combination asked for is not implemented; never a wrong number instead. */
export class UnsupportedError extends VolleyError {}

/** A file or a text does not follow its format: truncated, corrupt, or of another version. */
export class FormatError extends VolleyError {}

/** An equation does not parse, does not type-check or has a wrong unit. */
export class EquationError extends VolleyError {}

/** A value became NaN or infinite; names the first quantity and step where it was seen. */
export class NumericsError extends VolleyError {}

/** A file could not be read or written: missing, no permission, disk full. */
export class StorageError extends VolleyError {}

/** A worker thread ended, or stopped with an error that is none of these, before its work was done. */
export class WorkerError extends VolleyError {}

/** A fault of Volley's own; please report it. */
export class InternalError extends VolleyError {}

/** Lists the known names behind an unknown one: `unknown population "hiden", known: hidden, out`. */
export function unknownName(where: string, kind: string, name: string, known: Iterable<string>): ParameterError {
  const list = [...known];
  return new ParameterError(where, `unknown ${kind} "${name}"`, {
    hint: list.length > 0 ? `known: ${list.join(', ')}` : `there is no ${kind} yet`,
    fields: { name, known: list },
  });
}

import { EquationError } from '../base/errors.ts';

/** One line of a model's text, with where to find it. */
export interface SourceLine {
  /** Name of the model, and the part of it where that is not the equations: 'alif', 'alif derived alpha'. */
  readonly where: string;
  readonly text: string;
}

/** A place in a text: its line and the column, from 0. */
export interface Position {
  readonly line: SourceLine;
  readonly column: number;
}

/**
 * An error that quotes the line and puts a caret under the column.
 *
 * @param sentence - what is wrong
 * @param hint - how to mend it
 */
export function equationError(at: Position, sentence: string, hint?: string): EquationError {
  const { where, text } = at.line;
  const pointed = `\n  ${text}\n  ${' '.repeat(at.column)}^`;
  return new EquationError(where, `${sentence}${hint === undefined ? '' : ` (${hint})`}${pointed}`, {
    fields: { line: text, column: at.column, hint },
  });
}

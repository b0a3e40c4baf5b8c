import { equationError, type Position, type SourceLine } from './source.ts';

/** A word of an equation; `at` points at its first character. */
export interface Token {
  readonly kind: 'number' | 'name' | 'symbol' | 'end';
  readonly text: string;
  readonly at: Position;
}

const PATTERN =
  /\s*(?:(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)|([\p{L}_][\p{L}\p{N}_]*'?)|(<=|>=|==|!=|[-+*/^<>(),=]))/uy;

/**
 * Splits one line into words; a comment starts at `#`.
 *
 * @throws EquationError at a character that starts no word
 */
export function tokenize(line: SourceLine): Token[] {
  const text = line.text.replace(/#.*$/, '').trimEnd();
  const tokens: Token[] = [];
  let column = 0;
  while (column < text.length) {
    PATTERN.lastIndex = column;
    const match = PATTERN.exec(text);
    if (match === null) {
      const bad = column + text.slice(column).search(/\S/);
      throw equationError({ line, column: bad }, `expected a number, a name or an operator, got "${text[bad]}"`);
    }
    const [all, number, name] = match;
    const word = all.trimStart();
    const kind = number !== undefined ? 'number' : name !== undefined ? 'name' : 'symbol';
    tokens.push({ kind, text: word, at: { line, column: column + all.length - word.length } });
    column += all.length;
  }
  tokens.push({ kind: 'end', text: 'end of line', at: { line, column: text.length } });
  return tokens;
}

import { equationError, type Position, type SourceLine } from './source.ts';
import { type Token, tokenize } from './tokens.ts';

export type CompareOp = '<' | '<=' | '>' | '>=' | '==' | '!=';
export type BinarySymbol = '+' | '-' | '*' | '/' | '^' | CompareOp | 'and' | 'or';

/** A parsed expression; `at` points at the operator, the function's name or the leaf itself. */
export type Expression =
  | { readonly kind: 'number'; readonly value: number; readonly at: Position }
  | { readonly kind: 'name'; readonly name: string; readonly at: Position }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[]; readonly at: Position }
  | { readonly kind: 'unary'; readonly op: '-' | 'not'; readonly a: Expression; readonly at: Position }
  | {
      readonly kind: 'binary';
      readonly op: BinarySymbol;
      readonly a: Expression;
      readonly b: Expression;
      readonly at: Position;
    };

/** `target = expression`; the target of a state update ends in a prime. */
export interface Statement {
  readonly target: string;
  readonly expression: Expression;
  readonly at: Position;
}

const LEVELS: readonly (readonly string[])[] = [
  ['or'],
  ['and'],
  ['<', '<=', '>', '>=', '==', '!='],
  ['+', '-'],
  ['*', '/'],
];

/** Recursive descent over one line. Precedence from weak to strong: or, and, not, comparison, + -, * /, unary -, ^. */
class Parser {
  readonly #tokens: readonly Token[];
  #next = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  get #token(): Token {
    return this.#tokens[this.#next]!;
  }

  #take(): Token {
    const token = this.#token;
    if (token.kind !== 'end') this.#next += 1;
    return token;
  }

  #is(...texts: readonly string[]): boolean {
    return this.#token.kind !== 'number' && this.#token.kind !== 'end' && texts.includes(this.#token.text);
  }

  #fail(expected: string): never {
    const { kind, text, at } = this.#token;
    throw equationError(at, `expected ${expected}, got ${kind === 'end' ? text : `"${text}"`}`);
  }

  #expect(text: string): void {
    if (!this.#is(text)) this.#fail(`"${text}"`);
    this.#take();
  }

  statement(): Statement {
    const target = this.#token;
    if (target.kind !== 'name') this.#fail("a statement such as v' = …");
    this.#take();
    this.#expect('=');
    return { target: target.text, expression: this.whole(), at: target.at };
  }

  whole(): Expression {
    const expression = this.#level(0);
    if (this.#token.kind !== 'end') this.#fail('an operator or the end of the line');
    return expression;
  }

  #level(level: number): Expression {
    const symbols = LEVELS[level];
    if (symbols === undefined) return this.#unary();
    if (symbols.includes('<') && this.#is('not')) {
      const { at } = this.#take();
      return { kind: 'unary', op: 'not', a: this.#level(level), at };
    }
    let a = this.#level(level + 1);
    while (this.#is(...symbols)) {
      const { text, at } = this.#take();
      a = { kind: 'binary', op: text as BinarySymbol, a, b: this.#level(level + 1), at };
    }
    return a;
  }

  #unary(): Expression {
    if (!this.#is('-')) return this.#power();
    const { at } = this.#take();
    return { kind: 'unary', op: '-', a: this.#unary(), at };
  }

  #power(): Expression {
    const a = this.#atom();
    if (!this.#is('^')) return a;
    const { at } = this.#take();
    return { kind: 'binary', op: '^', a, b: this.#unary(), at };
  }

  #atom(): Expression {
    const { kind, text, at } = this.#token;
    if (kind === 'number') {
      this.#take();
      return { kind: 'number', value: Number(text), at };
    }
    if (this.#is('(')) {
      this.#take();
      const inner = this.#level(0);
      this.#expect(')');
      return inner;
    }
    if (kind !== 'name' || this.#is('and', 'or', 'not')) this.#fail('a number, a name or "("');
    this.#take();
    return this.#is('(') ? { kind: 'call', name: text, args: this.#args(), at } : { kind: 'name', name: text, at };
  }

  #args(): Expression[] {
    this.#expect('(');
    const args: Expression[] = [];
    while (!this.#is(')')) {
      if (args.length > 0) this.#expect(',');
      args.push(this.#level(0));
    }
    this.#expect(')');
    return args;
  }
}

/**
 * Parses one expression.
 *
 * @throws EquationError with the line and a caret
 */
export function parseExpression(line: SourceLine): Expression {
  return new Parser(tokenize(line)).whole();
}

/**
 * Parses a block of equations, one statement per line; empty lines and comments are skipped.
 *
 * @throws EquationError with the line and a caret
 */
export function parseEquations(where: string, equations: string): Statement[] {
  return equations.split('\n').flatMap((text) => {
    const tokens = tokenize({ where, text: text.trim() });
    return tokens.length === 1 ? [] : [new Parser(tokens).statement()];
  });
}

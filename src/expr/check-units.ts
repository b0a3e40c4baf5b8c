import { formatUnit, multiplyUnits, ONE, powerUnit, sameDimension, sameUnit, type Unit } from '../base/units.ts';
import { integerExponent } from './build.ts';
import type { Expression } from './parse.ts';
import { equationError, type Position } from './source.ts';

/** Units of the names in scope. */
export type UnitScope = ReadonlyMap<string, Unit>;

/** The literal 0 fits every unit. */
type Inferred = Unit | 'any';

const DIMENSIONLESS = new Set(['exp', 'log', 'tanh', 'sigmoid', 'spike', 'spikeGe', 'bernoulli']);
const ADDITIVE = new Set(['+', '-', '<', '<=', '>', '>=', '==', '!=']);

function disagreement(a: Unit, b: Unit): string {
  if (!sameDimension(a, b)) return `units do not fit: ${formatUnit(a)} and ${formatUnit(b)}`;
  return `units differ by a factor of 10^${Math.abs(a.tens - b.tens)}: ${formatUnit(a)} and ${formatUnit(b)}`;
}

function unify(a: Inferred, b: Inferred, at: Position): Inferred {
  if (a === 'any') return b;
  if (b === 'any' || sameUnit(a, b)) return a;
  const literal = sameUnit(a, ONE) || sameUnit(b, ONE);
  throw equationError(
    at,
    disagreement(a, b),
    literal ? 'a number has unit 1; make it a parameter with a unit' : undefined,
  );
}

function expectOne(expression: Expression, what: string, scope: UnitScope): void {
  const unit = infer(expression, scope);
  if (unit !== 'any' && !sameUnit(unit, ONE)) {
    throw equationError(expression.at, `expected a dimensionless argument of ${what}, got ${formatUnit(unit)}`);
  }
}

function infer(expression: Expression, scope: UnitScope): Inferred {
  switch (expression.kind) {
    case 'number':
      return expression.value === 0 ? 'any' : ONE;
    case 'name':
      return scope.get(expression.name) ?? ONE;
    case 'unary':
      return infer(expression.a, scope);
    case 'binary':
      return inferBinary(expression, scope);
    case 'call':
      return inferCall(expression, scope);
  }
}

function inferBinary(expression: Extract<Expression, { kind: 'binary' }>, scope: UnitScope): Inferred {
  const a = infer(expression.a, scope);
  if (expression.op === '^') return a === 'any' ? a : powerUnit(a, integerExponent(expression.b));
  const b = infer(expression.b, scope);
  if (expression.op === 'and' || expression.op === 'or') return ONE;
  if (ADDITIVE.has(expression.op)) {
    const common = unify(a, b, expression.at);
    return expression.op === '+' || expression.op === '-' ? common : ONE;
  }
  if (a === 'any' || b === 'any') return 'any';
  return multiplyUnits(a, expression.op === '*' ? b : powerUnit(b, -1));
}

function inferCall(call: Extract<Expression, { kind: 'call' }>, scope: UnitScope): Inferred {
  const { name, args, at } = call;
  if (DIMENSIONLESS.has(name)) {
    for (const arg of args) expectOne(arg, `${name}()`, scope);
    return ONE;
  }
  const units = args.map((arg) => infer(arg, scope));
  if (name === 'where') return unify(units[1]!, units[2]!, at);
  if (name === 'sqrt') {
    const [unit] = units;
    if (unit === 'any' || unit === undefined) return 'any';
    const root = powerUnit(unit, 0.5);
    if (Object.values(root).every(Number.isInteger)) return root;
    throw equationError(at, `expected the square of a unit in sqrt(), got ${formatUnit(unit)}`);
  }
  if (units.length === 0) return ONE;
  return units.reduce((common, unit) => unify(common, unit, at));
}

/**
 * The unit of an expression; of the literal 0, dimensionless.
 *
 * @throws EquationError where units do not fit, or differ in scale (ms and s)
 */
export function unitOf(expression: Expression, scope: UnitScope): Unit {
  const unit = infer(expression, scope);
  return unit === 'any' ? ONE : unit;
}

/**
 * Checks that `target`, declared with `declared`, may take the value of the expression.
 *
 * @throws EquationError at the target
 */
export function checkAssignment(
  target: string,
  declared: Unit,
  expression: Expression,
  at: Position,
  scope: UnitScope,
): void {
  const unit = infer(expression, scope);
  if (unit !== 'any' && !sameUnit(unit, declared)) {
    throw equationError(at, `expected ${target} in ${formatUnit(declared)}, got ${formatUnit(unit)}`);
  }
}

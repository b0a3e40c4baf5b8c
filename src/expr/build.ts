import { type Compare, type FloatBinary, type FloatUnary, type Graph, isBoolean, type NodeId } from './graph.ts';
import type { BinarySymbol, Expression } from './parse.ts';
import { equationError, type Position } from './source.ts';

/** What a name or a special function means where an expression stands. */
export interface BuildContext {
  readonly graph: Graph;
  /** The node of a name; throws an EquationError at `at` if there is none. */
  resolve(name: string, at: Position): NodeId;
  /** Whether spike(), spikeGe() and the random functions may be used. */
  readonly step: boolean;
  /** A new random site of this kind, as a node. */
  random?(kind: 'uniform' | 'normal' | 'bernoulli'): NodeId;
}

type Call = Extract<Expression, { kind: 'call' }>;

/** Number of arguments of every built-in function. */
const ARITY: Readonly<Record<string, number>> = {
  exp: 1,
  log: 1,
  sqrt: 1,
  tanh: 1,
  sigmoid: 1,
  abs: 1,
  stop: 1,
  spike: 1,
  spikeGe: 1,
  min: 2,
  max: 2,
  clip: 3,
  where: 3,
  normal: 0,
  uniform: 0,
  bernoulli: 1,
};

const STEP_ONLY = new Set(['spike', 'spikeGe', 'normal', 'uniform', 'bernoulli']);

const SYMBOLS: Readonly<Record<Exclude<BinarySymbol, '^'>, FloatBinary | Compare | 'and' | 'or'>> = {
  '+': 'add',
  '-': 'sub',
  '*': 'mul',
  '/': 'div',
  '<': 'lt',
  '<=': 'le',
  '>': 'gt',
  '>=': 'ge',
  '==': 'eq',
  '!=': 'ne',
  and: 'and',
  or: 'or',
};

/** Whether the expression calls one of the functions. */
export function calls(expression: Expression, names: readonly string[]): boolean {
  switch (expression.kind) {
    case 'call':
      return names.includes(expression.name) || expression.args.some((arg) => calls(arg, names));
    case 'unary':
      return calls(expression.a, names);
    case 'binary':
      return calls(expression.a, names) || calls(expression.b, names);
    default:
      return false;
  }
}

/** The whole number an exponent stands for. */
export function integerExponent(expression: Expression): number {
  const negative = expression.kind === 'unary' && expression.op === '-';
  const literal = negative ? expression.a : expression;
  if (literal.kind === 'number' && Number.isInteger(literal.value)) return negative ? -literal.value : literal.value;
  throw equationError(expression.at, 'expected a whole number as the exponent', 'for other powers use exp(y * log(x))');
}

/**
 * Builds the nodes of an expression that must be a number.
 *
 * @throws EquationError for an unknown name or function, a wrong number of arguments, or a truth value in place of a number
 */
export function buildFloat(expression: Expression, context: BuildContext): NodeId {
  const id = build(expression, context);
  if (isBoolean(context.graph.node(id))) {
    throw equationError(expression.at, 'expected a number, got a truth value', 'use where(condition, 1, 0)');
  }
  return id;
}

function buildBoolean(expression: Expression, context: BuildContext): NodeId {
  const id = build(expression, context);
  if (!isBoolean(context.graph.node(id))) {
    throw equationError(expression.at, 'expected a truth value, got a number', 'compare it, as in x > 0');
  }
  return id;
}

function build(expression: Expression, context: BuildContext): NodeId {
  const { graph } = context;
  switch (expression.kind) {
    case 'number':
      return graph.const(expression.value);
    case 'name':
      return context.resolve(expression.name, expression.at);
    case 'unary':
      return expression.op === '-'
        ? graph.unary('neg', buildFloat(expression.a, context))
        : graph.unary('not', buildBoolean(expression.a, context));
    case 'binary': {
      const { op, a, b } = expression;
      if (op === '^') return graph.power(buildFloat(a, context), integerExponent(b));
      const operand = op === 'and' || op === 'or' ? buildBoolean : buildFloat;
      return graph.binary(SYMBOLS[op], operand(a, context), operand(b, context));
    }
    case 'call':
      return buildCall(expression, context);
  }
}

function checkCall(call: Call, context: BuildContext): void {
  const arity = Object.hasOwn(ARITY, call.name) ? ARITY[call.name] : undefined;
  if (arity === undefined) {
    throw equationError(call.at, `unknown function "${call.name}"`, `known: ${Object.keys(ARITY).join(', ')}`);
  }
  if (call.args.length !== arity) {
    const expected = `${arity} argument${arity === 1 ? '' : 's'}`;
    throw equationError(call.at, `expected ${expected} of ${call.name}(), got ${call.args.length}`);
  }
  if (STEP_ONLY.has(call.name) && !context.step) {
    throw equationError(call.at, `expected a function of constants, got ${call.name}()`, 'it belongs in the equations');
  }
}

function buildCall(call: Call, context: BuildContext): NodeId {
  checkCall(call, context);
  const { graph } = context;
  const { name, args } = call;
  if (name === 'where') {
    const cond = buildBoolean(args[0]!, context);
    return graph.select(cond, buildFloat(args[1]!, context), buildFloat(args[2]!, context));
  }
  const [a, b, c] = args.map((arg) => buildFloat(arg, context)) as [NodeId, NodeId, NodeId];
  switch (name) {
    case 'clip':
      return graph.binary('min', graph.binary('max', a, b), c);
    case 'min':
    case 'max':
      return graph.binary(name, a, b);
    case 'spike':
    case 'spikeGe':
      return graph.add({ op: 'spike', a, inclusive: name === 'spikeGe' });
    case 'normal':
    case 'uniform':
      return context.random!(name);
    case 'bernoulli': {
      const draw = context.random!('bernoulli');
      return graph.select(graph.binary('lt', draw, a), graph.const(1), graph.const(0));
    }
    default:
      return graph.unary(name as FloatUnary | 'stop', a);
  }
}

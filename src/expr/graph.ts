import { abs, exp, log, sigmoid, sqrt, tanh } from './scalar.ts';

/** Index of a node in its graph; operands always have smaller indices than their users. */
export type NodeId = number;

export type FloatUnary = 'neg' | 'abs' | 'exp' | 'log' | 'sqrt' | 'tanh' | 'sigmoid';
export type FloatBinary = 'add' | 'sub' | 'mul' | 'div' | 'min' | 'max';
export type Compare = 'lt' | 'le' | 'gt' | 'ge' | 'eq' | 'ne';

/** Values from outside the step. `seed` is an adjoint that enters a differentiated graph: of a new state, or of the output. */
export type Leaf =
  | { readonly op: 'const'; readonly value: number }
  | { readonly op: 'param'; readonly name: string }
  | { readonly op: 'state'; readonly name: string }
  | { readonly op: 'previousOutput' }
  | { readonly op: 'input'; readonly name: string }
  | { readonly op: 'random'; readonly site: number }
  | { readonly op: 'seed'; readonly name: string };

/** One value of a step. Comparisons and logic are booleans, everything else a float. `stop` and `spike` matter to derivatives. */
export type Node =
  | Leaf
  | { readonly op: FloatUnary | 'not' | 'stop'; readonly a: NodeId }
  | { readonly op: 'spike'; readonly a: NodeId; readonly inclusive: boolean }
  | { readonly op: FloatBinary | Compare | 'and' | 'or'; readonly a: NodeId; readonly b: NodeId }
  | { readonly op: 'select'; readonly cond: NodeId; readonly a: NodeId; readonly b: NodeId };

const BOOLEAN = new Set<Node['op']>(['lt', 'le', 'gt', 'ge', 'eq', 'ne', 'and', 'or', 'not']);
const COMMUTATIVE = new Set<Node['op']>(['add', 'mul', 'and', 'or', 'eq', 'ne']);

/** Whether a float is 0 or 1 by construction; a spiking model's output is. */
export function isBinary(graph: Graph, id: NodeId): boolean {
  const node = graph.node(id);
  switch (node.op) {
    case 'const':
      return node.value === 0 || node.value === 1;
    case 'spike':
    case 'previousOutput':
      return true;
    case 'stop':
      return isBinary(graph, node.a);
    case 'select':
    case 'mul':
      return isBinary(graph, node.a) && isBinary(graph, node.b);
    default:
      return false;
  }
}

export const isBoolean = (node: Node): boolean => BOOLEAN.has(node.op);

/** The operands of a node, in order. */
export function operands(node: Node): readonly NodeId[] {
  if (node.op === 'select') return [node.cond, node.a, node.b];
  if ('b' in node) return [node.a, node.b];
  return 'a' in node ? [node.a] : [];
}

const UNARY: Readonly<Record<FloatUnary, (x: number) => number>> = {
  neg: (x) => -x,
  abs,
  exp,
  log,
  sqrt,
  tanh,
  sigmoid,
};

const BINARY: Readonly<Record<FloatBinary | Compare, (x: number, y: number) => number>> = {
  add: (x, y) => x + y,
  sub: (x, y) => x - y,
  mul: (x, y) => x * y,
  div: (x, y) => x / y,
  min: Math.min,
  max: Math.max,
  lt: (x, y) => Number(x < y),
  le: (x, y) => Number(x <= y),
  gt: (x, y) => Number(x > y),
  ge: (x, y) => Number(x >= y),
  eq: (x, y) => Number(x === y),
  ne: (x, y) => Number(x !== y),
};

/** The value of an inner node given its operands' values; booleans are 0 and 1. The definition of every operation. */
export function applyNode(node: Exclude<Node, Leaf>, value: (id: NodeId) => number): number {
  switch (node.op) {
    case 'select':
      return value(node.cond) !== 0 ? value(node.a) : value(node.b);
    case 'spike':
      return Number(node.inclusive ? value(node.a) >= 0 : value(node.a) > 0);
    case 'stop':
      return value(node.a);
    case 'not':
      return Number(value(node.a) === 0);
    case 'and':
      return Number(value(node.a) !== 0 && value(node.b) !== 0);
    case 'or':
      return Number(value(node.a) !== 0 || value(node.b) !== 0);
    default:
      return 'b' in node ? BINARY[node.op](value(node.a), value(node.b)) : UNARY[node.op](value(node.a));
  }
}

const LEAVES = new Set<Node['op']>(['const', 'param', 'state', 'previousOutput', 'input', 'random', 'seed']);

export const isLeaf = (node: Node): node is Leaf => LEAVES.has(node.op);

/**
 * An append-only, hash-consed expression graph: equal expressions are the same node, constants are folded, what
 * multiplies by 0 or 1, adds 0 or selects between equals disappears, and negations end in subtractions.
 */
export class Graph {
  readonly #nodes: Node[];
  readonly #known: Map<string, NodeId>;

  /** A new graph, or an independent copy of one, with the same node numbers. */
  constructor(from?: Graph) {
    this.#nodes = from === undefined ? [] : [...from.#nodes];
    this.#known = from === undefined ? new Map() : new Map(from.#known);
  }

  get size(): number {
    return this.#nodes.length;
  }

  node(id: NodeId): Node {
    return this.#nodes[id]!;
  }

  /** The value of a constant node, else undefined. */
  constant(id: NodeId): number | undefined {
    const node = this.node(id);
    return node.op === 'const' ? node.value : undefined;
  }

  isConstant(id: NodeId, value: number): boolean {
    return this.constant(id) === value;
  }

  const(value: number): NodeId {
    return this.add({ op: 'const', value });
  }

  /** The node's number; adds it, or a simpler equal one, unless it is known. */
  add(node: Node): NodeId {
    const simpler = this.#simplify(node);
    if (typeof simpler === 'number') return simpler;
    const key = nodeKey(simpler);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    this.#nodes.push(simpler);
    this.#known.set(key, this.#nodes.length - 1);
    return this.#nodes.length - 1;
  }

  unary(op: FloatUnary | 'not' | 'stop', a: NodeId): NodeId {
    return this.add({ op, a });
  }

  binary(op: FloatBinary | Compare | 'and' | 'or', a: NodeId, b: NodeId): NodeId {
    return this.add({ op, a, b });
  }

  select(cond: NodeId, a: NodeId, b: NodeId): NodeId {
    return this.add({ op: 'select', cond, a, b });
  }

  /** x^n for an integer n by repeated squaring. */
  power(x: NodeId, n: number): NodeId {
    if (n < 0) return this.binary('div', this.const(1), this.power(x, -n));
    if (n === 0) return this.const(1);
    const half = this.power(x, Math.floor(n / 2));
    const square = this.binary('mul', half, half);
    return n % 2 === 1 ? this.binary('mul', square, x) : square;
  }

  #simplify(node: Node): Node | NodeId {
    if (isLeaf(node)) return node;
    if (node.op === 'select') return this.#simplifySelect(node);
    if (!isBoolean(node) && operands(node).every((id) => this.constant(id) !== undefined)) {
      return this.const(applyNode(node, (id) => this.constant(id)!));
    }
    if ('b' in node) return this.#simplifyBinary(node);
    if (node.op === 'neg') {
      const inner = this.node(node.a);
      if (inner.op === 'neg') return inner.a;
    }
    return node;
  }

  /** x, if the node is -x. */
  #negated(id: NodeId): NodeId | undefined {
    const node = this.node(id);
    return node.op === 'neg' ? node.a : undefined;
  }

  #simplifySelect(node: Extract<Node, { op: 'select' }>): Node | NodeId {
    const { cond, a, b } = node;
    if (a === b) return a;
    const [minusA, minusB] = [this.#negated(a), this.#negated(b)];
    if (minusA !== undefined && this.isConstant(b, 0)) return this.unary('neg', this.select(cond, minusA, b));
    if (minusB !== undefined && this.isConstant(a, 0)) return this.unary('neg', this.select(cond, a, minusB));
    return node;
  }

  // Signs move outwards, where a sum takes them up: rounding is symmetric, so no result changes.
  #simplifyBinary(node: Extract<Node, { b: NodeId }> & { a: NodeId }): Node | NodeId {
    const { a, b } = node;
    const is = (id: NodeId, value: number) => this.isConstant(id, value);
    const [minusA, minusB] = [this.#negated(a), this.#negated(b)];
    switch (node.op) {
      case 'add':
        if (is(a, 0)) return b;
        if (is(b, 0)) return a;
        if (minusB !== undefined) return this.binary('sub', a, minusB);
        return minusA === undefined ? node : this.binary('sub', b, minusA);
      case 'sub':
        if (is(b, 0)) return a;
        if (is(a, 0)) return this.unary('neg', b);
        if (minusB !== undefined) return this.binary('add', a, minusB);
        return minusA === undefined ? node : this.unary('neg', this.binary('add', minusA, b));
      case 'mul':
        if (is(a, 0) || is(b, 0)) return this.const(0);
        if (is(a, 1)) return b;
        if (is(b, 1)) return a;
        if (minusA !== undefined) return this.unary('neg', this.binary('mul', minusA, b));
        return minusB === undefined ? node : this.unary('neg', this.binary('mul', a, minusB));
      case 'div':
        if (is(a, 0)) return this.const(0);
        if (is(b, 1)) return a;
        return minusA === undefined ? node : this.unary('neg', this.binary('div', minusA, b));
      case 'min':
      case 'max':
      case 'and':
      case 'or':
        return a === b ? a : node;
      default:
        return node;
    }
  }
}

function nodeKey(node: Node): string {
  if (node.op === 'const') return `const ${Object.is(node.value, -0) ? '-0' : node.value}`;
  if (isLeaf(node)) return `${node.op} ${'name' in node ? node.name : 'site' in node ? node.site : ''}`;
  const ids = [...operands(node)];
  if (COMMUTATIVE.has(node.op)) ids.sort((x, y) => x - y);
  return `${node.op}${node.op === 'spike' && node.inclusive ? '>=' : ''} ${ids}`;
}

/** Marks every node that `roots` depend on, themselves included. */
export function reachable(graph: Graph, roots: Iterable<NodeId>): boolean[] {
  const marked = new Array<boolean>(graph.size).fill(false);
  for (const root of roots) marked[root] = true;
  for (let id = graph.size - 1; id >= 0; id--) {
    if (marked[id]) for (const operand of operands(graph.node(id))) marked[operand] = true;
  }
  return marked;
}

import { ONE, type Unit } from '../../base/units.ts';
import { type BuildContext, buildFloat, calls } from '../build.ts';
import { checkAssignment, unitOf } from '../check-units.ts';
import { Graph, type Leaf, type NodeId } from '../graph.ts';
import { type Expression, parseEquations, parseExpression, type Statement } from '../parse.ts';
import { equationError, type Position } from '../source.ts';
import type { BlockName } from './definition.ts';
import type { BlockUpdate, SynapseBlock, SynapseRandomSite, SynapseVariable } from './program.ts';
import { isWithin, joinScopes, namesIn, nodeScopes, type Scope } from './scope.ts';

const RANDOM = ['normal', 'uniform', 'bernoulli'];
const OWNER = { pre: 'the presynaptic neuron', post: 'the postsynaptic neuron', synapse: 'a synapse' } as const;

/** What a block may write. */
const WRITABLE: Readonly<Record<BlockName, readonly Scope[]>> = {
  onPre: ['pre', 'synapse'],
  onPost: ['post', 'synapse'],
  onStep: ['pre', 'post', 'synapse'],
  every: ['pre', 'post', 'synapse'],
};

/** The site and the probability of a comparison `draw < p` of a bernoulli(p) per synapse. */
function coinOf(graph: Graph, id: NodeId, sites: readonly SynapseRandomSite[]) {
  const node = graph.node(id);
  const draw = node.op === 'lt' ? graph.node(node.a) : undefined;
  if (node.op !== 'lt' || draw?.op !== 'random') return undefined;
  const { kind, scope } = sites[draw.site]!;
  return kind === 'bernoulli' && scope === 'synapse' ? { index: draw.site, chance: node.b } : undefined;
}

/** The names that all blocks of a synapse share. */
export interface SynapseNames {
  readonly where: string;
  readonly units: ReadonlyMap<string, Unit>;
  readonly variables: Readonly<Record<string, SynapseVariable>>;
  /** Scopes of signals and of the neuron's states. */
  readonly outside: Readonly<Record<string, Scope>>;
  /** Parameters, derived parameters and `dt`. */
  readonly constants: ReadonlySet<string>;
}

const primed = (name: string) => name.endsWith("'");
const unprimed = (name: string) => name.replace(/'$/, '');

/** Walks the lines of one block; knows which names have a value so far. */
export class BlockCompiler {
  readonly #name: BlockName;
  readonly #names: SynapseNames;
  readonly #graph = new Graph();
  readonly #sites: SynapseRandomSite[] = [];
  readonly #units: Map<string, Unit>;
  /** Nodes and scopes of the names assigned so far. */
  readonly #assigned = new Map<string, { readonly node: NodeId; readonly scope: Scope }>();
  readonly #updates: BlockUpdate[] = [];
  #statements: readonly Statement[] = [];

  constructor(name: BlockName, names: SynapseNames) {
    this.#name = name;
    this.#names = names;
    this.#units = new Map(names.units);
  }

  get #where(): string {
    return `${this.#names.where} ${this.#name}`;
  }

  #scopeOf(name: string): Scope {
    const { variables, outside } = this.#names;
    const base = unprimed(name);
    if (Object.hasOwn(variables, base)) return variables[base]!.scope;
    if (Object.hasOwn(outside, name)) return outside[name]!;
    return this.#assigned.get(name)?.scope ?? 'global';
  }

  #resolve(name: string, at: Position): NodeId {
    const { variables, outside, constants } = this.#names;
    const value = this.#assigned.get(name);
    if (value !== undefined) return value.node;
    if (this.#statements.some((statement) => statement.target === name)) {
      throw equationError(at, `expected "${name}" to be assigned above this line`, 'move its line up');
    }
    if (Object.hasOwn(variables, name)) return this.#graph.add({ op: 'state', name });
    if (Object.hasOwn(outside, name)) return this.#graph.add({ op: 'input', name });
    if (constants.has(name)) return this.#graph.add({ op: 'param', name });
    if (primed(name) && Object.hasOwn(variables, unprimed(name))) {
      const base = unprimed(name);
      throw equationError(
        at,
        `expected a line "${name} = …" in ${this.#name}, got none`,
        `${base} keeps its value here`,
      );
    }
    const known = [...constants, ...Object.keys(variables), ...Object.keys(outside), ...this.#assigned.keys()];
    const hint = `known: ${known.join(', ')}; states of the target are named in reads, global values in signals`;
    throw equationError(at, `unknown name "${name}"`, hint);
  }

  #checkTarget({ target, at }: Statement): void {
    const { variables } = this.#names;
    if (this.#assigned.has(target)) throw equationError(at, `expected one assignment of "${target}", got a second`);
    if (!primed(target)) {
      if (!this.#names.units.has(target)) return;
      const hint = Object.hasOwn(variables, target) ? `write ${target}' for its new value` : 'choose another name';
      throw equationError(at, `expected a new name, got "${target}", which is declared`, hint);
    }
    const variable = variables[unprimed(target)];
    if (!Object.hasOwn(variables, unprimed(target)) || variable === undefined) {
      const known = Object.keys(variables).join(', ');
      throw equationError(at, `expected the new value of a variable, got "${target}"`, `variables: ${known}`);
    }
    const allowed = WRITABLE[this.#name];
    if (allowed.includes(variable.scope)) return;
    const listed = Object.keys(variables).filter((name) => allowed.includes(variables[name]!.scope));
    const got = `"${unprimed(target)}", which belongs to ${OWNER[variable.scope]}`;
    throw equationError(
      at,
      `expected a variable that ${this.#name} may write, got ${got}`,
      `one of: ${listed.join(', ')}`,
    );
  }

  /** A neuron's variable has one value for all of the neuron's synapses, so what it depends on must have, too. */
  #checkScope(target: string, scope: Scope, expression: Expression): void {
    if (scope === 'synapse') return;
    const foreign = namesIn(expression).find(({ name }) => !isWithin(this.#scopeOf(name), scope));
    if (foreign === undefined) return;
    const owner = OWNER[scope as 'pre' | 'post'];
    const got = `"${foreign.name}", which belongs to ${OWNER[this.#scopeOf(foreign.name) as keyof typeof OWNER]}`;
    throw equationError(foreign.at, `expected values of ${owner} in ${target}, got ${got}`);
  }

  #build(expression: Expression, scope: 'pre' | 'post' | 'synapse'): NodeId {
    const graph = this.#graph;
    const context: BuildContext = {
      graph,
      resolve: (name, at) => this.#resolve(name, at),
      step: true,
      random: (kind) => graph.add({ op: 'random', site: this.#sites.push({ kind, scope }) - 1 }),
    };
    if (calls(expression, ['spike', 'spikeGe'])) {
      throw equationError(expression.at, 'expected no spike() in a synapse', 'where(x > 0, 1, 0) compares');
    }
    return buildFloat(expression, context);
  }

  #statement(statement: Statement): void {
    const { target, expression, at } = statement;
    this.#checkTarget(statement);
    const variable = primed(target) ? this.#names.variables[unprimed(target)] : undefined;
    if (variable !== undefined) this.#checkScope(target, variable.scope, expression);
    const node = this.#build(expression, variable?.scope ?? 'synapse');
    const declared = variable && (this.#units.get(unprimed(target)) ?? ONE);
    if (declared !== undefined) checkAssignment(target, declared, expression, at, this.#units);
    this.#units.set(target, declared ?? unitOf(expression, this.#units));
    const drawn: Scope = calls(expression, RANDOM) ? 'synapse' : 'global';
    const read = namesIn(expression).reduce<Scope>((scope, { name }) => joinScopes(scope, this.#scopeOf(name)), drawn);
    this.#assigned.set(target, { node, scope: variable?.scope ?? read });
    if (variable !== undefined) this.#updates.push({ name: unprimed(target), scope: variable.scope, node });
  }

  #leafScope(leaf: Leaf): Scope {
    if (leaf.op === 'random') return this.#sites[leaf.site]!.scope;
    return leaf.op === 'state' || leaf.op === 'input' ? this.#scopeOf(leaf.name) : 'global';
  }

  /**
   * Compiles the lines of the block and, for `onPre`, what a spike delivers.
   *
   * @param transmit - an expression, or undefined for the weight after the lines
   * @throws EquationError with the line and a caret for anything wrong in an equation
   */
  compile(equations: string, transmit?: string): SynapseBlock {
    this.#statements = parseEquations(this.#where, equations);
    for (const statement of this.#statements) this.#statement(statement);
    const delivered = this.#name === 'onPre' ? { transmit: this.#transmit(transmit) } : {};
    const scopes = nodeScopes(this.#graph, (leaf) => this.#leafScope(leaf));
    return {
      name: this.#name,
      graph: this.#graph,
      updates: this.#updates,
      ...delivered,
      randomSites: this.#chances(scopes),
      scopes,
    };
  }

  /** The random sites, with the probabilities that all synapses of a neuron share. */
  #chances(scopes: readonly Scope[]): SynapseRandomSite[] {
    const sites = [...this.#sites];
    if (this.#name !== 'onPre' && this.#name !== 'onPost') return sites;
    for (let id = 0; id < this.#graph.size; id++) {
      const site = coinOf(this.#graph, id, sites);
      if (site === undefined || scopes[site.chance] !== 'global') continue;
      sites[site.index] = { ...sites[site.index]!, chance: site.chance };
    }
    return sites;
  }

  #transmit(text: string | undefined): NodeId {
    if (text === undefined) return this.#assigned.get("w'")?.node ?? this.#graph.add({ op: 'state', name: 'w' });
    const expression = parseExpression({ where: `${this.#names.where} transmit`, text: text.trim() });
    unitOf(expression, this.#units);
    return this.#build(expression, 'synapse');
  }
}

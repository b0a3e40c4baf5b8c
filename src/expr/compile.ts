import { EquationError, ParameterError } from '../base/errors.ts';
import { ONE, parseUnit, type Unit } from '../base/units.ts';
import { type BuildContext, buildFloat, calls } from './build.ts';
import { checkAssignment, unitOf } from './check-units.ts';
import { type NeuronDefinition, type ParameterSpec, type VariableSpec, variableOf } from './definition.ts';
import { Graph, isBinary, type NodeId } from './graph.ts';
import { parseEquations, parseExpression, type Statement } from './parse.ts';
import type { RandomSite, StepProgram } from './program.ts';
import { equationError, type Position } from './source.ts';

const SPIKE = ['spike', 'spikeGe'];
const primed = (name: string) => name.endsWith("'");
const unprimed = (name: string) => name.replace(/'$/, '');

/** Names of one kind, with their units. */
type Declared = readonly [kind: string, names: Readonly<Record<string, VariableSpec | ParameterSpec>>];

/**
 * Everything that is known before the first equation: declared names with their units, and `dt`.
 *
 * @throws ParameterError for a name declared twice or an unknown unit
 */
export function declaredUnits(where: string, groups: readonly Declared[]): Map<string, Unit> {
  const units = new Map<string, Unit>([['dt', parseUnit('ms')]]);
  for (const [kind, names] of groups) {
    for (const [name, spec] of Object.entries(names)) {
      if (units.has(name)) {
        throw new ParameterError(where, `expected every name once, got ${kind} "${name}" again`, {
          hint: name === 'dt' ? 'dt is the time step' : 'rename one of them',
        });
      }
      units.set(name, parseUnit(variableOf(spec).unit));
    }
  }
  return units;
}

/**
 * Compiles the derived parameters of a model and adds their units.
 *
 * @throws EquationError with the line and a caret, ParameterError for a name declared twice
 */
export function compileDerived(
  definition: Pick<NeuronDefinition, 'name' | 'params' | 'derived'>,
  units: Map<string, Unit>,
): StepProgram['derived'] {
  const graph = new Graph();
  const nodes: Record<string, NodeId> = {};
  for (const [name, text] of Object.entries(definition.derived ?? {})) {
    const expression = parseExpression({ where: `${definition.name} derived ${name}`, text });
    const resolve = (used: string, at: Position): NodeId => {
      if (Object.hasOwn(nodes, used)) return nodes[used]!;
      if (used === 'dt' || Object.hasOwn(definition.params, used)) return graph.add({ op: 'param', name: used });
      const known = ['dt', ...Object.keys(definition.params), ...Object.keys(nodes)];
      throw equationError(at, `unknown parameter "${used}"`, `known: ${known.join(', ')}`);
    };
    if (units.has(name))
      throw new ParameterError(definition.name, `expected every name once, got derived "${name}" again`);
    nodes[name] = buildFloat(expression, { graph, resolve, step: false });
    units.set(name, unitOf(expression, units));
  }
  return { graph, nodes };
}

/** Walks the equations in order; knows which names have a value so far. */
class StepCompiler {
  readonly graph = new Graph();
  readonly assigned = new Map<string, NodeId>();
  readonly sites: RandomSite[] = [];
  readonly #definition: NeuronDefinition;
  readonly #units: Map<string, Unit>;
  readonly #statements: readonly Statement[];
  /** Unprimed name of an output that is no declared state, such as z of z' = spike(…). */
  readonly #undeclaredOutput: string | undefined;
  usesPreviousOutput = false;

  constructor(
    definition: NeuronDefinition,
    units: Map<string, Unit>,
    statements: readonly Statement[],
    output: string,
  ) {
    this.#definition = definition;
    this.#units = units;
    this.#statements = statements;
    const isUndeclared = primed(output) && !Object.hasOwn(definition.state, unprimed(output));
    this.#undeclaredOutput = isUndeclared ? unprimed(output) : undefined;
  }

  #known(): string {
    const { params, derived, state, inputs } = this.#definition;
    const names = [params, derived ?? {}, state, inputs].flatMap((record) => Object.keys(record));
    const assigned = [...this.assigned.keys()];
    return [...names, ...(this.#undeclaredOutput === undefined ? [] : [this.#undeclaredOutput]), ...assigned].join(
      ', ',
    );
  }

  #resolve(name: string, at: Position): NodeId {
    const { params, derived, state, inputs } = this.#definition;
    const value = this.assigned.get(name);
    if (value !== undefined) return value;
    if (this.#statements.some((statement) => statement.target === name)) {
      throw equationError(at, `expected "${name}" to be assigned above this line`, 'move its line up');
    }
    if (Object.hasOwn(state, name)) return this.graph.add({ op: 'state', name });
    if (Object.hasOwn(inputs, name)) return this.graph.add({ op: 'input', name });
    if (name === 'dt' || Object.hasOwn(params, name) || Object.hasOwn(derived ?? {}, name)) {
      return this.graph.add({ op: 'param', name });
    }
    if (name === this.#undeclaredOutput) {
      this.usesPreviousOutput = true;
      return this.graph.add({ op: 'previousOutput' });
    }
    throw equationError(at, `unknown name "${name}"`, `known: ${this.#known()}`);
  }

  #checkTarget({ target, at }: Statement): void {
    if (this.assigned.has(target)) throw equationError(at, `expected one assignment of "${target}", got a second`);
    const base = unprimed(target);
    if (!primed(target)) {
      if (!this.#units.has(target)) return;
      const hint = Object.hasOwn(this.#definition.state, target)
        ? `write ${target}' for its new value`
        : 'choose another name';
      throw equationError(at, `expected a new name, got "${target}", which is declared`, hint);
    }
    if (!Object.hasOwn(this.#definition.state, base) && base !== this.#undeclaredOutput) {
      const known = Object.keys(this.#definition.state).join(', ');
      throw equationError(at, `expected the new value of a state, got "${target}"`, `states: ${known}`);
    }
  }

  statement(statement: Statement): void {
    const { target, expression, at } = statement;
    this.#checkTarget(statement);
    const context: BuildContext = {
      graph: this.graph,
      resolve: (name, position) => this.#resolve(name, position),
      step: true,
      random: (kind) => this.graph.add({ op: 'random', site: this.sites.push({ kind }) - 1 }),
    };
    const node = buildFloat(expression, context);
    const declared = primed(target) ? (this.#units.get(unprimed(target)) ?? ONE) : undefined;
    if (declared !== undefined) checkAssignment(target, declared, expression, at, this.#units);
    this.#units.set(target, declared ?? unitOf(expression, this.#units));
    this.assigned.set(target, node);
  }
}

/**
 * The statement whose spike() is the output by default; throws at a second spike() unless the output is named, and at
 * one without a pseudo-derivative.
 */
function spikeStatement(definition: NeuronDefinition, statements: readonly Statement[]): Statement | undefined {
  const spiking = statements.filter((statement) => calls(statement.expression, SPIKE));
  const [first, second] = spiking;
  if (second !== undefined && definition.output === undefined) {
    const hint = 'name the output, and every line may spike';
    throw equationError(second.at, 'expected one line with spike(), got a second', hint);
  }
  if (first !== undefined && definition.pseudoDerivative === undefined) {
    throw equationError(first.at, 'expected a pseudoDerivative for spike(), got none', 'for example triangular()');
  }
  return first;
}

function outputTarget(definition: NeuronDefinition, statements: readonly Statement[], spike?: Statement): string {
  const { name, output } = definition;
  if (output === undefined) {
    if (spike !== undefined) return spike.target;
    throw new EquationError(name, 'expected an output, got neither spike() nor `output`', {
      hint: 'name a state or an intermediate',
    });
  }
  const targets = statements.map((statement) => statement.target);
  const found = [output, `${output}'`].find((target) => targets.includes(target));
  if (found !== undefined) return found;
  throw new EquationError(name, `expected the output to be an assigned name, got "${output}"`, {
    hint: `assigned: ${targets.join(', ')}`,
  });
}

/**
 * Compiles a definition: parses, resolves names, checks units, builds the graph.
 *
 * @throws EquationError with the line and a caret for anything wrong in an equation
 * @throws ParameterError for a name declared twice or an unknown unit
 */
export function compileStep(definition: NeuronDefinition): StepProgram {
  const units = declaredUnits(definition.name, [
    ['parameter', definition.params],
    ['state', definition.state],
    ['input', definition.inputs],
  ]);
  const derived = compileDerived(definition, units);
  const statements = parseEquations(definition.name, definition.equations);
  const target = outputTarget(definition, statements, spikeStatement(definition, statements));
  const compiler = new StepCompiler(definition, units, statements, target);
  for (const statement of statements) compiler.statement(statement);
  const next: Record<string, NodeId> = {};
  for (const state of Object.keys(definition.state)) {
    const node = compiler.assigned.get(`${state}'`);
    if (node === undefined) {
      throw new EquationError(definition.name, `expected an update of state "${state}", got none`, {
        hint: `add ${state}' = …`,
      });
    }
    next[state] = node;
  }
  const { graph, sites, usesPreviousOutput } = compiler;
  const output = compiler.assigned.get(target)!;
  const spiking = isBinary(graph, output);
  if (!spiking && primed(target) && !Object.hasOwn(definition.state, unprimed(target))) {
    const { at } = statements.find((statement) => statement.target === target)!;
    throw equationError(
      at,
      `expected ${target} to be 0 or 1 by construction`,
      `declare ${unprimed(target)} as a state`,
    );
  }
  return { definition, graph, next, output, spiking, randomSites: sites, usesPreviousOutput, derived };
}

import { EquationError, ParameterError } from '../../base/errors.ts';
import { formatUnit, parseUnit, sameUnit, type Unit } from '../../base/units.ts';
import { buildFloat } from '../build.ts';
import { unitOf } from '../check-units.ts';
import { compileDerived, declaredUnits } from '../compile.ts';
import { type VariableSpec, variableOf } from '../definition.ts';
import { parseExpression } from '../parse.ts';
import type { StepProgram } from '../program.ts';
import { equationError } from '../source.ts';
import { BlockCompiler, type SynapseNames } from './compile-block.ts';
import type { SynapseDefinition } from './definition.ts';
import { SYNAPSE_INTERVAL, type SynapseBlock, type SynapseProgram, type SynapseVariable } from './program.ts';
import type { Scope } from './scope.ts';

type Specs = Readonly<Record<string, VariableSpec>>;

function variablesOf({ synapse, pre = {}, post = {} }: SynapseDefinition): Record<string, SynapseVariable> {
  const of = (specs: Specs, scope: SynapseVariable['scope']) =>
    Object.entries(specs).map(([name, spec]) => {
      const { unit, init } = variableOf(spec);
      return [name, { scope, unit, init }] as const;
    });
  return Object.fromEntries([...of(synapse, 'synapse'), ...of(pre, 'pre'), ...of(post, 'post')]);
}

/** Adds the interval of `every` to the derived parameters. */
function withInterval(
  definition: SynapseDefinition,
  derived: StepProgram['derived'],
  units: ReadonlyMap<string, Unit>,
): StepProgram['derived'] {
  if (definition.every === undefined) return derived;
  const { interval } = definition.every;
  const { graph, nodes } = derived;
  if (typeof interval === 'number') return { graph, nodes: { ...nodes, [SYNAPSE_INTERVAL]: graph.const(interval) } };
  const expression = parseExpression({ where: `${definition.name} interval`, text: interval.trim() });
  const node = buildFloat(expression, {
    graph,
    step: false,
    resolve: (name, at) => {
      if (Object.hasOwn(nodes, name)) return nodes[name]!;
      if (name === 'dt' || Object.hasOwn(definition.params, name)) return graph.add({ op: 'param', name });
      const known = ['dt', ...Object.keys(definition.params), ...Object.keys(nodes)];
      throw equationError(at, `unknown parameter "${name}"`, `known: ${known.join(', ')}`);
    },
  });
  const unit = unitOf(expression, units);
  if (!sameUnit(unit, parseUnit('ms'))) {
    throw equationError(expression.at, `expected an interval in ms, got ${formatUnit(unit)}`);
  }
  return { graph, nodes: { ...nodes, [SYNAPSE_INTERVAL]: node } };
}

/** Every variable must change somewhere; only `w` may stay what it is. */
function checkUpdates(where: string, names: readonly string[], blocks: readonly (SynapseBlock | undefined)[]): void {
  const updated = new Set(blocks.flatMap((block) => block?.updates.map(({ name }) => name) ?? []));
  const idle = names.find((name) => name !== 'w' && !updated.has(name));
  if (idle === undefined) return;
  throw new EquationError(where, `expected an update of "${idle}" in some block, got none`, {
    hint: `add ${idle}' = …, or make it a parameter`,
  });
}

/**
 * Compiles a definition: parses its blocks, resolves names, checks units and what each block writes, builds the graphs.
 *
 * @throws EquationError with the line and a caret for anything wrong in an equation
 * @throws ParameterError for a name declared twice, an unknown unit, or no variable `w`
 */
export function compileSynapse(definition: SynapseDefinition): SynapseProgram {
  const { name: where, params, synapse, pre = {}, post = {}, signals = {}, reads = {} } = definition;
  if (!Object.hasOwn(synapse, 'w')) {
    throw new ParameterError(where, 'expected a synapse variable w, got none', {
      hint: "the projection's weights are its initial values",
    });
  }
  const units = declaredUnits(where, [
    ['parameter', params],
    ['synapse variable', synapse],
    ['presynaptic variable', pre],
    ['postsynaptic variable', post],
    ['signal', signals],
    ['state of the neuron', reads],
  ]);
  const derived = compileDerived(definition, units);
  const variables = variablesOf(definition);
  const scoped = (specs: Specs, scope: Scope) => Object.keys(specs).map((name): [string, Scope] => [name, scope]);
  const names: SynapseNames = {
    where,
    units,
    variables,
    outside: Object.fromEntries([...scoped(signals, 'global'), ...scoped(reads, 'post')]),
    constants: new Set([...Object.keys(params), ...Object.keys(derived.nodes), 'dt']),
  };
  const onPre = new BlockCompiler('onPre', names).compile(definition.onPre ?? '', definition.transmit);
  const optional = (block: 'onPost' | 'onStep' | 'every', equations: string | undefined) =>
    equations === undefined ? {} : { [block]: new BlockCompiler(block, names).compile(equations) };
  const blocks: SynapseProgram['blocks'] = {
    onPre,
    ...optional('onPost', definition.onPost),
    ...optional('onStep', definition.onStep),
    ...optional('every', definition.every?.equations),
  };
  checkUpdates(where, Object.keys(variables), Object.values(blocks));
  return { definition, variables, blocks, derived: withInterval(definition, derived, units) };
}

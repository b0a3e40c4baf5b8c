import type { Distribution } from '../base/distribution.ts';
import { ParameterError, unknownName } from '../base/errors.ts';
import { checkedOptions } from '../base/options.ts';
import { compileStep } from './compile.ts';
import {
  type NeuronDefinition,
  type ParameterSpec,
  type ParameterValue,
  type PseudoDerivative,
  type VariableSpec,
  variableOf,
} from './definition.ts';
import { buildPseudoDerivative } from './differentiate.ts';
import { Graph } from './graph.ts';
import { checkOrder, checkOrderNames } from './parameter-order.ts';
import type { StepProgram } from './program.ts';
import { checkConstants } from './pseudo-derivatives.ts';

/** A {@link ParameterValue}; the type arguments are what an editor shows at each parameter. */
export type Quantity<_Unit extends string, _Doc extends string> = number | ArrayLike<number> | Distribution;

type Specs = Readonly<Record<string, ParameterSpec>>;

/** The values a model takes: each parameter, optional. */
export type ParameterValues<Params extends Specs> = {
  readonly [Name in keyof Params]?: Quantity<Params[Name]['unit'], Params[Name]['doc']>;
};

/** A model with chosen parameter values; what a population is made of. */
export interface NeuronInstance {
  readonly model: NeuronModel;
  /** A value for every parameter of the model. */
  readonly values: Readonly<Record<string, ParameterValue>>;
  readonly pseudoDerivative?: PseudoDerivative;
}

/** A compiled model; call it with parameter values to get an instance. */
export interface NeuronModel<Params extends Specs = Specs> {
  /**
   * @throws ParameterError for an unknown name, a value out of the parameter's range, or values that are not in order
   */
  (values?: ParameterValues<Params>): NeuronInstance;
  readonly definition: NeuronDefinition;
  readonly step: StepProgram;
  /** The same equations with another pseudo-derivative or name. */
  with(changes: { readonly name?: string; readonly pseudoDerivative?: PseudoDerivative }): NeuronModel<Params>;
}

/** @throws ParameterError unless the value is finite and in the parameter's range */
export function checkNumber(where: string, name: string, spec: ParameterSpec, value: number): void {
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY, unit } = spec;
  if (Number.isFinite(value) && value >= min && value <= max) return;
  const range = Number.isFinite(min) || Number.isFinite(max) ? ` in [${min}, ${max}]` : '';
  throw new ParameterError(where, `expected ${name} to be a finite number${range} ${unit}, got ${value}`, {
    fields: { name, value },
  });
}

function checkValue(where: string, name: string, spec: ParameterSpec, value: ParameterValue): void {
  if (typeof value === 'number') checkNumber(where, name, spec, value);
  else if (typeof value === 'object' && value !== null && 'length' in value) {
    for (let i = 0; i < value.length; i++) checkNumber(where, `${name}[${i}]`, spec, value[i]!);
  } else if (typeof value !== 'object' || value === null || !('kind' in value)) {
    throw new ParameterError(
      where,
      `expected ${name} to be a number, an array or a distribution, got ${String(value)}`,
    );
  }
}

/** @throws ParameterError for an unknown part of a parameter, and for defaults that are not in order */
export function checkParameterSpecs(where: string, params: Specs): void {
  for (const [name, spec] of Object.entries(params)) {
    checkedOptions(`${where}, ${name}`, spec, ['symbol', 'unit', 'default', 'doc', 'min', 'max', 'below']);
  }
  checkOrderNames(where, params);
  const defaults = Object.entries(params).map(([name, spec]) => [name, spec.default] as const);
  checkOrder(where, params, Object.fromEntries(defaults));
}

/** @throws ParameterError for an unknown part of a variable */
export function checkVariableSpecs(where: string, variables: Readonly<Record<string, VariableSpec>>): void {
  for (const [name, spec] of Object.entries(variables)) {
    if (typeof spec !== 'string') checkedOptions(`${where}, ${name}`, spec, ['doc', 'unit', 'init']);
  }
}

/** @throws ParameterError for an unknown part */
function checkParts(definition: NeuronDefinition): void {
  checkedOptions('defineNeuron', definition, [
    ...(['name', 'cite', 'doc', 'params', 'derived', 'state', 'inputs'] as const),
    ...(['equations', 'pseudoDerivative', 'output'] as const),
  ]);
  const { name, params, state, inputs, pseudoDerivative } = definition;
  checkParameterSpecs(name, params);
  checkVariableSpecs(name, { ...state, ...inputs });
  if (pseudoDerivative) checkedOptions(name, pseudoDerivative, ['name', 'expression', 'constants']);
}

/** What the equations do not show: numbers that no equation reads, and a derivative that only training would build. */
function checkDefinition({ name: where, params, state, pseudoDerivative: pseudo }: NeuronDefinition): void {
  for (const [name, spec] of Object.entries(params)) checkNumber(where, `the default of ${name}`, spec, spec.default);
  for (const [name, spec] of Object.entries(state)) {
    const { init } = variableOf(spec);
    if (!Number.isFinite(init)) throw new ParameterError(where, `expected a finite init of ${name}, got ${init}`);
  }
  if (pseudo === undefined) return;
  checkConstants(`pseudo-derivative ${pseudo.name}`, pseudo.constants);
  const graph = new Graph();
  buildPseudoDerivative(graph, pseudo, graph.add({ op: 'input', name: 'u' }));
}

function instantiate(model: NeuronModel, given: Readonly<Record<string, ParameterValue | undefined>>): NeuronInstance {
  const { name: where, params, pseudoDerivative } = model.definition;
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(params, name)) throw unknownName(where, 'parameter', name, Object.keys(params));
  }
  const values: Record<string, ParameterValue> = {};
  for (const [name, spec] of Object.entries(params)) {
    const value = given[name] ?? spec.default;
    checkValue(where, name, spec, value);
    values[name] = value;
  }
  checkOrder(where, params, values);
  return { model, values, pseudoDerivative };
}

/**
 * Compiles a neuron model from its equations.
 *
 * @throws EquationError quoting the line, with a caret under the column, for anything wrong in an equation
 * @throws ParameterError for an unknown part, a name declared twice, an unknown unit, a default or initial value that is not finite or out of range
 * @example
 * const leaky = defineNeuron({
 *   name: 'leaky',
 *   params: { tau: { symbol: 'τ', unit: 'ms', default: 20, doc: 'time constant' } },
 *   derived: { kappa: 'exp(-dt / tau)' },
 *   state: { y: 'filtered input' },
 *   inputs: { I: 'input' },
 *   equations: "y' = kappa * y + (1 - kappa) * I",
 *   output: 'y',
 * });
 * leaky({ tau: 10 });
 */
export function defineNeuron<
  const Params extends Specs,
  D extends string = string,
  S extends string = string,
  I extends string = string,
>(definition: Omit<NeuronDefinition<string, D, S, I>, 'params'> & { readonly params: Params }): NeuronModel<Params> {
  checkParts(definition);
  const step = compileStep(definition);
  checkDefinition(definition);
  const model = (values: ParameterValues<Params> = {}) => instantiate(result as unknown as NeuronModel, values);
  const result: NeuronModel<Params> = Object.assign(model, {
    definition,
    step,
    with: (changes: { name?: string; pseudoDerivative?: PseudoDerivative }) =>
      defineNeuron({ ...definition, ...changes }),
  });
  return result;
}

import { ParameterError, unknownName } from '../../base/errors.ts';
import { checkedOptions } from '../../base/options.ts';
import { checkNumber, checkParameterSpecs, checkVariableSpecs } from '../define-neuron.ts';
import { type ParameterSpec, type VariableSpec, variableOf } from '../definition.ts';
import { checkOrder } from '../parameter-order.ts';
import { checkForm } from './check-definition.ts';
import { compileSynapse } from './compile-synapse.ts';
import type { SynapseDefinition } from './definition.ts';
import type { SynapseProgram } from './program.ts';

type Specs = Readonly<Record<string, ParameterSpec>>;

/** A number; the type arguments are what an editor shows at each parameter. */
export type SynapseNumber<_Unit extends string, _Doc extends string> = number;

/** The values a synapse takes: each parameter, optional; one value for the whole projection. */
export type SynapseValues<Params extends Specs> = {
  readonly [Name in keyof Params]?: SynapseNumber<Params[Name]['unit'], Params[Name]['doc']>;
};

/** A plastic synapse with chosen parameter values; what a projection is given. */
export interface SynapseInstance {
  readonly model: SynapseModel;
  /** A value for every parameter of the model. */
  readonly values: Readonly<Record<string, number>>;
}

/** A compiled synapse; call it with parameter values to get an instance. */
export interface SynapseModel<Params extends Specs = Specs> {
  /**
   * @throws ParameterError for an unknown name, a value out of the parameter's range, or values that are not in order
   */
  (values?: SynapseValues<Params>): SynapseInstance;
  readonly definition: SynapseDefinition;
  readonly program: SynapseProgram;
}

/** @throws ParameterError for an unknown part of a parameter or a variable, a bound that is no parameter, and defaults not in order */
function checkParts({ name, params, synapse, pre, post, signals, reads }: SynapseDefinition): void {
  checkParameterSpecs(name, params);
  checkVariableSpecs(name, { ...pre, ...post });
  checkVariableSpecs(name, { ...signals, ...reads });
  for (const [variable, spec] of Object.entries(synapse)) {
    if (typeof spec === 'string') continue;
    checkedOptions(`${name}, ${variable}`, spec, ['doc', 'unit', 'init', 'min', 'max']);
    for (const bound of [spec.min, spec.max]) {
      if (typeof bound === 'string' && !Object.hasOwn(params, bound)) {
        throw unknownName(name, `bound of ${variable}`, bound, Object.keys(params));
      }
    }
  }
}

function checkDefinition({ name: where, params, synapse, pre = {}, post = {} }: SynapseDefinition): void {
  for (const [name, spec] of Object.entries(params)) checkNumber(where, `the default of ${name}`, spec, spec.default);
  for (const [name, spec] of Object.entries<VariableSpec>({ ...synapse, ...pre, ...post })) {
    const { init } = variableOf(spec);
    if (!Number.isFinite(init)) throw new ParameterError(where, `expected a finite init of ${name}, got ${init}`);
  }
}

function instantiate(model: SynapseModel, given: Readonly<Record<string, number | undefined>>): SynapseInstance {
  const { name: where, params } = model.definition;
  if (typeof given !== 'object' || given === null) {
    throw new ParameterError(where, `expected values by name, got ${given}`, {
      hint: `as in { ${Object.keys(params)[0] ?? ''}: … }`,
    });
  }
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(params, name)) throw unknownName(where, 'parameter', name, Object.keys(params));
  }
  const values: Record<string, number> = {};
  for (const [name, spec] of Object.entries(params)) {
    const value = given[name] === undefined ? spec.default : given[name];
    checkNumber(where, name, spec, value);
    values[name] = value;
  }
  checkOrder(where, params, values);
  return { model, values };
}

/**
 * Compiles a plastic synapse from its equations.
 *
 * @throws EquationError quoting the line, with a caret under the column, for anything wrong in an equation
 * @throws ParameterError for an unknown or missing part, a name declared twice, an unknown unit, no variable `w`, a default or
 * initial value that is not finite or out of range
 * @example
 * const hebb = defineSynapse({
 *   name: 'hebb',
 *   params: {
 *     tau: { symbol: 'τ', unit: 'ms', default: 20, doc: 'time constant of the trace' },
 *     eta: { symbol: 'η', unit: '1', default: 0.01, doc: 'learning rate' },
 *   },
 *   derived: { decay: 'exp(-dt / tau)' },
 *   synapse: { w: 'weight' },
 *   pre: { x: 'trace of presynaptic spikes' },
 *   onPre: "x' = x + 1",
 *   onPost: "w' = w + eta * x",
 *   onStep: "x' = decay * x",
 * });
 * hebb({ tau: 10 });
 */
export function defineSynapse<const Params extends Specs, D extends string = string>(
  definition: Omit<SynapseDefinition<string, D>, 'params'> & { readonly params: Params },
): SynapseModel<Params> {
  checkForm(definition);
  checkParts(definition);
  const program = compileSynapse(definition);
  checkDefinition(definition);
  const model = (values: SynapseValues<Params> = {}) => instantiate(result as unknown as SynapseModel, values);
  const result: SynapseModel<Params> = Object.assign(model, { definition, program });
  return result;
}

import type { Distribution } from '../base/distribution.ts';

/** One constant of a model. */
export interface ParameterSpec {
  /** As the papers write it, for tables and plots: 'τ_m'. */
  readonly symbol: string;
  /** 'ms', 'mV', '1', 'nS*mV' …; see parseUnit of volley/base. */
  readonly unit: string;
  readonly default: number;
  readonly doc: string;
  /** Least and largest allowed value, inclusive. */
  readonly min?: number;
  readonly max?: number;
  /** Name of another parameter, which this one must be below; both in the same unit. */
  readonly below?: string;
}

/** A state variable or an input: its meaning, or its meaning with unit (default '1') and initial value (default 0). */
export type VariableSpec = string | { readonly doc: string; readonly unit?: string; readonly init?: number };

/** The stand-in for the derivative of spike(u): an expression in `u` and its named constants. */
export interface PseudoDerivative {
  readonly name: string;
  readonly expression: string;
  readonly constants: Readonly<Record<string, number>>;
}

/**
 * A neuron model as plain data, fit for `structuredClone` and JSON.
 *
 * In `equations`, one statement per line, `x'` is the new value of a state and `x` its old value (also on the right);
 * other names are intermediates, assigned once and before use. `derived` are expressions in parameters, earlier derived
 * names and `dt` (ms), computed once. Statements, operators, functions and units are described in
 * `docs/equation-language.md`.
 */
export interface NeuronDefinition<
  P extends string = string,
  D extends string = string,
  S extends string = string,
  I extends string = string,
> {
  readonly name: string;
  /** Key of the publication in the bibliography. */
  readonly cite?: string;
  readonly doc?: string;
  readonly params: Readonly<Record<P, ParameterSpec>>;
  readonly derived?: Readonly<Record<D, string>>;
  readonly state: Readonly<Record<S, VariableSpec>>;
  readonly inputs: Readonly<Record<I, VariableSpec>>;
  readonly equations: string;
  readonly pseudoDerivative?: PseudoDerivative;
  /** A state (its new value) or an intermediate; by default the variable that spike() defines. */
  readonly output?: string;
}

/** One value for all neurons, one value per neuron, or a distribution to draw each neuron's value from. */
export type ParameterValue = number | ArrayLike<number> | Distribution;

/** A {@link VariableSpec} with its defaults filled in. */
export function variableOf(spec: VariableSpec): { doc: string; unit: string; init: number } {
  if (typeof spec === 'string') return { doc: spec, unit: '1', init: 0 };
  return { doc: spec.doc, unit: spec.unit ?? '1', init: spec.init ?? 0 };
}

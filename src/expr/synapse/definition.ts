import type { ParameterSpec, VariableSpec } from '../definition.ts';

/** A {@link VariableSpec}, also with the bounds within which the blocks keep the variable: numbers, or names of parameters. */
export type SynapseVariableSpec =
  | string
  | {
      readonly doc: string;
      readonly unit?: string;
      readonly init?: number;
      readonly min?: number | string;
      readonly max?: number | string;
    };

/**
 * A plastic synapse as plain data, fit for `structuredClone` and JSON.
 *
 * Variables belong to a synapse, to its presynaptic or to its postsynaptic neuron. In the blocks, `x'` is the value after
 * the block and `x` the value before it; a variable that a block does not assign keeps its value. Blocks, their order
 * within a time step and what each may write are described in `docs/equation-language.md`.
 */
export interface SynapseDefinition<P extends string = string, D extends string = string> {
  readonly name: string;
  /** Key of the publication in the bibliography. */
  readonly cite?: string;
  readonly doc?: string;
  readonly params: Readonly<Record<P, ParameterSpec>>;
  readonly derived?: Readonly<Record<D, string>>;
  /** One value per synapse; `w` is among them and starts from the projection's weights. Values given to start from must lie within the bounds. */
  readonly synapse: Readonly<Record<string, SynapseVariableSpec>>;
  /** One value per presynaptic neuron. */
  readonly pre?: Readonly<Record<string, VariableSpec>>;
  /** One value per postsynaptic neuron. */
  readonly post?: Readonly<Record<string, VariableSpec>>;
  /** Global values that enter from outside the projection at every step, such as a reward. */
  readonly signals?: Readonly<Record<string, VariableSpec>>;
  /** States of the postsynaptic neuron's model that the blocks read. */
  readonly reads?: Readonly<Record<string, VariableSpec>>;
  /** When a spike of the presynaptic neuron arrives. */
  readonly onPre?: string;
  /** When the postsynaptic neuron spikes. */
  readonly onPost?: string;
  /** At every time step, after the spikes. */
  readonly onStep?: string;
  /** At the end of every so many ms: a number, or an expression in parameters. */
  readonly every?: { readonly interval: number | string; readonly equations: string };
  /**
   * What a presynaptic spike delivers to the target: an expression that may use the lines of `onPre`. Default: `w` after
   * them.
   */
  readonly transmit?: string;
}

/** When a block runs. */
export type BlockName = 'onPre' | 'onPost' | 'onStep' | 'every';

import { InternalError } from '../base/errors.ts';
import { adjointOf, gradients } from './differentiate.ts';
import { applyNode, Graph, isLeaf, type Leaf, type NodeId, reachable } from './graph.ts';
import { type LocalJacobians, localJacobians } from './jacobians.ts';
import type { StepProgram } from './program.ts';

/** Everything one neuron's step depends on; `params` holds base and derived parameters, see {@link deriveParameters}. */
export interface StepInput {
  readonly params: Readonly<Record<string, number>>;
  readonly state: Readonly<Record<string, number>>;
  readonly previousOutput: number;
  readonly inputs: Readonly<Record<string, number>>;
  /** One draw per random site: uniform in (0, 1), or standard normal. */
  readonly random: readonly number[];
}

/** Adjoints of a step's results: of every new state (missing ones are 0) and of the output. */
export interface StepSeed {
  readonly state: Readonly<Record<string, number>>;
  readonly output: number;
}

/** Adjoints of everything a step depends on. */
export interface StepGradient {
  readonly state: Record<string, number>;
  readonly previousOutput: number;
  readonly inputs: Record<string, number>;
  readonly params: Record<string, number>;
}

/** The nodes that `roots` need, operands first. */
function evaluationOrder(graph: Graph, roots: readonly NodeId[]): NodeId[] {
  return reachable(graph, roots).flatMap((needed, id) => (needed ? [id] : []));
}

function evaluateInOrder(graph: Graph, order: readonly NodeId[], leaf: (node: Leaf) => number): Float64Array {
  const values = new Float64Array(graph.size).fill(Number.NaN);
  const value = (id: NodeId) => values[id]!;
  for (const id of order) {
    const node = graph.node(id);
    values[id] = isLeaf(node) ? leaf(node) : applyNode(node, value);
  }
  return values;
}

/** Values of the nodes that `roots` need, in float64; booleans are 0 and 1, other entries NaN. */
export function evaluateGraph(graph: Graph, roots: readonly NodeId[], leaf: (node: Leaf) => number): Float64Array {
  return evaluateInOrder(graph, evaluationOrder(graph, roots), leaf);
}

/** {@link evaluateGraph} for many sets of leaves: what the roots need is worked out once. */
export function graphEvaluator(graph: Graph, roots: readonly NodeId[]): (leaf: (node: Leaf) => number) => Float64Array {
  const order = evaluationOrder(graph, roots);
  return (leaf) => evaluateInOrder(graph, order, leaf);
}

/** What the interpreter works out once per program. */
interface Prepared {
  readonly step: readonly NodeId[];
  readonly adjoint: readonly NodeId[];
  readonly jacobians: LocalJacobians;
}

const preparedPrograms = new WeakMap<StepProgram, Prepared>();

function prepare(program: StepProgram): Prepared {
  const known = preparedPrograms.get(program);
  if (known !== undefined) return known;
  const { graph, results } = adjointOf(program);
  const records = [results.state, results.inputs, results.params];
  const roots = records.flatMap((record) => Object.values(record));
  const prepared = {
    step: evaluationOrder(program.graph, [...Object.values(program.next), program.output]),
    adjoint: evaluationOrder(graph, [...roots, results.previousOutput]),
    jacobians: localJacobians(program),
  };
  preparedPrograms.set(program, prepared);
  return prepared;
}

function lookup(record: Readonly<Record<string, number>>, kind: string, name: string): number {
  const value = record[name];
  if (value === undefined) throw new InternalError('evaluateStep', `expected a value of ${kind} "${name}", got none`);
  return value;
}

function stepLeaf(input: StepInput, seed?: StepSeed): (node: Leaf) => number {
  return (node) => {
    switch (node.op) {
      case 'const':
        return node.value;
      case 'param':
        return lookup(input.params, 'parameter', node.name);
      case 'state':
        return lookup(input.state, 'state', node.name);
      case 'input':
        return lookup(input.inputs, 'input', node.name);
      case 'previousOutput':
        return input.previousOutput;
      case 'random':
        return lookup(input.random as unknown as Record<string, number>, 'random site', String(node.site));
      case 'seed':
        return node.name === '' ? (seed?.output ?? 0) : (seed?.state[node.name] ?? 0);
    }
  };
}

const mapValues = <T>(record: Readonly<Record<string, T>>, f: (value: T) => number): Record<string, number> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, f(value)]));

/** One step of one neuron in float64: the reference that every other back end is tested against. */
export function evaluateStep(
  program: StepProgram,
  input: StepInput,
): { state: Record<string, number>; output: number } {
  const { graph, next, output } = program;
  const values = evaluateInOrder(graph, prepare(program).step, stepLeaf(input));
  return { state: mapValues(next, (id) => values[id]!), output: values[output]! };
}

/**
 * Vector-Jacobian product of one step in float64: adjoints of the old state, the previous output, the inputs and every
 * parameter that the equations name, for given adjoints of the new state and the output.
 *
 * spike() differentiates to the pseudo-derivative, stop() to 0.
 */
export function evaluateAdjoint(program: StepProgram, input: StepInput, seed: StepSeed): StepGradient {
  const { graph, results } = adjointOf(program);
  const values = evaluateInOrder(graph, prepare(program).adjoint, stepLeaf(input, seed));
  const read = (record: Readonly<Record<string, NodeId>>) => mapValues(record, (id) => values[id]!);
  return {
    state: read(results.state),
    previousOutput: values[results.previousOutput]!,
    inputs: read(results.inputs),
    params: read(results.params),
  };
}

/** Values of the local Jacobians; see {@link localJacobians} for what each is. */
export interface JacobianValues {
  readonly stateByState: Record<string, Record<string, number>>;
  readonly stateByInput: Record<string, Record<string, number>>;
  readonly stateByPrevious: Record<string, number>;
  readonly outputByState: Record<string, number>;
  readonly outputByOldState: Record<string, number>;
  readonly outputByInput: Record<string, number>;
  readonly outputByPrevious: number;
}

/** The local Jacobians of one step in float64. */
export function evaluateJacobians(program: StepProgram, input: StepInput): JacobianValues {
  const { jacobians } = prepare(program);
  const {
    stateByState,
    stateByInput,
    stateByPrevious,
    outputByState,
    outputByOldState,
    outputByInput,
    outputByPrevious,
  } = jacobians;
  const rows = [...Object.values(stateByState), ...Object.values(stateByInput)];
  const singles = [stateByPrevious, outputByState, outputByOldState, outputByInput];
  const roots = [...rows, ...singles].flatMap((record) => Object.values(record));
  const values = evaluateGraph(jacobians.graph, [...roots, outputByPrevious], stepLeaf(input));
  const read = (record: Readonly<Record<string, NodeId>>) => mapValues(record, (id) => values[id]!);
  const readRows = (record: Readonly<Record<string, Readonly<Record<string, NodeId>>>>) =>
    Object.fromEntries(Object.entries(record).map(([name, row]) => [name, read(row)]));
  return {
    stateByState: readRows(stateByState),
    stateByInput: readRows(stateByInput),
    stateByPrevious: read(stateByPrevious),
    outputByState: read(outputByState),
    outputByOldState: read(outputByOldState),
    outputByInput: read(outputByInput),
    outputByPrevious: values[outputByPrevious]!,
  };
}

const constantsLeaf =
  (params: Readonly<Record<string, number>>, dt: number) =>
  (node: Leaf): number => {
    if (node.op === 'const') return node.value;
    return node.op === 'param' && node.name !== 'dt' ? lookup(params, 'parameter', node.name) : dt;
  };

/**
 * Base parameters plus `dt` plus every derived parameter, in float64.
 *
 * @param dt - time step, ms
 */
export function deriveParameters(
  program: Pick<StepProgram, 'derived'>,
  params: Readonly<Record<string, number>>,
  dt: number,
): Record<string, number> {
  const { graph, nodes } = program.derived;
  const values = evaluateGraph(graph, Object.values(nodes), constantsLeaf(params, dt));
  return { ...params, dt, ...mapValues(nodes, (id) => values[id]!) };
}

/**
 * Chain rule through the derived parameters.
 *
 * @param dAll - gradients on base and derived names; missing ones are 0
 * @returns gradients on the base parameters alone
 */
export function derivedAdjoint(
  program: StepProgram,
  params: Readonly<Record<string, number>>,
  dt: number,
  dAll: Readonly<Record<string, number>>,
): Record<string, number> {
  const graph = new Graph(program.derived.graph);
  const seeds = Object.entries(program.derived.nodes).map(([name, node]): [NodeId, NodeId] => [
    node,
    graph.const(dAll[name] ?? 0),
  ]);
  const adjoint = gradients(graph, seeds);
  const names = Object.keys(program.definition.params);
  const roots = names.map((name) => adjoint(graph.add({ op: 'param', name })));
  const values = evaluateGraph(graph, roots, constantsLeaf(params, dt));
  return Object.fromEntries(names.map((name, i) => [name, (dAll[name] ?? 0) + values[roots[i]!]!]));
}

import { unknownName } from '../base/errors.ts';
import { type AdjointProgram, activeStates, differentiate } from './differentiate.ts';
import { type Graph, type NodeId, reachable } from './graph.ts';
import { localJacobians } from './jacobians.ts';
import { type LeakyInput, leakyInput } from './leaky-input.ts';
import { gateOutput } from './output-gate.ts';
import { parametersOf, type StepProgram, stateNames } from './program.ts';
import { minimumTape, NO_TAPE, type Tape } from './tape.ts';
import { deriveTraces, type TraceProgram, traceNodes } from './traces.ts';

/** What the code generator needs to know about a population besides addresses. */
export interface PopulationPlan {
  readonly program: StepProgram;
  /** The step's graph, extended by what is derived from it. */
  readonly graph: Graph;
  /** Present when training. */
  readonly adjoint?: AdjointProgram;
  /** Eligibility traces of synapses onto some inputs; the tape keeps the values that they read. */
  readonly traces: Readonly<Record<string, TraceProgram>>;
  /** Parameters with a value per neuron: the given ones and every derived one that depends on them. */
  readonly perNeuron: ReadonlySet<string>;
  /** Parameters, base or derived, that the equations name and whose adjoint is accumulated. */
  readonly trainable: readonly string[];
  readonly tape: Tape;
  /** Inputs with a sparse adjoint, where the decay is the same for all neurons. */
  readonly leaky: Readonly<Record<string, LeakyInput>>;
  /** Where dE/d output is needed, if asked for and not everywhere; on the tape. */
  readonly outputGate?: NodeId;
}

/** The leaky inputs of an adjoint whose decay has one value for all neurons. */
function leakyInputs(adjoint: AdjointProgram, perNeuron: ReadonlySet<string>): Record<string, LeakyInput> {
  const { graph, results } = adjoint;
  const found = Object.keys(results.inputs).flatMap((name): [string, LeakyInput][] => {
    const leaky = leakyInput(adjoint, name);
    if (leaky === undefined) return [];
    const used = parametersOf(graph, reachable(graph, [leaky.decay]));
    return used.some((parameter) => perNeuron.has(parameter)) ? [] : [[name, leaky]];
  });
  return Object.fromEntries(found);
}

/** The names, plus every derived parameter that depends on one of them. */
function closure(program: StepProgram, names: Iterable<string>, where: string): Set<string> {
  const { graph, nodes } = program.derived;
  const result = new Set(names);
  const known = [...Object.keys(program.definition.params), ...Object.keys(nodes)];
  for (const name of result) if (!known.includes(name)) throw unknownName(where, 'parameter', name, known);
  for (const [name, node] of Object.entries(nodes)) {
    if (parametersOf(graph, reachable(graph, [node])).some((used) => result.has(used))) result.add(name);
  }
  return result;
}

/** The backward results that a population must produce, in a fixed order. */
export function adjointRoots(adjoint: AdjointProgram, trainable: readonly string[]): NodeId[] {
  const { state, inputs, params, previousOutput } = adjoint.results;
  const states = adjoint.activeStates.map((name) => state[name]!);
  return [...states, previousOutput, ...Object.values(inputs), ...trainable.map((name) => params[name]!)];
}

/** What a plan is to provide for. */
export interface PlanOptions {
  /** Base parameters with a value per neuron. */
  readonly perNeuron: Iterable<string>;
  readonly training: boolean;
  /** Parameters to differentiate with respect to. */
  readonly trainable?: Iterable<string>;
  /** Whether a loss is on new values of states too: then every state has an adjoint, not only those that the output reaches. */
  readonly lossOnStates?: boolean;
  /** Whether to keep where dE/d output is needed. */
  readonly outputGate?: boolean;
  /** Inputs whose synapses have eligibility traces, and a value of every parameter, base and derived. */
  readonly traces?: { readonly inputs: readonly string[]; readonly values: Readonly<Record<string, number>> };
}

function planTraces(
  program: StepProgram,
  perNeuron: ReadonlySet<string>,
  { inputs, values }: NonNullable<PlanOptions['traces']>,
): PopulationPlan {
  const jacobians = localJacobians(program);
  const constants = Object.fromEntries(Object.entries(values).filter(([name]) => !perNeuron.has(name)));
  const traces = Object.fromEntries(inputs.map((input) => [input, deriveTraces(jacobians, input, constants)]));
  const nodes = new Set(Object.values(traces).flatMap(traceNodes));
  const tape: Tape = { states: [], nodes: [...nodes].map((node) => ({ node, kind: 'float' })) };
  return { program, graph: jacobians.graph, perNeuron, traces, trainable: [], tape, leaky: {} };
}

/**
 * Decides what a population keeps and differentiates.
 *
 * @throws ParameterError for a name that is no parameter of the model
 */
export function planPopulation(program: StepProgram, options: PlanOptions): PopulationPlan {
  const perNeuron = closure(program, options.perNeuron, 'planPopulation');
  if (options.traces) return planTraces(program, perNeuron, options.traces);
  const common = { program, perNeuron, traces: {} };
  if (!options.training) return { ...common, graph: program.graph, trainable: [], tape: NO_TAPE, leaky: {} };
  const wanted = closure(program, options.trainable ?? [], 'planPopulation');
  const trainable = parametersOf(program.graph).filter((name) => wanted.has(name));
  const states = options.lossOnStates ? stateNames(program) : activeStates(program);
  const whole = differentiate(program, states);
  const gated = options.outputGate ? gateOutput(whole, adjointRoots(whole, trainable)) : undefined;
  const adjoint = gated?.adjoint ?? whole;
  const leaky = leakyInputs(adjoint, perNeuron);
  const roots = [...adjointRoots(adjoint, trainable), ...Object.values(leaky).map(({ q }) => q)];
  const tape = minimumTape(adjoint, roots, gated ? [gated.gate] : []);
  const gate = gated ? { outputGate: gated.gate } : {};
  return { ...common, graph: adjoint.graph, adjoint, trainable, tape, leaky, ...gate };
}

import { type AdjointProgram, buildPseudoDerivative } from './differentiate.ts';
import type { Graph, NodeId } from './graph.ts';
import { dependsOn, scaled, variesWithTime as varies } from './scaled.ts';
import { canVanish, hasFactor } from './sparsity.ts';
import { substitution } from './substitute.ts';

/**
 * An input whose adjoint is a leaky sum over the steps: dE/dI(t) = q(t) + decay · dE/dI(t + 1), with a q that is exactly 0
 * wherever the pseudo-derivative is. What is linear in dE/dI can then be computed from the non-zeros of q alone.
 */
export interface LeakyInput {
  /** The state that the input is integrated into. */
  readonly state: string;
  /** Depends on parameters and constants alone. */
  readonly decay: NodeId;
  /** The adjoint of the input with the seed of `state` set to 0. */
  readonly q: NodeId;
}

/** The coefficient of a leaf in a node that is linear in it, if that does not vary; else undefined. */
function coefficient(graph: Graph, id: NodeId, leaf: NodeId, varying: (id: NodeId) => boolean): NodeId | undefined {
  const present = dependsOn(graph, (node) => node === graph.node(leaf));
  const visit = (at: NodeId): NodeId | undefined => {
    if (at === leaf) return graph.const(1);
    if (!present(at)) return graph.const(0);
    const { core, scale } = scaled(graph, at, varying);
    const node = graph.node(core);
    let inner: NodeId | undefined;
    if (core !== at) {
      inner = visit(core);
    } else if (node.op === 'add' || node.op === 'sub') {
      const [a, b] = [visit(node.a), visit(node.b)];
      inner = a === undefined || b === undefined ? undefined : graph.binary(node.op, a, b);
    }
    return inner === undefined ? undefined : graph.binary('mul', scale, inner);
  };
  return visit(id);
}

/** The pseudo-derivatives of the program's spikes that are exactly 0 for some potentials. */
function vanishingPseudoDerivatives({ graph, program }: AdjointProgram): NodeId[] {
  const pseudo = program.definition.pseudoDerivative;
  if (pseudo === undefined) return [];
  const found: NodeId[] = [];
  for (let id = program.graph.size - 1; id >= 0; id--) {
    const node = program.graph.node(id);
    if (node.op === 'spike') found.push(buildPseudoDerivative(graph, pseudo, node.a));
  }
  return found.filter((id) => canVanish(graph, id));
}

/**
 * Finds the leaky sum in an input's adjoint, for a model of any form. Let λ be the adjoint of an active state's new value:
 * the input qualifies if, for one state, dE/d(old state) = a·λ and dE/d input = c·λ with a and c of parameters alone, λ
 * contains its seed with a coefficient m of parameters alone, and everything else in λ has a pseudo-derivative as a
 * factor that can vanish. The seed of step t is a·λ of step t + 1, so decay = m·a. The graph grows.
 *
 * @returns undefined if the input has no such form
 */
export function leakyInput(adjoint: AdjointProgram, input: string): LeakyInput | undefined {
  const { graph, results, activeStates } = adjoint;
  const dInput = results.inputs[input]!;
  const pseudo = vanishingPseudoDerivatives(adjoint);
  const varying = varies(graph);
  const { core: lambda } = scaled(graph, dInput, varying);
  for (const state of pseudo.length > 0 ? activeStates : []) {
    const old = scaled(graph, results.state[state]!, varying);
    if (old.core !== lambda) continue;
    const seed = graph.add({ op: 'seed', name: state });
    const own = coefficient(graph, lambda, seed, varying);
    if (own === undefined || graph.isConstant(own, 0)) continue;
    const q = substitution(graph, seed, graph.const(0))(dInput);
    if (!pseudo.some((factor) => hasFactor(graph, q, factor))) continue;
    return { state, decay: graph.binary('mul', own, old.scale), q };
  }
  return undefined;
}

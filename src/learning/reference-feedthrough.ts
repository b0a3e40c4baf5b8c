import { evaluateGraph, Graph, gradients, type Leaf, type StepInput, type StepProgram } from '../expr/index.ts';

const leafOf =
  (input: StepInput) =>
  (node: Leaf): number => {
    switch (node.op) {
      case 'const':
        return node.value;
      case 'param':
        return input.params[node.name]!;
      case 'state':
        return input.state[node.name]!;
      case 'input':
        return input.inputs[node.name]!;
      case 'random':
        return input.random[node.site]!;
      case 'previousOutput':
        return input.previousOutput;
      case 'seed':
        return 0;
    }
  };

/**
 * ∂z'/∂z of what bypasses the new state: a model whose output reads its last output directly, such as a spike that the
 * last spike forbids. The local Jacobians of a step leave it out.
 *
 * @returns its value for given surroundings; undefined where it is structurally 0
 */
export function outputFeedthrough(program: StepProgram): ((input: StepInput) => number) | undefined {
  const graph = new Graph(program.graph);
  const previous = graph.add({ op: 'previousOutput' });
  const cut = new Set(Object.values(program.next));
  const pseudo = program.definition.pseudoDerivative;
  const node = gradients(graph, [[program.output, graph.const(1)]], { pseudo, cut })(previous);
  if (graph.isConstant(node, 0)) return undefined;
  return (input) => evaluateGraph(graph, [node], leafOf(input))[node]!;
}

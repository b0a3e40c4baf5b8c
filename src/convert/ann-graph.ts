import { assemble, type Expansion, operator, scalar } from './assemble.ts';
import type { Graph } from './graph/graph.ts';
import type { ActivationGate, Gate, StagedNetwork } from './graph/stages.ts';

type Writer = (gate: ActivationGate) => Expansion;

const single =
  (op: string): Writer =>
  ({ input, output }) => ({ nodes: [operator(op, [input], output)] });

const hardSigmoid = (input: string, output: string) =>
  operator('HardSigmoid', [input], output, {
    alpha: { kind: 'float', value: 1 / 6 },
    beta: { kind: 'float', value: 0.5 },
  });

/** x · Φ(x), Φ by the error function. */
const gelu: Writer = ({ input, output }) => {
  const n = (suffix: string) => `${output}/${suffix}`;
  return {
    constants: new Map([
      [n('root'), scalar(Math.SQRT1_2)],
      [n('one'), scalar(1)],
      [n('half'), scalar(0.5)],
    ]),
    nodes: [
      operator('Mul', [input, n('root')], n('scaled')),
      operator('Erf', [n('scaled')], n('erf')),
      operator('Add', [n('erf'), n('one')], n('sum')),
      operator('Mul', [input, n('half')], n('halved')),
      operator('Mul', [n('halved'), n('sum')], output),
    ],
  };
};

/** x/2 · (1 + tanh(√(2/π) (x + 0.044715 x³))). */
const geluTanh: Writer = ({ input, output }) => {
  const n = (suffix: string) => `${output}/${suffix}`;
  return {
    constants: new Map([
      [n('cubic'), scalar(0.044715)],
      [n('root'), scalar(Math.sqrt(2 / Math.PI))],
      [n('one'), scalar(1)],
      [n('half'), scalar(0.5)],
    ]),
    nodes: [
      operator('Mul', [input, input], n('square')),
      operator('Mul', [n('square'), n('cubic')], n('bend')),
      operator('Add', [n('bend'), n('one')], n('slope')),
      operator('Mul', [n('slope'), input], n('inner')),
      operator('Mul', [n('inner'), n('root')], n('scaled')),
      operator('Tanh', [n('scaled')], n('tanh')),
      operator('Add', [n('tanh'), n('one')], n('sum')),
      operator('Mul', [input, n('half')], n('halved')),
      operator('Mul', [n('halved'), n('sum')], output),
    ],
  };
};

const WRITERS: Readonly<Record<ActivationGate['activation'], Writer>> = {
  relu: single('Relu'),
  relu6: ({ input, output }) => ({
    constants: new Map([
      [`${output}/low`, scalar(0)],
      [`${output}/high`, scalar(6)],
    ]),
    nodes: [operator('Clip', [input, `${output}/low`, `${output}/high`], output)],
  }),
  'leaky-relu': ({ input, output, constants }) => ({
    nodes: [operator('LeakyRelu', [input], output, { alpha: { kind: 'float', value: constants.alpha! } })],
  }),
  sigmoid: single('Sigmoid'),
  'hard-sigmoid': ({ input, output }) => ({ nodes: [hardSigmoid(input, output)] }),
  tanh: single('Tanh'),
  silu: ({ input, output }) => ({
    nodes: [operator('Sigmoid', [input], `${output}/gate`), operator('Mul', [input, `${output}/gate`], output)],
  }),
  'hard-swish': ({ input, output }) => ({
    nodes: [hardSigmoid(input, `${output}/gate`), operator('Mul', [input, `${output}/gate`], output)],
  }),
  gelu,
  'gelu-tanh': geluTanh,
};

/** A gate as the trained network computes it. */
export function exactGate(gate: Gate): Expansion {
  if (gate.kind === 'product') return { nodes: [operator('Mul', gate.inputs, gate.output)] };
  return gate.kind === 'max-pool' ? { nodes: [gate.node] } : WRITERS[gate.activation](gate);
}

/**
 * The trained network as one graph, put together from its parts.
 *
 * @param options.tap - values between parts that become outputs too
 */
export const annGraph = (staged: StagedNetwork, options: { readonly tap?: readonly string[] } = {}): Graph =>
  assemble(staged, exactGate, options);

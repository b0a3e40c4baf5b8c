import { ParameterError } from '../base/errors.ts';
import type { Graph, GraphTensor } from './graph/graph.ts';
import type { StagedNetwork } from './graph/stages.ts';

const WEIGHTED = new Set(['Conv', 'ConvTranspose', 'Gemm', 'MatMul']);

/**
 * Rounds the weights of convolutions and matrix products to `bits` bits: symmetric, one scale per tensor, the largest weight exact.
 * Biases keep their precision.
 *
 * @param bits - 2 to 16
 * @throws ParameterError outside of that
 */
export function quantiseWeights(staged: StagedNetwork, bits: number): StagedNetwork {
  if (!Number.isInteger(bits) || bits < 2 || bits > 16) {
    throw new ParameterError('quantiseWeights', `expected 2 to 16 bits, got ${bits}`);
  }
  const parts = staged.parts.map((part) =>
    part.kind === 'linear' ? { ...part, graph: quantiseGraph(part.graph, bits) } : part,
  );
  return { ...staged, parts };
}

function quantiseGraph(graph: Graph, bits: number): Graph {
  const weights = new Set(graph.nodes.filter(({ op }) => WEIGHTED.has(op)).flatMap(({ inputs }) => inputs.slice(0, 2)));
  const constants = new Map(
    [...graph.constants].map(([name, tensor]) => [name, weights.has(name) ? quantiseTensor(tensor, bits) : tensor]),
  );
  return { ...graph, constants };
}

function quantiseTensor({ shape, data }: GraphTensor, bits: number): GraphTensor {
  const values = data as Float32Array;
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const scale = largest / (2 ** (bits - 1) - 1);
  return { shape, data: largest > 0 ? values.map((value) => scale * Math.round(value / scale)) : values };
}

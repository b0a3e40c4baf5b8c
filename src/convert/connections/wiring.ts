import { stageShapes } from '../graph/index.ts';
import type { StagedNetwork } from '../graph/stages.ts';
import { sizeOf } from '../images.ts';
import type { GraphRuntime } from '../runtime.ts';
import { type ProbedStage, probeStage } from './probe.ts';
import { applyTo, identityMatrix, productOf, type SparseMatrix, sumOf } from './sparse.ts';

/** A value that depends linearly on what gates put out and on the network's input: bias + Σ matrix · source. */
export interface Wiring {
  readonly bias: Float64Array;
  /** By the name of the source: the output of a gate, or the network's input. */
  readonly terms: ReadonlyMap<string, SparseMatrix>;
}

const count = ({ row }: SparseMatrix): number => row.length;

/** Synapses of a wiring. */
export const synapsesOf = ({ terms }: Wiring): number => [...terms.values()].reduce((sum, m) => sum + count(m), 0);

/**
 * Explicit connections of a network: every value between its parts in terms of gates and the input.
 *
 * A linear stage may read what another one makes; such matrices are multiplied.
 *
 * @param onFound - called with numbers of further connections; what it throws ends the search
 * @returns by the name of the value
 */
export async function wirings(
  staged: StagedNetwork,
  runtime: GraphRuntime,
  onFound: (connections: number) => void = () => {},
): Promise<ReadonlyMap<string, Wiring>> {
  const shapes = stageShapes(staged);
  const known = new Map<string, Wiring>();
  const source = (name: string) => {
    const size = sizeOf(shapes.get(name)!);
    known.set(name, { bias: new Float64Array(size), terms: new Map([[name, identityMatrix(size)]]) });
  };
  source(staged.input.name);
  for (const part of staged.parts) {
    if (part.kind !== 'linear') {
      source(part.output);
      continue;
    }
    const probed = await probeStage(part, runtime, shapes, { onFound });
    for (const [name, wiring] of inSources(probed, known)) known.set(name, wiring);
  }
  return known;
}

/** What a stage makes, in terms of gates and the input. */
function inSources(
  { biases, connections }: ProbedStage,
  known: ReadonlyMap<string, Wiring>,
): ReadonlyMap<string, Wiring> {
  const made = new Map<string, { bias: Float64Array; terms: Map<string, SparseMatrix> }>();
  for (const [name, bias] of biases) made.set(name, { bias: Float64Array.from(bias), terms: new Map() });
  for (const { source, target, matrix } of connections) {
    const { bias, terms } = made.get(target)!;
    const from = known.get(source)!;
    applyTo(matrix, from.bias, bias);
    for (const [origin, inner] of from.terms) {
      const term = origin === source ? matrix : productOf(matrix, inner);
      terms.set(origin, terms.has(origin) ? sumOf(terms.get(origin)!, term) : term);
    }
  }
  return made;
}

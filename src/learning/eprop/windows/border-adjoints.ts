import { UnsupportedError } from '../../../base/errors.ts';
import { addressAt } from '../../../expr/index.ts';
import type { Engine, Network, PopulationLayout, ProjectionLayout } from '../../../network/index.ts';

/** Columns of a row of adjoints, one per neuron of a population. */
export interface AdjointBlock {
  readonly population: string;
  /**
   * What is differentiated by: a state after the last step, or the output of that step, as far as later steps of the
   * same neurons read it (`own`) or synapses with a delay (`synapses`).
   */
  readonly by: 'state' | 'own' | 'synapses';
  /** Of the state. */
  readonly state?: string;
  readonly offset: number;
  readonly size: number;
}

/** The projections that carry activity from one step to the next. */
const delayed = (network: Network) =>
  Object.values(network.projections).filter(({ fromInput, delay }) => !fromInput && delay > 0);

/** @throws UnsupportedError for a projection between neurons with a delay of 2 or more: more than one step would cross a border */
export function checkDelays(network: Network): void {
  const long = delayed(network).find(({ delay }) => delay > 1);
  if (!long) return;
  const got = `${long.delay} for projection "${long.name}"`;
  throw new UnsupportedError('WindowLearner', `expected delays of 0 or 1 between neurons, got ${got}`, {
    hint: 'train on whole sequences instead: Trainer',
  });
}

/** The adjoints that cross a population's border. */
function blocksOf(network: Network, name: string, { plan, size }: PopulationLayout): Omit<AdjointBlock, 'offset'>[] {
  const { graph, results, activeStates } = plan.adjoint!;
  const block = { population: name, size };
  return [
    ...activeStates.map((state) => ({ ...block, by: 'state' as const, state })),
    ...(graph.isConstant(results.previousOutput, 0) ? [] : [{ ...block, by: 'own' as const }]),
    ...(delayed(network).some(({ from }) => from === name) ? [{ ...block, by: 'synapses' as const }] : []),
  ];
}

/**
 * What passes a border between two windows on the way back: the derivatives of the loss of all later steps. Everything
 * of one row of the batch is one row of numbers.
 */
export class BorderAdjoints {
  readonly blocks: readonly AdjointBlock[];
  /** Numbers per row. */
  readonly width: number;
  readonly #engine: Engine;

  /** @param engine - one built for training with an open end */
  constructor(engine: Engine) {
    let width = 0;
    this.blocks = Object.entries(engine.layout.populations).flatMap(([name, own]) =>
      blocksOf(engine.network, name, own).map((block) => {
        width += block.size;
        return { ...block, offset: width - block.size };
      }),
    );
    this.width = width;
    this.#engine = engine;
  }

  /** What the steps of the window hand back to those before it, [batch, width]; once, after the engine's backward pass. */
  read(): Float32Array {
    const values = new Float32Array(this.#engine.options.batch * this.width);
    for (const block of this.blocks) if (block.by !== 'synapses') this.#copy(block, values, 'read');
    for (const own of this.blocks.filter(({ by }) => by !== 'state')) this.#floats(own).fill(0);
    for (const { name } of delayed(this.#engine.network)) this.#addFeedback(this.#engine.layout.projections[name]!);
    for (const block of this.blocks) if (block.by === 'synapses') this.#copy(block, values, 'read');
    return values;
  }

  /** Hands adjoints to the last step of the window, [batch, width]; within the engine's backward pass. */
  write(values: Float32Array): void {
    for (const block of this.blocks) this.#copy(block, values, 'add');
  }

  /** Where the engine keeps a block, [batch, padded]. */
  #floats({ population, state }: AdjointBlock): Float32Array {
    const { adjoint, padded } = this.#engine.layout.populations[population]!;
    const address = state === undefined ? adjoint!.dOutput : adjoint!.dState[state]!;
    return this.#engine.floats(address, this.#engine.options.batch * padded);
  }

  #copy(block: AdjointBlock, values: Float32Array, direction: 'read' | 'add'): void {
    const { batch } = this.#engine.options;
    const own = this.#floats(block);
    const stride = own.length / batch;
    for (let b = 0; b < batch; b++) {
      const at = b * this.width + block.offset;
      for (let n = 0; n < block.size; n++) {
        if (direction === 'read') values[at + n] = own[b * stride + n]!;
        else own[b * stride + n]! += values[at + n]!;
      }
    }
  }

  /** dE/d output of the step before the window += weightsᵀ · dE/d current of its first step. */
  #addFeedback({ projection, kind, rowStart, post, feedbackWeights, transposed }: ProjectionLayout): void {
    const { kernels, layout, options } = this.#engine;
    const target = layout.populations[projection.to]!;
    const source = layout.populations[projection.from]!;
    const dInput = target.adjoint!.dInputs[projection.input]!;
    const from = [addressAt(dInput, layout.origin + 1), target.padded] as const;
    const into = [source.adjoint!.dOutput, source.padded] as const;
    if (kind === 'dense') {
      kernels.gemmNN(options.batch, source.padded, target.size, ...from, transposed, source.padded, ...into, 1);
    } else if (kind === 'sparse') {
      const synapses = [rowStart, post, feedbackWeights] as const;
      kernels.csrBackward(
        options.batch,
        source.size,
        ...synapses,
        ...from,
        ...into,
        1,
        target.size,
        0,
        0,
        layout.scratch,
      );
    } else {
      kernels.oneToOneBackward(options.batch, target.size, feedbackWeights, ...from, ...into, 1);
    }
  }
}

import { own as ownOf } from '../base/own.ts';
import type { Layout } from './layout.ts';
import type { SourceLayout } from './layout-options.ts';
import type { ProjectionLayout } from './projection-layout.ts';
import type { Argument, Emit, StepEmitter } from './step-emitter.ts';

/** The input or population that a projection comes from. */
const sourceOf = (layout: Layout, name: string): SourceLayout =>
  ownOf(layout.inputs, name) ?? layout.populations[name]!;

/** What the kernels of one projection need again and again. */
function parts(layout: Layout, own: ProjectionLayout) {
  const { projection } = own;
  const source = sourceOf(layout, projection.from);
  return {
    batch: layout.options.batch,
    source,
    target: layout.populations[projection.to]!,
    /** Activity of the source at t - delay, with the length of its rows. */
    activity: [
      { place: source.output, delta: -projection.delay },
      source.spiking ? source.rowBytes : source.padded,
    ] as readonly Argument[],
  };
}

/**
 * Current of the target (+)= weights · activity of the source at t - delay; with `block`, of all steps of a block at once.
 */
export function delivery(
  step: StepEmitter,
  layout: Layout,
  own: ProjectionLayout,
  { accumulate, block }: { readonly accumulate: boolean; readonly block: boolean },
): Emit {
  const { batch: rows, source, target, activity } = parts(layout, own);
  const batch = block ? { perStep: rows } : rows;
  const width = target.padded;
  const place = target.forward.inputs[own.projection.input]!;
  const current = [{ place, delta: 0 }, width, Number(accumulate)];
  if (own.kind === 'dense') {
    const weights = [own.weights, width];
    if (!source.spiking) return step.call('gemmNN', [batch, width, source.size, ...activity, ...weights, ...current]);
    return step.call(block ? 'gatherBlock' : 'gatherRows', [
      ...[batch, source.size, ...activity],
      ...[...weights, target.size, ...current, layout.scratch],
    ]);
  }
  if (own.kind === 'sparse') {
    const synapses = [own.rowStart, own.post, own.weights, target.size];
    const kernel = source.spiking ? 'csrGatherSpikes' : 'csrGatherFloats';
    return step.call(kernel, [batch, source.size, ...activity, ...synapses, ...current]);
  }
  const kernel = source.spiking ? 'oneToOneSpikes' : 'oneToOneFloats';
  return step.call(kernel, [batch, target.size, ...activity, own.weights, ...current]);
}

/**
 * dE/d activity of the source += weightsᵀ · dE/d current of the target, at the price of the non-zeros of q: both are leaky
 * sums with the same decay. What was last written to q counts: of this step, or of the one after it for a delay of 1.
 */
function leakyFeedback(step: StepEmitter, layout: Layout, own: ProjectionLayout, sum: number): Emit {
  const { batch, target } = parts(layout, own);
  const source = layout.populations[own.projection.from]!;
  const { q, decay } = target.adjoint!.dInputsSparse![own.projection.input]!;
  return step.call('leakyFeedback', [
    ...[batch, target.size, q, target.padded, own.transposed, source.size, sum, source.padded],
    ...[{ f32At: decay }, source.adjoint!.dOutput, source.padded, layout.scratch],
  ]);
}

/**
 * dE/d activity of the source += weightsᵀ · dE/d current of the target.
 *
 * @param dCurrent - where dE/d current is: of this step, or of a later one for a delayed projection
 */
export function feedback(step: StepEmitter, layout: Layout, own: ProjectionLayout, dCurrent: Argument): Emit {
  if (own.leakySum !== undefined) return leakyFeedback(step, layout, own, own.leakySum);
  const { batch, target } = parts(layout, own);
  const source = layout.populations[own.projection.from]!;
  const from = [dCurrent, target.padded];
  const into = [source.adjoint!.dOutput, source.padded, 1];
  if (own.kind === 'dense') {
    const weights = [own.transposed, source.padded];
    return step.call('gemmNN', [batch, source.padded, target.size, ...from, ...weights, ...into]);
  }
  if (own.kind === 'sparse') {
    const gate = source.outputGate;
    const gated = gate === undefined ? [0, 0] : [{ place: gate, delta: 0 }, source.rowBytes];
    return step.call('csrBackward', [
      ...[batch, source.size, own.rowStart, own.post, own.feedbackWeights],
      ...[...from, ...into, target.size, ...gated, layout.scratch],
    ]);
  }
  return step.call('oneToOneBackward', [batch, target.size, own.feedbackWeights, ...from, ...into]);
}

/** dE/d weights += activity of the source at t - delay ⊗ dE/d current of the target; see `sumsInBlocks` for when. */
export function weightGradient(step: StepEmitter, layout: Layout, own: ProjectionLayout): Emit {
  const { batch, source, target, activity } = parts(layout, own);
  const width = target.padded;
  const dCurrent = [{ place: target.adjoint!.dInputs[own.projection.input]!, delta: 0 }, width];
  const gradient = [own.gradient, width];
  if (own.kind === 'dense') {
    if (!source.spiking)
      return step.call('gemmTN', [source.size, width, batch, ...activity, ...dCurrent, ...gradient, 1]);
    return step.call('outerSpikes', [
      ...[{ perStep: 1 }, batch, source.size, ...activity],
      ...[...dCurrent, target.size, ...gradient, layout.scratch],
    ]);
  }
  if (own.kind === 'sparse') {
    const sums = [source.size, ...activity, own.rowStart, own.post, ...dCurrent, own.gradient];
    if (!source.spiking) return step.call('csrGradientFloats', [batch, ...sums]);
    return step.call('csrGradientSpikes', [{ perStep: 1 }, batch, ...sums, layout.scratch]);
  }
  const kernel = source.spiking ? 'oneToOneGradientSpikes' : 'oneToOneGradientFloats';
  return step.call(kernel, [batch, target.size, ...activity, ...dCurrent, own.gradient]);
}

import { InternalError, UnsupportedError } from '../base/errors.ts';
import { own } from '../base/own.ts';
import type { PopulationPlan } from '../expr/index.ts';
import { stripFloats } from '../kernels/index.ts';
import { type Arena, padded } from './arena.ts';
import type { LayoutOptions } from './layout-options.ts';
import type { Network, Projection } from './network.ts';
import type { NetworkParameters } from './parameters.ts';
import { layPlastic, type PlasticLayout } from './plastic/plastic-layout.ts';

/** Where the synapses of a projection lie. */
export interface ProjectionLayout {
  readonly projection: Projection;
  readonly kind: 'dense' | 'sparse' | 'oneToOne';
  readonly count: number;
  /** f32: dense [pre, postPadded], else one per synapse. */
  readonly weights: number;
  /** What gradients go back to the source by, if they do. */
  readonly feedback: 'weights' | 'own' | 'none';
  /** As `weights`, and the same address unless feedback is `own`. */
  readonly feedbackWeights: number;
  /** Feedback weights of a dense projection: [post, prePadded]; with a `leakySum` in strips, see `leakyFeedback` of the kernels. */
  readonly transposed: number;
  /** [batch, prePadded]: what feedback adds per step, where it is a leaky sum of sparse terms. */
  readonly leakySum?: number;
  readonly gradient: number;
  readonly rowStart: number;
  readonly post: number;
  /** Present if the synapses are plastic; `weights` then holds the first batch row's. */
  readonly plastic?: PlasticLayout;
}

/** What gradients go back to a projection's source by. */
export function feedbackOf({ name, fromInput }: Projection, { training }: LayoutOptions): ProjectionLayout['feedback'] {
  if (!training || fromInput) return 'none';
  return training.feedback === undefined ? 'weights' : (own(training.feedback, name) ?? 'none');
}

/** Whether the feedback of a projection can be had from the sparse adjoint of a leaky input: neurons, all to all, a step at most. */
export const hasLeakyFeedback = (projection: Projection, { leaky }: PopulationPlan, options: LayoutOptions): boolean =>
  feedbackOf(projection, options) !== 'none' &&
  !options.training?.openEnd &&
  projection.topology.kind === 'allToAll' &&
  projection.delay <= 1 &&
  Object.hasOwn(leaky, projection.input);

/** Whether gradients come back to a population by sparse projections, whose price falls with what of them is needed. */
export const hasSparseFeedback = (
  network: Network,
  name: string,
  parameters: NetworkParameters,
  options: LayoutOptions,
): boolean =>
  Object.values(network.projections).some(
    (p) => p.from === name && feedbackOf(p, options) !== 'none' && parameters.connections[p.name]!.kind === 'sparse',
  );

/** Plastic synapses: weights are one of their variables. */
function layPlasticProjection(
  projection: Projection,
  parameters: NetworkParameters,
  { batch, dt, training, traces }: LayoutOptions,
  arena: Arena,
): ProjectionLayout {
  if (training || traces) {
    throw new UnsupportedError(
      `projection "${projection.name}"`,
      'expected fixed synapses in training, got plastic ones',
      {
        hint: 'plastic synapses run in a Simulation',
      },
    );
  }
  const connections = parameters.connections[projection.name]!;
  if (connections.kind !== 'sparse')
    throw new InternalError('layOut', `expected sparse synapses, got ${connections.kind}`);
  const count = connections.weights.length;
  // A vector of four may begin at the last synapse.
  const [rowStart, post] = [arena.span(4 * (projection.preSize + 1)), arena.span(4 * (count + 4))];
  const plastic = layPlastic(projection, connections.pattern, batch, dt, arena);
  const weights = plastic.variables.w!;
  const none = { feedback: 'none', feedbackWeights: weights, transposed: 0, gradient: 0 } as const;
  return { projection, kind: 'sparse', count, weights, ...none, rowStart, post, plastic };
}

/** Lays out one projection; `plan` is that of its target. */
export function layProjection(
  projection: Projection,
  parameters: NetworkParameters,
  options: LayoutOptions,
  { plan }: { readonly plan: PopulationPlan },
  arena: Arena,
): ProjectionLayout {
  if (projection.plastic) return layPlasticProjection(projection, parameters, options, arena);
  const { batch, training, traces } = options;
  const feedback = feedbackOf(projection, options);
  const connections = parameters.connections[projection.name]!;
  const { preSize, postSize } = projection;
  const dense = connections.kind === 'dense';
  const room = own(options.training?.capacity, projection.name) ?? connections.weights.length;
  const count = dense ? preSize * padded(postSize) : room;
  const sparse = connections.kind === 'sparse';
  const leaky = hasLeakyFeedback(projection, plan, options);
  const transposed = leaky ? stripFloats(preSize, postSize) : postSize * padded(preSize);
  const weights = arena.span(4 * count);
  return {
    projection,
    kind: connections.kind,
    count,
    weights,
    feedback,
    feedbackWeights: feedback === 'own' ? arena.span(4 * count) : weights,
    transposed: dense && feedback !== 'none' ? arena.span(4 * transposed) : 0,
    ...(leaky ? { leakySum: arena.span(4 * batch * padded(preSize)) } : {}),
    gradient: (training || traces) && projection.trainable ? arena.span(4 * count) : 0,
    rowStart: sparse ? arena.span(4 * (preSize + 1)) : 0,
    post: sparse ? arena.span(4 * count) : 0,
  };
}

import { ParameterError, unknownName } from '../base/errors.ts';
import { own } from '../base/own.ts';
import { RandomStream } from '../base/random.ts';
import { streamOf } from '../base/stream.ts';
import { checkWeights, initialWeights, type Network, type NetworkParameters, type Weights } from '../network/index.ts';
import type { FeedbackWeights, LearningRule } from './rules.ts';

/** Names of the projections from populations into the readout: the ones that carry learning signals back. */
export const feedbackProjections = (network: Network, readout: string): string[] =>
  Object.values(network.projections)
    .filter(({ to, from, fromInput }) => to === readout && from !== readout && !fromInput)
    .map(({ name }) => name);

/** Which projections gradients go back through, as the layout of an engine wants it; undefined: all. */
export function feedbackPaths(
  network: Network,
  rule: LearningRule,
  readout: string,
): Readonly<Record<string, 'weights' | 'own'>> | undefined {
  if (rule.kind === 'bptt') return undefined;
  const by = rule.feedback.kind === 'symmetric' ? 'weights' : 'own';
  return Object.fromEntries(feedbackProjections(network, readout).map((name) => [name, by]));
}

/** Feedback weights that are not those of the projection, and whether they learn. */
export interface FeedbackStart {
  readonly adaptive: boolean;
  /** By projection, in the order of its weights. */
  readonly weights: Readonly<Record<string, Float32Array>>;
}

/**
 * Draws a rule's feedback weights; every projection has a random stream of its own.
 *
 * @throws ParameterError, ShapeError for weights of an unknown kind or a wrong count, and for unknown projections
 */
export function feedbackStart(
  network: Network,
  parameters: NetworkParameters,
  rule: LearningRule,
  readout: string,
  seed: number,
): FeedbackStart {
  if (rule.kind === 'bptt' || rule.feedback.kind === 'symmetric') return { adaptive: false, weights: {} };
  const { kind, weights: given } = rule.feedback;
  const names = feedbackProjections(network, readout);
  const fixed = names.find((name) => !network.projections[name]!.trainable);
  if (kind === 'adaptive' && fixed !== undefined) {
    throw new ParameterError(
      'adaptiveFeedback',
      `expected weights that learn, got projection "${fixed}" with trainable: false`,
      {
        hint: 'use randomFeedback()',
      },
    );
  }
  const wanted = weightsByName(given, names);
  const weights = names.map((name) => {
    const { preSize: pre, postSize: post } = network.projections[name]!;
    const count = parameters.connections[name]!.weights.length;
    const random = new RandomStream(seed, streamOf(`feedback/${name}`));
    const where = `feedback of projection "${name}"`;
    checkWeights(where, wanted[name]!);
    return [name, initialWeights(where, wanted[name]!, { pre, post, count }, random)] as const;
  });
  return { adaptive: kind === 'adaptive', weights: Object.fromEntries(weights) };
}

function weightsByName(given: FeedbackWeights, names: readonly string[]): Record<string, Weights> {
  if (typeof given !== 'object' || given === null || 'kind' in given || 'length' in given) {
    return Object.fromEntries(names.map((name) => [name, given as Weights]));
  }
  for (const name of Object.keys(given))
    if (!names.includes(name)) throw unknownName('feedback', 'projection', name, names);
  const missing = names.find((name) => own(given, name) === undefined);
  if (missing === undefined) return given;
  throw new ParameterError('feedback', `expected weights for projection "${missing}", got none`);
}

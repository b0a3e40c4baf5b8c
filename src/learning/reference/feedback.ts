import { ParameterError, ShapeError, unknownName } from '../../base/errors.ts';
import { own } from '../../base/own.ts';
import type { Network } from '../../network/network.ts';
import type { ReferenceParameters } from '../../network/reference-parameters.ts';
import { feedbackProjections } from '../feedback.ts';
import { type LearningRule, symmetricFeedback } from '../rules.ts';
import type { ReferenceTraining } from './evaluation.ts';

/** Weights by projection, in the order of its weights. */
export type WeightsByProjection = Readonly<Record<string, ArrayLike<number>>>;

/**
 * The weights that carry dE/d current back to the source of a projection: those of every projection for BPTT, feedback
 * weights of those into the readout for e-prop.
 *
 * @throws ParameterError for feedback of an unknown projection, or if a rule other than symmetric e-prop was given none;
 * ShapeError for another number of weights than the projection has
 */
export function backwardWeights(
  network: Network,
  { connections }: ReferenceParameters,
  rule: LearningRule,
  { loss, feedback = {} }: Pick<ReferenceTraining, 'loss' | 'feedback'>,
): WeightsByProjection {
  if (rule.kind === 'bptt') {
    return Object.fromEntries(Object.entries(connections).map(([name, { weights }]) => [name, weights]));
  }
  const names = feedbackProjections(network, loss.population);
  for (const name of Object.keys(feedback)) {
    if (!names.includes(name)) throw unknownName('feedback', 'projection', name, names);
  }
  const { kind } = rule.feedback;
  const made = names.map((name) => {
    const { weights } = connections[name]!;
    const given = own(feedback, name);
    if (given === undefined && kind !== symmetricFeedback().kind) {
      throw new ParameterError('feedback', `expected ${kind} weights for projection "${name}", got none`);
    }
    if (given !== undefined && given.length !== weights.length) {
      throw new ShapeError(`feedback of projection "${name}"`, `expected ${weights.length}, got ${given.length}`);
    }
    return [name, given ?? weights] as const;
  });
  return Object.fromEntries(made);
}

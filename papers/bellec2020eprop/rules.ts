import {
  adaptiveFeedback,
  bptt,
  eprop,
  type FeedbackWeights,
  type LearningRule,
  randomFeedback,
  symmetricFeedback,
} from 'volley';
import type { RuleName } from './rule-names.ts';

/**
 * A rule as the trainer takes it.
 *
 * @param weights - where feedback that is not symmetric starts
 * @param decay - of adaptive feedback, per update
 * @eq bellec2020eprop (symmetric, random and adaptive e-prop)
 */
export function learningRule(name: RuleName, weights: FeedbackWeights, decay: number): LearningRule {
  switch (name) {
    case 'bptt':
      return bptt();
    case 'symmetric':
      return eprop({ feedback: symmetricFeedback() });
    case 'random':
      return eprop({ feedback: randomFeedback({ weights }) });
    case 'adaptive':
      return eprop({ feedback: adaptiveFeedback({ weights, decay }) });
  }
}

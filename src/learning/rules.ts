import { normal } from '../base/distribution.ts';
import { ParameterError, unknownName } from '../base/errors.ts';
import { checkedOptions, optionsOf } from '../base/options.ts';
import type { Weights } from '../network/index.ts';

/** Feedback weights of every projection into the readout: one rule for all, or rules or values by name. */
export type FeedbackWeights = Weights | Readonly<Record<string, Weights>>;

/** The learning signals of e-prop: what carries a readout's error back to a neuron. */
export type Feedback =
  /** The weights to the readout themselves. */
  | { readonly kind: 'symmetric' }
  /** Fixed weights, drawn once. */
  | { readonly kind: 'random'; readonly weights: FeedbackWeights }
  /** Weights that are drawn once, change as those to the readout do, and decay with them. */
  | { readonly kind: 'adaptive'; readonly weights: FeedbackWeights; readonly decay: number };

/** Backpropagation through time. */
export interface Bptt {
  readonly kind: 'bptt';
  /** Whether the reset counts as constant in derivatives. */
  readonly detachReset: boolean;
}

/** Eligibility propagation, see {@link eprop}. */
export interface Eprop {
  readonly kind: 'eprop';
  readonly feedback: Feedback;
  readonly detachReset: boolean;
}

/** How gradients are computed, as plain data. */
export type LearningRule = Bptt | Eprop;

/**
 * Backpropagation through time: every path counts.
 *
 * @param options.detachReset - leave the reset out of derivatives; default false
 */
export function bptt(options: { detachReset?: boolean } = {}): Bptt {
  const { detachReset = false } = checkedOptions('bptt', options, ['detachReset']);
  return { kind: 'bptt', detachReset };
}

/** Learning signals by the weights to the readout. */
export const symmetricFeedback = (): Feedback => ({ kind: 'symmetric' });

/**
 * Learning signals by fixed random weights: broadcast alignment.
 *
 * @param options.weights - default N(0, 1); values come in the shape of the projection's weights, `[readout, neuron]`
 */
export function randomFeedback(options: { weights?: FeedbackWeights } = {}): Feedback {
  const { weights = normal({ sd: 1 }) } = checkedOptions('randomFeedback', options, ['weights']);
  return { kind: 'random', weights };
}

/**
 * Learning signals by weights that start at random, receive the same updates as the weights to the readout, and decay
 * together with them: W ← (1 - decay) W, B ← (1 - decay) B after every update.
 *
 * @param options.weights - at the start; default N(0, 1)
 * @param options.decay - default 0.01
 * @throws ParameterError for a decay outside 0 … 1
 * @eq bellec2020eprop (adaptive e-prop)
 */
export function adaptiveFeedback(options: { weights?: FeedbackWeights; decay?: number } = {}): Feedback {
  checkedOptions('adaptiveFeedback', options, ['weights', 'decay']);
  const { weights = normal({ sd: 1 }), decay = 0.01 } = options;
  if (!(decay >= 0 && decay <= 1)) {
    throw new ParameterError('adaptiveFeedback', `expected decay from 0 to 1, got ${decay}`);
  }
  return { kind: 'adaptive', weights, decay };
}

/**
 * Eligibility propagation: BPTT without the paths that leave a neuron and come back through other neurons. What a neuron
 * learns from is its direct influence on the readout; its own state, adaptation included, counts in full. A population
 * without a projection to the readout therefore learns nothing, but what regularisers ask for: for learning signals
 * alone, give it one with weights 0 and random feedback.
 *
 * Feedback weights that do not learn are drawn from the seed and are no part of a saved state.
 *
 * @param options.feedback - default {@link symmetricFeedback}
 * @param options.detachReset - leave the reset out of derivatives; default true, as published
 * @eq bellec2020eprop (1)
 */
export function eprop(options: { feedback?: Feedback; detachReset?: boolean } = {}): Eprop {
  checkedOptions('eprop', options, ['feedback', 'detachReset']);
  const { feedback = symmetricFeedback(), detachReset = true } = options;
  return { kind: 'eprop', feedback, detachReset };
}

/** @throws ParameterError for a function in place of what it returns */
function checkCalled(what: string, given: unknown, example: string): void {
  if (typeof given !== 'function') return;
  throw new ParameterError('Trainer', `expected ${what}, got a function that was not called`, {
    hint: `write ${example}`,
  });
}

/** @throws ParameterError for an unknown rule or feedback, or a value out of range */
export function checkRule(rule: LearningRule): void {
  checkCalled('a learning rule', rule, 'rule: eprop()');
  if (rule.kind !== 'bptt' && rule.kind !== 'eprop') {
    throw unknownName('Trainer', 'learning rule', String((rule as { kind: unknown }).kind), ['bptt', 'eprop']);
  }
  if (rule.kind === 'bptt') bptt(optionsOf(rule));
  else eprop(optionsOf(rule));
  if (rule.kind === 'bptt') return;
  const { feedback } = rule;
  checkCalled('feedback', feedback, 'feedback: randomFeedback()');
  if (feedback.kind === 'adaptive') adaptiveFeedback(optionsOf(feedback));
  else if (feedback.kind === 'random') randomFeedback(optionsOf(feedback));
  else if (feedback.kind !== 'symmetric') {
    const kind = String((feedback as { kind: unknown }).kind);
    throw unknownName('eprop', 'feedback', kind, ['symmetric', 'random', 'adaptive']);
  }
}

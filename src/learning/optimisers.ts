import { NumericsError, ParameterError, unknownName } from '../base/errors.ts';
import { checkedOptions, optionsOf } from '../base/options.ts';
import { checkSchedule, integerPower, type Schedule } from './schedules.ts';

/** Adam, as plain data. */
export interface Adam {
  readonly kind: 'adam';
  readonly learningRate: Schedule;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Decoupled: each update also takes learningRate · weightDecay · w off w. */
  readonly weightDecay: number;
}

/** Stochastic gradient descent with momentum, as plain data. */
export interface Sgd {
  readonly kind: 'sgd';
  readonly learningRate: Schedule;
  readonly momentum: number;
  /** Decoupled, as in {@link Adam}. */
  readonly weightDecay: number;
}

export type Optimiser = Adam | Sgd;

function checkFraction(where: string, name: string, value: number): void {
  if (!(value >= 0 && value < 1)) throw new ParameterError(where, `expected ${name} from 0 to below 1, got ${value}`);
}

function checkDecay(where: string, value: number): void {
  if (!(value >= 0 && value < Infinity))
    throw new ParameterError(where, `expected weightDecay of 0 or more, got ${value}`);
}

/**
 * Adam with the bias correction inside the step size, so that epsilon stays outside of it.
 *
 * @throws ParameterError for a negative rate or decay, or a beta outside [0, 1)
 * @eq kingma2015adam (algorithm 1, "efficient" form of section 2)
 *
 * @example
 * const optimiser = adam({ learningRate: stepDecay({ initial: 0.01, factor: 0.3, every: 100 }) });
 */
export function adam(options: {
  learningRate: Schedule;
  beta1?: number;
  beta2?: number;
  epsilon?: number;
  weightDecay?: number;
}): Adam {
  checkedOptions('adam', options, ['learningRate', 'beta1', 'beta2', 'epsilon', 'weightDecay']);
  const { learningRate, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0 } = options;
  checkSchedule('adam', learningRate);
  checkFraction('adam', 'beta1', beta1);
  checkFraction('adam', 'beta2', beta2);
  if (!(epsilon > 0)) throw new ParameterError('adam', `expected epsilon above 0, got ${epsilon}`);
  checkDecay('adam', weightDecay);
  return { kind: 'adam', learningRate, beta1, beta2, epsilon, weightDecay };
}

/**
 * Gradient descent: velocity ← momentum · velocity + g, w ← w - learningRate · (weightDecay · w + velocity).
 *
 * @throws ParameterError for a negative rate or decay, or a momentum outside [0, 1)
 */
export function sgd(options: { learningRate: Schedule; momentum?: number; weightDecay?: number }): Sgd {
  checkedOptions('sgd', options, ['learningRate', 'momentum', 'weightDecay']);
  const { learningRate, momentum = 0, weightDecay = 0 } = options;
  checkSchedule('sgd', learningRate);
  checkFraction('sgd', 'momentum', momentum);
  checkDecay('sgd', weightDecay);
  return { kind: 'sgd', learningRate, momentum, weightDecay };
}

/**
 * An optimiser with every default filled in.
 *
 * @throws ParameterError if it is no optimiser, of an unknown kind, or holds a value out of range
 */
export function checkedOptimiser(optimiser: Optimiser): Optimiser {
  if (optimiser?.kind === 'adam') return adam(optionsOf(optimiser));
  if (optimiser?.kind === 'sgd') return sgd(optionsOf(optimiser));
  const { kind } = (optimiser ?? {}) as { kind?: unknown };
  if (typeof kind === 'string') throw unknownName('Trainer', 'optimiser', kind, ['adam', 'sgd']);
  throw new ParameterError('Trainer', `expected an optimiser, got ${typeof optimiser}`, {
    hint: 'for example adam({ learningRate: 0.01 })',
  });
}

/**
 * Adam's step size at update number `step` (from 1): learningRate · √(1 - β2^step) / (1 - β1^step).
 *
 * @eq kingma2015adam (section 2, α_t)
 */
export function adamStepSize(optimiser: Adam, learningRate: number, step: number): number {
  const first = 1 - integerPower(optimiser.beta1, step);
  const second = 1 - integerPower(optimiser.beta2, step);
  return (learningRate * Math.sqrt(second)) / first;
}

/**
 * The factor that brings a gradient's norm down to `maxNorm`; 1 if it is not above.
 *
 * @param sumSquares - of all gradient entries
 * @throws NumericsError if `sumSquares` is NaN or infinite
 */
export function clipScale(sumSquares: number, maxNorm: number): number {
  if (!Number.isFinite(sumSquares)) {
    throw new NumericsError('clipScale', `expected a finite gradient, got a sum of squares of ${sumSquares}`, {
      hint: 'lower the learning rate or the dampening of the pseudo-derivative',
    });
  }
  const norm = Math.sqrt(sumSquares);
  return norm > maxNorm ? maxNorm / norm : 1;
}

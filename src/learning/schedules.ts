import { ParameterError, unknownName } from '../base/errors.ts';
import { cosTurn } from '../base/math.ts';
import { checkedOptions, optionsOf } from '../base/options.ts';

/** A learning rate over iterations, as plain data; a number is a constant one. Iterations count from 0. */
export type Schedule =
  | number
  | { readonly kind: 'stepDecay'; readonly initial: number; readonly factor: number; readonly every: number }
  | { readonly kind: 'cosine'; readonly initial: number; readonly final: number; readonly iterations: number }
  | { readonly kind: 'linearWarmup'; readonly iterations: number; readonly schedule: Schedule };

function check(where: string, name: string, value: number, valid: boolean, rule: string): void {
  if (!valid) throw new ParameterError(where, `expected ${name} ${rule}, got ${value}`, { fields: { [name]: value } });
}

const checkRate = (where: string, name: string, rate: number): void =>
  check(where, name, rate, Number.isFinite(rate) && rate >= 0, 'of 0 or more');

const checkCount = (where: string, name: string, count: number): void =>
  check(where, name, count, Number.isInteger(count) && count >= 1, 'to be an integer of 1 or more');

/**
 * initial · factor^⌊iteration / every⌋.
 *
 * @throws ParameterError unless initial >= 0, factor >= 0 and `every` is a positive integer
 */
export function stepDecay(options: { initial: number; factor: number; every: number }): Schedule {
  checkedOptions('stepDecay', options, ['initial', 'factor', 'every']);
  checkRate('stepDecay', 'initial', options.initial);
  checkRate('stepDecay', 'factor', options.factor);
  checkCount('stepDecay', 'every', options.every);
  return { kind: 'stepDecay', ...options };
}

/**
 * Half a cosine from `initial` at iteration 0 down to `final` at iteration `iterations`, and `final` from there on.
 *
 * @throws ParameterError unless both rates are >= 0 and `iterations` is a positive integer
 */
export function cosine(options: { initial: number; final?: number; iterations: number }): Schedule {
  const { initial, final = 0, iterations } = checkedOptions('cosine', options, ['initial', 'final', 'iterations']);
  checkRate('cosine', 'initial', initial);
  checkRate('cosine', 'final', final);
  checkCount('cosine', 'iterations', iterations);
  return { kind: 'cosine', initial, final, iterations };
}

/**
 * Scales another schedule by (iteration + 1) / iterations during the first `iterations`, so the first update is not
 * zero. The other schedule's own count of iterations runs from the start.
 *
 * @throws ParameterError unless `iterations` is a positive integer
 */
export function linearWarmup(options: { iterations: number; schedule: Schedule }): Schedule {
  const { iterations, schedule } = checkedOptions('linearWarmup', options, ['iterations', 'schedule']);
  checkCount('linearWarmup', 'iterations', iterations);
  checkSchedule('linearWarmup', schedule);
  return { kind: 'linearWarmup', iterations, schedule };
}

/** @throws ParameterError unless the schedule is a rate of 0 or more, or of a known kind with valid numbers */
export function checkSchedule(where: string, schedule: Schedule): void {
  if (typeof schedule === 'number') {
    checkRate(where, 'learningRate', schedule);
    return;
  }
  const kind: unknown = schedule?.kind;
  if (typeof kind !== 'string') {
    throw new ParameterError(where, `expected learningRate as a number or a schedule, got ${typeof schedule}`, {
      hint: 'for example learningRate: 0.01, or cosine({ initial: 0.01, iterations: 1000 })',
    });
  }
  switch (schedule.kind) {
    case 'stepDecay':
      stepDecay(optionsOf(schedule));
      break;
    case 'cosine':
      checkRate(where, 'final', schedule.final);
      cosine(optionsOf(schedule));
      break;
    case 'linearWarmup':
      linearWarmup(optionsOf(schedule));
      break;
    default:
      throw unknownName(where, 'schedule', kind, ['stepDecay', 'cosine', 'linearWarmup']);
  }
}

/** The learning rate of one iteration, counted from 0. */
export function learningRateAt(schedule: Schedule, iteration: number): number {
  if (typeof schedule === 'number') return schedule;
  switch (schedule.kind) {
    case 'stepDecay':
      return schedule.initial * integerPower(schedule.factor, Math.floor(iteration / schedule.every));
    case 'cosine': {
      const { initial, final, iterations } = schedule;
      if (iteration >= iterations) return final;
      return final + 0.5 * (initial - final) * (1 + cosTurn(iteration / (2 * iterations)));
    }
    case 'linearWarmup':
      return learningRateAt(schedule.schedule, iteration) * Math.min(1, (iteration + 1) / schedule.iterations);
  }
}

/** base^n for an integer n >= 0 by multiplications only: engines may differ in the last place of `**`. */
export function integerPower(base: number, n: number): number {
  let result = 1;
  for (let square = base, rest = n; rest > 0; rest = Math.floor(rest / 2), square *= square) {
    if (rest % 2 === 1) result *= square;
  }
  return result;
}

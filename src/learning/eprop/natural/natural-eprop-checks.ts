import { ParameterError, ShapeError, unknownName } from '../../../base/errors.ts';
import { own } from '../../../base/own.ts';
import { squaredError } from '../../loss.ts';
import { checkBatch, checkOptions } from '../../trainer-checks.ts';
import type { TrainerOptions } from '../../trainer-options.ts';
import { checkNaturalOptions, type NaturalEpropOptions, type TaughtBatch } from './natural-eprop-options.ts';

/** The trainee as a `Trainer` would be told of it, for the checks that both share. */
const trainerOptions = ({ trainee, ...options }: NaturalEpropOptions): TrainerOptions => ({ ...options, ...trainee });

/** @throws ParameterError for unknown names, values out of range, and numbers of neurons that do not fit */
export function checkNetworks(options: NaturalEpropOptions): void {
  checkNaturalOptions(options);
  const { trainee, generator, innerRate } = options;
  checkOptions(trainee.network, trainerOptions(options));
  // The signals must be graded, as what a loss reads must be.
  const loss = squaredError({ population: generator.signals });
  checkOptions(generator.network, { ...options, ...generator, loss });
  if (!(innerRate > 0 && innerRate < Infinity)) {
    throw new ParameterError('NaturalEprop', `expected innerRate above 0, got ${innerRate}`);
  }
  const learning = own(trainee.network.populations, trainee.learns)?.size;
  if (learning === undefined) {
    throw unknownName('NaturalEprop', 'population', trainee.learns, Object.keys(trainee.network.populations));
  }
  const signals = generator.network.populations[generator.signals]!.size;
  if (signals === learning) return;
  throw new ShapeError('NaturalEprop', `expected ${learning} learning signals, one per neuron, got ${signals}`, {
    hint: `give population "${generator.signals}" the size of "${trainee.learns}"`,
    fields: { learning, signals },
  });
}

/** @throws ShapeError if the batch does not fit the options and the trainee; ParameterError for unknown names and labels */
export const checkTaught = (options: NaturalEpropOptions, batch: TaughtBatch): void =>
  checkBatch(options.trainee.network, trainerOptions(options), batch);

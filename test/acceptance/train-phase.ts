import { Trainer } from 'volley';
import { workerThreads } from 'volley/io';
import type { Phase } from '../../papers/common/phase.ts';

/** A trainer of a phase of the paper, as its run makes it. */
const trainerOf = (phase: Phase, seed: number): Promise<Trainer> =>
  Trainer.create(phase.network, { ...phase.trainer, seed, executor: workerThreads({ workers: 1 }) });

/**
 * Trains several phases side by side on the batches of the first, as many threads as there are phases.
 *
 * @returns the error of every iteration, [phase][iteration]
 */
export async function trainPhases(phases: readonly Phase[], seed: number, iterations: number): Promise<number[][]> {
  const trainers = await Promise.all(phases.map((phase) => trainerOf(phase, seed)));
  const errors: number[][] = phases.map(() => []);
  try {
    let next = phases[0]!.batch(1);
    for (let iteration = 1; iteration <= iterations; iteration++) {
      const batch = next;
      const pending = trainers.map((trainer) => trainer.step(batch));
      next = phases[0]!.batch(iteration + 1);
      (await Promise.all(pending)).forEach(({ error }, k) => {
        errors[k]!.push(error);
      });
    }
  } finally {
    await Promise.all(trainers.map((trainer) => trainer.close()));
  }
  return errors;
}

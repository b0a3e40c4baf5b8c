import { expect, it, vi } from 'vitest';
import { Learner } from './learner.ts';
import type { Values } from './network.ts';
import { Prototypes, smallValues } from './testing/prototypes.ts';

/** Test accuracy after `samples` examples of which each bit is flipped with probability `flips`. */
async function accuracy(samples: number, flips: number, changes: Partial<Values> = {}): Promise<number> {
  const learner = new Learner(smallValues(changes), 'float', new Prototypes(samples, flips, 2), 1);
  await learner.train(0, samples);
  const tests = new Prototypes(250, flips, 3);
  return (await learner.test(tests, tests.count)).accuracy;
}

// Some seconds of work, which may take minutes where many programs share a core.
vi.setConfig({ testTimeout: 300_000 });

// The bounds are those that another program keeps with a margin of 5 to 10 points on its own draws.
it('prototypes with 10 % of noise: 80 % after 250 examples, 98 % after 500', async () => {
  expect(await accuracy(250, 0.1)).toBeGreaterThanOrEqual(0.8);
  expect(await accuracy(500, 0.1)).toBeGreaterThanOrEqual(0.98);
});

it('prototypes with 20 % of noise: 96 % after 500 examples', async () => {
  expect(await accuracy(500, 0.2)).toBeGreaterThanOrEqual(0.96);
});

it('prototypes with 30 % of noise: 80 % after 1000 examples, and 25 points less with a hidden layer that does not learn', async () => {
  const learned = await accuracy(1000, 0.3);
  expect(learned).toBeGreaterThanOrEqual(0.8);
  expect(await accuracy(1000, 0.3, { trainHidden: false })).toBeLessThanOrEqual(learned - 0.25);
});

it('goes on from weights alone with the same bits', async () => {
  const values = smallValues({ dt: 0.5 });
  const examples = () => new Prototypes(20, 0.1, 2);
  const whole = new Learner(values, 'quantised', examples(), 1);
  await whole.train(0, 10);
  const saved = whole.weights;
  await whole.train(10, 20);
  const resumed = new Learner(values, 'quantised', examples(), 1);
  resumed.weights = saved;
  await resumed.train(10, 20);
  expect(resumed.weights).toEqual(whole.weights);
  expect(whole.weights).not.toEqual(saved);
  const steps = 128;
  // Every weight is a multiple of 1/128 from -1 to 127/128.
  for (const w of [...whole.weights.w1!, ...whole.weights.w2!]) {
    expect(Number.isInteger(w * steps) && w >= -1 && w < 1).toBe(true);
  }
});

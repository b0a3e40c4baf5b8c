import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../base/random.ts';
import { SpikeTrain } from '../../tensor/bits.ts';
import { LeverPress } from './lever-press.ts';
import { PatternRouting } from './pattern-routing.ts';
import { PoissonSource } from './poisson-source.ts';
import { drawGamma } from './rate-pattern.ts';

/** Spikes of 20 neurons in one cycle: `count` of neurons of the group's parity, in different steps. */
function votes(group: 0 | 1, count: number): SpikeTrain {
  const train = new SpikeTrain(15, 1, 20);
  for (let k = 0; k < count; k++) train.set(k, 0, group + 2 * (k % 10));
  return train;
}

describe('Poisson source', () => {
  it('has the rates asked for, whatever the length of calls', () => {
    const rates = Float64Array.from([0, 10, 50, 200]);
    const source = PoissonSource.of(4, new RandomStream(3));
    const counts = new Float64Array(4);
    const train = new SpikeTrain(7, 1, 4);
    const calls = 20_000;
    for (let k = 0; k < calls; k++) {
      source.fill(train, rates, 1);
      train.countByNeuron().forEach((count, i) => {
        counts[i]! += count;
      });
    }
    expect(counts[0]).toBe(0);
    for (let i = 1; i < 4; i++) {
      const p = -Math.expm1(-rates[i]! / 1000);
      // Binomial: five standard errors.
      expect(Math.abs(counts[i]! - 7 * calls * p)).toBeLessThan(5 * Math.sqrt(7 * calls * p));
    }
  });
});

// @eq marsaglia2000gamma (gamma variables)
it('gamma variables have the mean and the variance of their shape', () => {
  const random = new RandomStream(5);
  for (const shape of [0.2, 3]) {
    const draws = Float64Array.from({ length: 20_000 }, () => drawGamma(shape, 0.8, random));
    const mean = draws.reduce((sum, x) => sum + x, 0) / draws.length;
    const variance = draws.reduce((sum, x) => sum + (x - mean) ** 2, 0) / draws.length;
    const fourth = 3 * shape * (shape + 2) * 0.8 ** 4;
    expect(Math.abs(mean - 0.8 * shape)).toBeLessThan(5 * Math.sqrt((shape * 0.64) / draws.length));
    expect(Math.abs(variance - 0.64 * shape)).toBeLessThan(5 * Math.sqrt(fourth / draws.length));
  }
});

// @eq kappel2018sampling (two-pattern routing)
describe('pattern routing', () => {
  it('pays for the lead of the right group alone, and says at the end whether it was right', () => {
    const task = new PatternRouting(new RandomStream(1));
    const ends: boolean[] = [];
    let paid = 0;
    task.cycle();
    for (let k = 0; k < 20_000; k++) {
      // Two votes for group 1 in every cycle, none for group 2.
      task.cycle(votes(0, 2));
      if (task.pattern !== 1) expect(task.reward).toBe(0);
      else if (task.reward > 0.9) paid += 1;
      if (task.ended) {
        expect(task.ended.correct).toBe(task.ended.pattern === 1);
        ends.push(task.ended.correct);
      }
    }
    expect(paid).toBeGreaterThan(0);
    // Phases of 0.75 s in 300 s: 200 patterns, of which half are the first; five standard errors.
    expect(ends.length).toBeGreaterThan(180);
    expect(Math.abs(ends.filter(Boolean).length / ends.length - 0.5)).toBeLessThan(2.5 / Math.sqrt(ends.length));
  });

  // @eq kappel2018sampling (normalised reward)
  it('has a signal near 1 on average, and none if asked so', () => {
    const scaled = new PatternRouting(new RandomStream(1), { scaling: { cycles: 100, offset: 0 } });
    const silent = new PatternRouting(new RandomStream(1), { scaling: false });
    let sum = 0;
    for (const task of [scaled, silent]) task.cycle();
    for (let k = 0; k < 20_000; k++) {
      sum += scaled.cycle(votes(0, 2)).dopa.data[14]!;
      expect(silent.cycle(votes(0, 2)).dopa.data[14]).toBe(0);
    }
    // A mean over 100 cycles lags behind rewards that come in phases of 50.
    expect(sum / 20_000).toBeGreaterThan(0.8);
    expect(sum / 20_000).toBeLessThan(1.6);
  });

  it('refuses a cycle that is no whole number of steps', () => {
    expect(() => new PatternRouting(new RandomStream(1), { cycle: 15, dt: 2 })).toThrow('cycle');
  });

  it('goes on from its state as if it had not stopped', () => {
    const first = new PatternRouting(new RandomStream(2));
    first.cycle();
    for (let k = 0; k < 500; k++) first.cycle(votes(k % 3 === 0 ? 1 : 0, 3));
    const second = new PatternRouting(JSON.parse(JSON.stringify(first.state)));
    for (let k = 0; k < 500; k++) {
      const [a, b] = [first, second].map((task) => task.cycle(votes(0, 2)));
      expect(b!.input.data).toEqual(a!.input.data);
      expect(b!.dopa.data).toEqual(a!.dopa.data);
    }
    expect(second.state).toEqual(first.state);
  });
});

// @eq kappel2018sampling (lever press)
describe('lever press', () => {
  it('rewards down and up, and nothing else', () => {
    const task = new LeverPress(new RandomStream(1));
    task.cycle();
    const phases = new Set<string>();
    for (let k = 0; k < 2000 && !task.ended; k++) {
      // The second group pulls down, the first one up.
      task.cycle(votes(task.phase === 'up' ? 0 : 1, 4));
      phases.add(task.phase);
      expect(task.reward).toBe(Number(task.phase === 'reward'));
    }
    expect(task.ended?.rewarded).toBe(true);
    expect([...phases]).toEqual(['wait', 'down', 'up', 'reward']);
  });

  it('times out without reward, also with the roles swapped half-way', () => {
    const task = new LeverPress(new RandomStream(1));
    task.direction = -1;
    task.cycle();
    for (let k = 0; k < 2000 && !task.ended; k++) task.cycle(votes(1, 4));
    expect(task.ended).toEqual({ rewarded: false, duration: expect.any(Number) });
    // Trials end with the cycle in which 10 s are over.
    expect(task.ended!.duration).toBeGreaterThanOrEqual(10_000);
    expect(task.ended!.duration).toBeLessThan(10_015);
  });

  it('goes on from its state as if it had not stopped', () => {
    const first = new LeverPress(new RandomStream(2));
    first.cycle();
    for (let k = 0; k < 100; k++) first.cycle(votes(1, 4));
    const second = new LeverPress(JSON.parse(JSON.stringify(first.state)));
    for (const task of [first, second]) for (let k = 0; k < 300; k++) task.cycle(votes(k > 150 ? 0 : 1, 3));
    expect(second.state).toEqual(first.state);
  });
});

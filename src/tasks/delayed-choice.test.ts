import { describe, expect, it } from 'vitest';
import { ParameterError, ShapeError } from '../base/errors.ts';
import { RandomStream } from '../base/random.ts';
import { delayedChoice } from './delayed-choice.ts';

describe('delayedChoice', () => {
  it('acts at the end of the go period, behind cue and delay', () => {
    const task = delayedChoice();
    const { steps, size, inputs, decisions, decisionStep, correct } = task.episode(new RandomStream(1), 16);
    expect(task).toMatchObject({ inputSize: 40, steps: 300, actions: 2 });
    expect([steps, size, inputs.input!.time, inputs.input!.batch, inputs.input!.size]).toEqual([300, 16, 300, 16, 40]);
    expect([[...decisions.start], [...decisions.length], decisionStep]).toEqual([[250], [50], 299]);
    expect(decisions.labels).toEqual(correct);
  });

  it('fires in the group of the cue, in go and, always, in fixation, and nowhere else', () => {
    // Certain spikes, so that every step of every neuron is known.
    const task = delayedChoice({
      rate: 1000,
      fixationRate: 1000,
      inputSize: 8,
      cueDuration: 5,
      delay: 7,
      goDuration: 3,
    });
    const { inputs, correct } = task.episode(new RandomStream(2), 6);
    const dense = inputs.input!.toDense();
    const expected = dense.map((_, k) => {
      const [group, b, t] = [Math.floor((k % 8) / 2), Math.floor(k / 8) % 6, Math.floor(k / 48)];
      return Number(group === 3 || (group === 2 && t >= 12) || (t < 5 && group === correct[b]));
    });
    expect(dense.length).toBe(15 * 6 * 8);
    expect(Buffer.compare(dense, expected)).toBe(0);
  });

  it('fires 100 Hz in cue and go, 10 Hz in fixation', () => {
    const counts = delayedChoice({ dt: 0.5 }).episode(new RandomStream(3), 50).inputs.input!.countByNeuron();
    const sum = (from: number, to: number) => counts.subarray(from, to).reduce((a, b) => a + b, 0);
    // 50 agents, ten neurons; cues and go 50 ms at 100 Hz, fixation 300 ms at 10 Hz.
    for (const [found, expected] of [
      [sum(0, 20), 2500],
      [sum(20, 30), 2500],
      [sum(30, 40), 1500],
    ] as const) {
      // Five standard deviations; false alarms: 3 x 6e-7.
      expect(Math.abs(found - expected)).toBeLessThan(5 * Math.sqrt(expected));
    }
  });

  it('rewards the action of the cue, so that acting without memory earns one half', () => {
    const task = delayedChoice({ cueDuration: 1, delay: 0, goDuration: 1 });
    const agents = 10_000;
    const episode = task.episode(new RandomStream(4), agents);
    const total = (actions: ArrayLike<number>) => task.reward(episode, actions).reduce((a, b) => a + b, 0);
    expect(total(episode.correct)).toBe(agents);
    expect(total(episode.correct.map((action) => 1 - action))).toBe(0);
    const always = total(new Int32Array(agents));
    // Five standard deviations of a fair coin; false alarms: 6e-7.
    expect(Math.abs(always - agents / 2)).toBeLessThan((5 * Math.sqrt(agents)) / 2);
    expect([...task.reward({ correct: Int32Array.of(0, 1, 1) }, [0, 0, 1])]).toEqual([1, 0, 1]);
  });

  it('is the same for the same stream, and goes on with another episode', () => {
    const task = delayedChoice();
    const random = new RandomStream(5);
    const first = task.episode(random, 8);
    expect(task.episode(new RandomStream(5), 8)).toEqual(first);
    expect(task.episode(random, 8).inputs).not.toEqual(first.inputs);
  });

  it('refuses actions that do not fit', () => {
    const task = delayedChoice();
    const episode = { correct: Int32Array.of(0, 1) };
    expect(() => task.reward(episode, [0])).toThrow(ShapeError);
    expect(() => task.reward(episode, [0])).toThrow('expected 2 actions, one per agent, got 1');
    expect(() => task.reward(episode, [0, 2])).toThrow(ParameterError);
    expect(() => task.reward(episode, [0, 2])).toThrow('expected action 0 or 1, got 2 of agent 1');
  });

  it.each([
    [{ inputSize: 10 }, 'expected an inputSize that is a multiple of 4, got 10'],
    [{ cueDuration: 0 }, 'expected a cueDuration of 1 or more whole steps of 1 ms, got 0 ms'],
    [{ goDuration: 0 }, 'expected a goDuration of 1 or more whole steps of 1 ms, got 0 ms'],
    [{ delay: -1 }, 'expected a delay of 0 or more whole steps of 1 ms, got -1 ms'],
    [{ fixationRate: 2000 }, 'expected a rate of 0 to 1000 Hz'],
  ])('refuses %o', (options, message) => {
    expect(() => delayedChoice(options)).toThrow(ParameterError);
    expect(() => delayedChoice(options)).toThrow(message);
  });
});

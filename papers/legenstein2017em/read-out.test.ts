import { expect, it } from 'vitest';
import { resemblance, type Shown, score, specialise } from './read-out.ts';

/** Two patterns in turn, each for 10 steps, with windows of 12. */
const shown: Shown = {
  steps: 50,
  patterns: 2,
  window: 12,
  presentations: [
    { pattern: 0, onset: 0 },
    { pattern: 1, onset: 15 },
    { pattern: 0, onset: 30 },
  ],
};

const spikesOf = (events: readonly (readonly [neuron: number, time: number])[]) => {
  const sorted = [...events].sort((a, b) => a[1] - b[1]);
  return { neuron: sorted.map(([neuron]) => neuron), time: sorted.map(([, time]) => time) };
};

it('calls a neuron specialised that spikes in the windows of one pattern', () => {
  const spikes = spikesOf([
    [0, 2],
    [0, 11], // the window is longer than the pattern
    [1, 20],
    [1, 35], // half of its spikes
    [2, 16], // one spike says nothing
    [3, 16],
    [3, 26],
  ]);
  expect([...specialise(spikes, 5, shown)]).toEqual([0, -1, -1, 1, -1]);
});

it('scores groups by spikes within windows and presentations seen', () => {
  const groups = Int32Array.of(0, -1);
  const spikes = spikesOf([
    [0, 2],
    [0, 5],
    [0, 14],
    [0, 49],
    [1, 31],
  ]);
  const scores = score(groups, spikes, shown);
  // Pattern 0: 2 of 4 spikes inside, 1 of 2 presentations seen; pattern 1 has no group.
  expect(scores).toMatchObject({ specialised: 1, covered: 1, smallestGroup: 0, largestGroup: 1 });
  expect([scores.precision, scores.recall, scores.f1]).toEqual([0.25, 0.25, 0.25]);
});

it('compares the weights of groups with their patterns', () => {
  const patterns = [
    [1, 0, 0],
    [0, 1, 1],
  ];
  const images = [
    [0.9, 0.1, 0.1],
    [0, 0, 0],
  ];
  const { correlation, onBar, offBar } = resemblance(images, patterns);
  expect(correlation).toBeCloseTo(1, 12);
  expect(onBar).toBeCloseTo(0.9, 12);
  expect(offBar).toBeCloseTo(0.1, 12);
});

import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

/** What each example must print. */
const EXPECTED: Readonly<Record<string, RegExp>> = {
  'learn-from-reward': /after 800 episodes: mean reward 0\.\d+\n(.*\n)+after 4800 episodes: mean reward (0\.9\d|1\.00)/,
  'learn-online': /repetition 10: loss [\d.]+ #+\n(.*\n)+repetition 60: loss [\d.]+ #+/,
  'own-neuron': /spikes of the three resonators: \d+, \d+, \d+/,
  'plastic-network':
    /^[1-9]\d*\.\d Hz, [1-9]\d+ synaptic events\n204663 plastic synapses: mean weight 5\.9\d+ nS, from 6/,
  record: /intervals in ms: \d+ [\d ]+\nadaptation at the end: 0\.\d+/,
  'train-time-constant': /τ_a from 200 ms to \d+\.\d … \d+\.\d ms/,
};

describe('examples', () => {
  it('all have an expectation', () => {
    const names = readdirSync(`${root}examples`).map((file) => file.replace(/\.ts$/, ''));
    expect(names.sort()).toEqual(Object.keys(EXPECTED).sort());
  });

  for (const [name, pattern] of Object.entries(EXPECTED)) {
    it(`${name} runs`, () => {
      const output = execFileSync(process.execPath, [`${root}dist/examples/${name}.js`], { encoding: 'utf8' });
      expect(output).toMatch(pattern);
    });
  }
});

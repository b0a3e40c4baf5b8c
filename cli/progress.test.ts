import { describe, expect, it } from 'vitest';
import { createProgress, Pace } from './progress.ts';

describe('Pace', () => {
  it('gives rate and time left from the first report on', () => {
    const pace = new Pace();
    expect(pace.describe(100, 200, 0)).toBe('');
    // 20 steps in 10 s: 2/s, and 80 steps take 40 s more.
    expect(pace.describe(120, 200, 10_000)).toBe('2/s ETA 40 s');
    expect(pace.describe(200, 200, 50_000)).toBe('2/s');
  });

  it('turns a rate below one around', () => {
    const pace = new Pace();
    pace.describe(0, 10, 0);
    expect(pace.describe(2, 10, 8000)).toBe('4.0 s each ETA 32 s');
  });
});

describe('createProgress', () => {
  it('writes few plain lines when piped: the first, the last', async () => {
    let text = '';
    const progress = await createProgress({ write: (piece) => (text += piece) });
    progress.phase('training');
    for (let i = 1; i <= 1000; i++) progress.update(i, 1000, { loss: 0.123456 });
    expect(text.trimEnd().split('\n')).toHaveLength(3);
    expect(text).toMatch(
      /^training\ntraining {2}1\/1000 {2}0\.1 % {2}loss 0\.1235\ntraining {2}1000\/1000 {2}100\.0 %/,
    );
  });
});

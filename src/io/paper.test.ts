import { describe, expect, it } from 'vitest';
import { type Paper, resolveSettings, type Settings } from './paper.ts';

const settings = {
  batch: { value: 32, origin: 'Table 1', doc: 'batch size', min: 1, integer: true },
  rule: { value: 'bptt', origin: 'our choice', doc: 'learning rule', choices: ['bptt', 'eprop'] },
  permuted: { value: false, origin: 'our choice', doc: 'whether pixels are permuted' },
} satisfies Settings;

const paper: Paper<typeof settings> = {
  ...{ id: 'p', title: '', citation: '', status: 'not tried', settings, claims: [] },
  presets: {
    smoke: { minutes: 0.1, doc: '', settings: { batch: 4 } },
    quick: { minutes: 1, doc: '', settings: {} },
    paper: { minutes: 9, doc: '', settings: { batch: 256, rule: 'eprop' } },
  },
  // Types of the values follow from the defaults; this line is checked by the compiler.
  run: async ({ settings: { batch, rule, permuted } }) => ({
    metrics: { double: 2 * batch, text: rule.trim(), permuted },
  }),
};

describe('resolveSettings', () => {
  it('lets the preset override defaults and the user override both', () => {
    expect(resolveSettings(paper, 'quick')).toEqual({ batch: 32, rule: 'bptt', permuted: false });
    expect(resolveSettings(paper, 'paper', { batch: '8' })).toEqual({ batch: 8, rule: 'eprop', permuted: false });
    expect(resolveSettings(paper, 'smoke', { permuted: 'true', rule: 'eprop' })).toEqual({
      ...{ batch: 4, rule: 'eprop', permuted: true },
    });
  });

  it.each([
    [{ bach: 1 }, 'unknown setting "bach" (known: batch, rule, permuted)'],
    [{ batch: '0' }, 'p batch: expected a whole number of at least 1, got "0" (batch size; default 32)'],
    [{ batch: '' }, 'got ""'],
    [{ batch: 'Infinity' }, 'got "Infinity"'],
    [{ batch: true }, 'got "true"'],
    [{ permuted: 'yes' }, 'expected true or false, got "yes"'],
    [{ rule: 'hebb' }, 'expected one of bptt, eprop, got "hebb"'],
    [{ constructor: '1' }, 'unknown setting "constructor"'],
  ])('refuses %j', (overrides, message) => {
    expect(() => resolveSettings(paper, 'quick', overrides)).toThrow(message);
  });

  it('checks what a preset sets too', () => {
    const wrong = { ...paper, presets: { ...paper.presets, smoke: { minutes: 1, doc: '', settings: { batch: 0 } } } };
    expect(() => resolveSettings(wrong, 'smoke')).toThrow('got "0"');
  });
});

import { describe, expect, it } from 'vitest';
import { ParameterError } from '../base/errors.ts';
import { RandomStream } from '../base/random.ts';
import { NO_LABEL } from '../tensor/batch.ts';
import { storeRecall } from './store-recall.ts';
import { isValidSequence, RECALL, STORE, type StoreRecallSequence } from './store-recall-sequence.ts';

/** The published rules of a valid sequence, one by one. */
function brokenRules({ symbols }: StoreRecallSequence): string[] {
  const text = [...symbols].join('');
  const commands = text.replace(/[01]/g, '');
  const rules: Record<string, boolean> = {
    'STORE, RECALL and a bit exist': /2/.test(text) && /3/.test(text) && /[01]/.test(text),
    'the first STORE precedes the first RECALL': text.indexOf('2') < text.indexOf('3'),
    'the last RECALL follows the last STORE': text.lastIndexOf('3') > text.lastIndexOf('2'),
    'every STORE is followed by a bit': !/2([23]|$)/.test(text),
    'STORE and RECALL alternate': /^(23)+$/.test(commands),
  };
  return Object.keys(rules).filter((rule) => !rules[rule]);
}

describe('store-recall sequences', () => {
  const task = storeRecall();
  const random = new RandomStream(2018);
  const sequences = Array.from({ length: 10_000 }, () => task.sequence(random));

  it('obey all rules', () => {
    expect(sequences.flatMap(brokenRules)).toEqual([]);
  });

  it('flip half of the bits behind STORE, and no other', () => {
    let stores = 0;
    let flips = 0;
    for (const { symbols, flipped } of sequences) {
      for (const [k, symbol] of symbols.entries()) {
        if (symbol === STORE) stores++;
        if (!flipped[k]) continue;
        flips++;
        expect(symbols[k - 1]).toBe(STORE);
      }
    }
    // About 15,000 STOREs: one standard deviation is 0.004.
    expect(Math.abs(flips / stores - 0.5)).toBeLessThan(0.01);
  });

  it('show the bit to keep together with STORE, one symbol at every other position, and ask for it at RECALL', () => {
    for (const { symbols, active, flipped, targets } of sequences) {
      const memory = [...symbols].map((_, k) => symbols[symbols.lastIndexOf(STORE, k) + 1]!);
      const shown = [...symbols].flatMap((symbol, k) => {
        const own = flipped[k] ? 1 - symbol : symbol;
        return [0, 1, 2, 3].map((s) => Number(s === own || (symbol === STORE && s === memory[k])));
      });
      expect(active.join()).toBe(shown.join());
      expect(targets.join()).toBe([...symbols].map((symbol, k) => (symbol === RECALL ? memory[k] : NO_LABEL)).join());
    }
  });

  it('agree with the law of the generator on the share of sequences by number of RECALLs', () => {
    const p = 1 / 7;
    const weight = new Map<number, number>();
    // All patterns of commands of length 12, weighted as drawn (bits do not matter), those kept that are valid.
    const visit = (symbols: number[], last: number, probability: number) => {
      if (symbols.length === 12) {
        if (!isValidSequence(Uint8Array.from(symbols))) return;
        const recalls = symbols.filter((s) => s === RECALL).length;
        weight.set(recalls, (weight.get(recalls) ?? 0) + probability);
        return;
      }
      const next = last === RECALL ? STORE : RECALL;
      visit([...symbols, next], next, probability * p);
      visit([...symbols, 0], last, probability * (1 - p));
    };
    visit([], RECALL, 1);
    const total = [...weight.values()].reduce((sum, w) => sum + w, 0);
    for (const [recalls, w] of weight) {
      const share = w / total;
      const found = sequences.filter(({ symbols }) => symbols.filter((s) => s === RECALL).length === recalls).length;
      // Five standard deviations of a binomial count.
      expect(Math.abs(found - 10_000 * share)).toBeLessThan(5 * Math.sqrt(10_000 * share) + 1);
    }
  });
});

describe('isValidSequence', () => {
  it.each([
    ['2013', true],
    ['0203', true],
    ['203203', true],
    ['0000', false],
    ['3203', false],
    ['2000', false],
    ['2303', false],
    ['2020', false],
    ['2033', false],
    ['2032', false],
  ])('%s → %s', (text, valid) => {
    expect(isValidSequence(Uint8Array.from(text, Number))).toBe(valid);
  });
});

describe('storeRecall batches', () => {
  it('have twelve windows of 200 steps, labelled at RECALL only', () => {
    const { decisions, sequences, steps, inputs } = storeRecall().trainingBatch(new RandomStream(1), 7);
    expect([steps, inputs.input!.time, inputs.input!.batch, inputs.input!.size]).toEqual([2400, 2400, 7, 100]);
    expect([...decisions.start]).toEqual([0, 200, 400, 600, 800, 1000, 1200, 1400, 1600, 1800, 2000, 2200]);
    expect([...decisions.length]).toEqual(Array(12).fill(200));
    for (const [b, { targets }] of sequences.entries()) {
      expect([...targets]).toEqual(Array.from({ length: 12 }, (_, window) => decisions.labels[window * 7 + b]));
    }
  });

  it('fire 50 Hz in the groups that are shown and nowhere else', () => {
    const { inputs, sequences } = storeRecall().trainingBatch(new RandomStream(1), 40);
    const { time, batch, neuron } = inputs.input!.events();
    const isShown = (k: number) =>
      sequences[batch[k]!]!.active[Math.floor(time[k]! / 200) * 4 + Math.floor(neuron[k]! / 25)] === 1;
    expect(neuron.findIndex((_, k) => !isShown(k))).toBe(-1);
    const shown = sequences.reduce((sum, { active }) => sum + active.reduce((a, b) => a + b, 0), 0);
    const expected = shown * 25 * 200 * 0.05;
    // Five standard deviations of a binomial count.
    expect(Math.abs(time.length - expected)).toBeLessThan(5 * Math.sqrt(expected));
  });

  it('are the same for the same stream', () => {
    const make = () => storeRecall().trainingBatch(new RandomStream(9), 3);
    const [a, b] = [make(), make()];
    expect(a.sequences).toEqual(b.sequences);
    expect(Buffer.compare(a.inputs.input!.data, b.inputs.input!.data)).toBe(0);
  });

  it('refuse options that do not fit', () => {
    expect(() => storeRecall({ length: 2 })).toThrow(ParameterError);
    expect(() => storeRecall({ inputSize: 99 })).toThrow('expected an inputSize that is a multiple of 4, got 99');
    expect(() => storeRecall({ symbolDuration: 200, dt: 0.3 })).toThrow(
      'expected a symbolDuration of whole steps of 0.3 ms, got 200',
    );
    expect(() => storeRecall({ rate: 2000 })).toThrow('expected a rate of 0 to 1000 Hz');
    expect(storeRecall({ symbolDuration: 30, dt: 0.1 }).symbolSteps).toBe(300);
  });
});

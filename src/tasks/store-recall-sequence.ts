import type { RandomStream } from '../base/random.ts';
import { NO_LABEL } from '../tensor/batch.ts';

/** Symbols of the store-recall task; 0 and 1 are the bits. */
export const STORE = 2;
export const RECALL = 3;

/** Number of symbols, each with a group of input neurons. */
export const SYMBOLS = 4;

/** One trial of store-recall before it becomes spikes. */
export interface StoreRecallSequence {
  /** Symbol drawn for each position, before any bit is flipped, [length]. */
  readonly symbols: Uint8Array;
  /** 1 where a symbol is shown, [length, symbol]; bits of the input as flipped. */
  readonly active: Uint8Array;
  /** 1 where the shown bit is the opposite of the one drawn (a distractor behind STORE), [length]. */
  readonly flipped: Uint8Array;
  /** Bit to report at each RECALL, else NO_LABEL, [length]. */
  readonly targets: Int32Array;
}

/**
 * Draws a valid sequence.
 *
 * Every position is a bit; after a RECALL (or at the start) it becomes STORE with probability p, after a STORE it becomes
 * RECALL with probability p. Invalid sequences are drawn again. The bit behind a STORE is shown together with it, and is
 * flipped with probability 1/2 when its own turn comes, so that it must be taken at STORE.
 *
 * @param length - positions, at least 3
 * @param probability - p
 */
export function drawStoreRecallSequence(
  random: RandomStream,
  length: number,
  probability: number,
): StoreRecallSequence {
  let symbols = drawSymbols(random, length, probability);
  while (!isValidSequence(symbols)) symbols = drawSymbols(random, length, probability);
  return present(symbols, random);
}

function drawSymbols(random: RandomStream, length: number, probability: number): Uint8Array {
  const symbols = Uint8Array.from({ length }, () => random.integer(2));
  let last = RECALL;
  for (let k = 0; k < length; k++) {
    if (random.uniform() >= probability) continue;
    last = last === RECALL ? STORE : RECALL;
    symbols[k] = last;
  }
  return symbols;
}

/** True if each STORE is followed by a bit and, later, by one RECALL before the next STORE, and there is at least one. */
export function isValidSequence(symbols: Uint8Array): boolean {
  let stored = false;
  let recalls = 0;
  for (const [k, symbol] of symbols.entries()) {
    if (symbol === STORE) {
      if (stored || k + 1 === symbols.length || symbols[k + 1]! >= STORE) return false;
      stored = true;
    } else if (symbol === RECALL) {
      if (!stored) return false;
      stored = false;
      recalls++;
    }
  }
  return recalls > 0 && !stored;
}

function present(symbols: Uint8Array, random: RandomStream): StoreRecallSequence {
  const active = new Uint8Array(symbols.length * SYMBOLS);
  const flipped = new Uint8Array(symbols.length);
  const targets = new Int32Array(symbols.length).fill(NO_LABEL);
  let memory = NO_LABEL;
  for (const [k, symbol] of symbols.entries()) {
    const shown = flipped[k] ? 1 - symbol : symbol;
    active[k * SYMBOLS + shown] = 1;
    if (symbol === STORE) {
      memory = symbols[k + 1]!;
      active[k * SYMBOLS + memory] = 1;
      flipped[k + 1] = random.integer(2);
    } else if (symbol === RECALL) {
      targets[k] = memory;
    }
  }
  return { symbols, active, flipped, targets };
}

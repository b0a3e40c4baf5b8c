/** What the parts of a network tell each other about a window of steps. */
export interface MailShape {
  readonly parts: number;
  /** Words that a part may have to say. */
  readonly capacity: number;
}

/** Bytes between what two threads write. */
const LINE = 64;

/** Words before the letters: whether a part failed, how many sleep, and a line per part for its window. */
const headWords = ({ parts }: MailShape): number => ((2 + parts) * LINE) / 4;

/** Bytes of the memory that a {@link SpikeMail} and a {@link Rendezvous} share: two letters per part, so that one may be written while the other is read. */
export const mailBytes = (shape: MailShape): number => 4 * (headWords(shape) + 2 * shape.parts * shape.capacity);

/**
 * Letters of spikes between the parts of a network: words in a memory that all of them see.
 *
 * A letter is written for window w and read by all parts before any of them writes that of window w + 2.
 */
export class SpikeMail {
  readonly words: Uint32Array;
  readonly parts: number;
  readonly #head: number;
  readonly #capacity: number;

  constructor(buffer: ArrayBufferLike, shape: MailShape) {
    this.words = new Uint32Array(buffer);
    this.parts = shape.parts;
    this.#head = headWords(shape);
    this.#capacity = shape.capacity;
  }

  /** Index of the first word of a part's letter. */
  letter(part: number, window: number): number {
    return this.#head + (2 * part + (window & 1)) * this.#capacity;
  }
}

const FAILED = 0;
const SLEEPERS = LINE / 4;
const windowWord = (part: number): number => (2 + part) * (LINE / 4);

/** Looks at another part before sleeping, about 40 µs: longer than parts of equal size usually differ, about as long as waking takes. */
const SPINS = 2000;

/**
 * Where the parts of a network on several threads wait for each other after every window of steps. A part says in a word of
 * its own how far it is, so that nobody writes what another one writes.
 */
export class Rendezvous {
  readonly #words: Int32Array;
  readonly #parts: number;
  readonly #own: number;
  #idle = 1;

  /** @param part - the part that waits; -1 for one that only calls {@link fail} */
  constructor(buffer: ArrayBufferLike, { parts }: MailShape, part: number) {
    this.#words = new Int32Array(buffer);
    this.#parts = parts;
    this.#own = part;
  }

  /** Says that this part has done window number `window`, and waits until all others have; false if a part failed instead. */
  meet(window: number): boolean {
    const words = this.#words;
    const done = (window + 1) | 0;
    const own = windowWord(this.#own);
    Atomics.store(words, own, done);
    if (Atomics.load(words, SLEEPERS) > 0) Atomics.notify(words, own);
    for (let part = 0; part < this.#parts; part++) {
      if (part !== this.#own && !this.#await(windowWord(part), done)) return false;
    }
    return Atomics.load(words, FAILED) === 0;
  }

  /** Waits until the word is `done` or, of a part that is ahead, one more. */
  #await(word: number, done: number): boolean {
    const words = this.#words;
    for (let spin = 0; spin < SPINS; spin++) {
      if (((Atomics.load(words, word) - done) | 0) >= 0) return true;
      this.#pause();
    }
    Atomics.add(words, SLEEPERS, 1);
    let seen = Atomics.load(words, word);
    while (((seen - done) | 0) < 0 && Atomics.load(words, FAILED) === 0) {
      Atomics.wait(words, word, seen, 1000);
      seen = Atomics.load(words, word);
    }
    Atomics.sub(words, SLEEPERS, 1);
    return ((seen - done) | 0) >= 0;
  }

  /** Divisions that wait for each other: a core with two threads goes on with the other one meanwhile. */
  #pause(): void {
    let x = this.#idle;
    for (let k = 0; k < 4; k++) x = 1 / (x + 1);
    this.#idle = x;
  }

  /** Lets all who wait go, without hope. */
  fail(): void {
    Atomics.store(this.#words, FAILED, 1);
    for (let part = 0; part < this.#parts; part++) Atomics.notify(this.#words, windowWord(part));
  }
}

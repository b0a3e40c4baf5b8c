import { describe, expect, it } from 'vitest';
import { mailBytes, Rendezvous, SpikeMail } from './spike-mail.ts';

const shape = { parts: 3, capacity: 10 };

describe('SpikeMail', () => {
  it('has room for two letters of every part, apart from each other', () => {
    const mail = new SpikeMail(new ArrayBuffer(mailBytes(shape)), shape);
    const starts = [0, 1, 2].flatMap((part) => [mail.letter(part, 4), mail.letter(part, 5)]).sort((a, b) => a - b);
    starts.slice(1).forEach((start, k) => {
      expect(start - starts[k]!).toBe(shape.capacity);
    });
    expect(starts.at(-1)! + shape.capacity).toBe(mail.words.length);
    expect(mail.letter(1, 6)).toBe(mail.letter(1, 4));
  });
});

describe('Rendezvous', () => {
  /** What each part has done: the words that `meet` writes, one by one. */
  function meeting() {
    const buffer = new SharedArrayBuffer(mailBytes(shape));
    const others = [1, 2].map((part) => new Int32Array(buffer, 64 * (2 + part), 1));
    return { one: new Rendezvous(buffer, shape, 0), others, buffer };
  }

  it('goes on when the others have come as far, or one window further', () => {
    const { one, others } = meeting();
    others[0]![0] = 8;
    others[1]![0] = 9;
    expect(one.meet(7)).toBe(true);
  });

  it('counts on beyond 32 bits', () => {
    const { one, others } = meeting();
    for (const word of others) word[0] = -(2 ** 31);
    expect(one.meet(2 ** 31 - 1)).toBe(true);
    for (const word of others) word[0] = 1;
    expect(one.meet(2 ** 32)).toBe(true);
  });

  it('does not wait for a part that failed', () => {
    const { one, buffer } = meeting();
    new Rendezvous(buffer, shape, -1).fail();
    expect(one.meet(0)).toBe(false);
  });
});

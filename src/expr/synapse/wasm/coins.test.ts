import { expect, it } from 'vitest';
import { randomFraction } from '../../../base/random.ts';
import { ModuleBuilder } from '../../wasm/assembler.ts';
import { COIN_GROUP, tossCoins } from './coins.ts';

const [SEED, STREAM, STEP, OUT] = [2 ** 40 + 123456789, 0xfedcba98, 4_000_000_000, 256];

/** The compiled function, with the probability as a number. */
function compiled() {
  const module = new ModuleBuilder({ shared: false, minPages: 1 });
  const index = tossCoins(module);
  module.addFunction(
    ['i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'f32', 'i32'],
    [],
    (code) => {
      for (const k of [0, 1, 2, 3, 4, 5, 6]) code.localGet(k);
      code.localGet(7).f32x4Splat().localGet(8).call(index);
    },
    'toss',
  );
  const memory = new WebAssembly.Memory({ initial: 1 });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(module.toBytes()), { env: { memory } });
  const toss = instance.exports.toss as (...args: number[]) => void;
  return (run: number, places: number, p: number, group = 0): Int8Array => {
    toss(SEED >>> 0, Math.floor(SEED / 2 ** 32), STREAM, STEP, run, group, places, p, OUT);
    return new Int8Array(memory.buffer, OUT, places).slice();
  };
}

const toss = compiled();

// @eq salmon2011philox (Philox-4x32-10)
it.each([1, 10, 16, 17, 64, 100, 128, 129, 1000])('%i coins are those of the reference', (places) => {
  let ties = 0;
  // 0.25 and 3 / 256 leave nothing below the byte; the others do.
  for (const [k, p] of [0.65, 0.25, 3 / 256, 1e-3, 0.9999999].map(Math.fround).entries()) {
    for (let run = 0; run < 40; run++) {
      const fractions = Array.from({ length: places }, (_, i) => randomFraction(SEED, STREAM, STEP, 7 * run + k, i));
      const wanted = fractions.map((fraction) => (fraction < p ? -1 : 0));
      ties += fractions.filter((fraction) => Math.floor(256 * fraction) === Math.floor(256 * p)).length;
      expect([...toss(7 * run + k, places, p)]).toEqual(wanted);
    }
  }
  // One in 256 of the coins needs what is below its byte.
  if (places >= 100) expect(ties).toBeGreaterThan((0.5 * 200 * places) / 256);
});

// A part of a network begins in the middle of a run.
it.each([3, 16, 17, 200])('%i coins from a later group on are those that follow', (places) => {
  for (const p of [0.65, 1e-3]) {
    for (let run = 0; run < 40; run++) {
      const from = toss(run, 3 * COIN_GROUP + places, p).subarray(3 * COIN_GROUP);
      expect(toss(run, places, p, 3)).toEqual(from);
    }
  }
});

it.each([
  [1, -1],
  [1.5, -1],
  [Number.POSITIVE_INFINITY, -1],
  [0, 0],
  [-0.5, 0],
  [Number.NaN, 0],
])('a probability of %d decides all of them', (p, coin) => {
  for (let run = 0; run < 20; run++) expect(new Set(toss(run, 1000, p))).toEqual(new Set([coin]));
});

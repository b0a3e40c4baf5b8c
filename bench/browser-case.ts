import { lsnnEngine } from './lsnn-engine.ts';

/** Least wall milliseconds of ten forward and backward passes, and a checksum of the gradients' bits. */
export function browserCase(): { ms: number; checksum: number } {
  const engine = lsnnEngine({ batch: 32, neurons: 100, steps: 500, gain: 0.36 });
  let ms = Number.POSITIVE_INFINITY;
  for (let k = 0; k < 10; k++) {
    const start = performance.now();
    engine.reset();
    engine.forward();
    engine.backward();
    ms = Math.min(ms, performance.now() - start);
  }
  let checksum = 0;
  for (const { gradient, count } of Object.values(engine.layout.projections)) {
    for (const word of engine.words(gradient, count)) checksum = (Math.imul(checksum, 31) + word) >>> 0;
  }
  return { ms, checksum };
}

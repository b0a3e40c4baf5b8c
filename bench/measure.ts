import type { Engine } from 'volley';

/** Least CPU seconds (user + system) of `repeats` calls, after one that warms up. */
export function cpuSeconds(repeats: number, run: () => void): number {
  run();
  let best = Number.POSITIVE_INFINITY;
  for (let k = 0; k < repeats; k++) {
    const before = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) / 1e6);
  }
  return best;
}

/** As {@link cpuSeconds}, of calls that give a promise. */
export async function cpuSecondsAsync(repeats: number, run: () => Promise<unknown>): Promise<number> {
  await run();
  let best = Number.POSITIVE_INFINITY;
  for (let k = 0; k < repeats; k++) {
    const before = process.cpuUsage();
    await run();
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) / 1e6);
  }
  return best;
}

/** Multiply-adds per second, as FLOP/s, of C[m, n] = A[m, k] · B[k, n] in an engine's memory, given three addresses. */
export function gemmRate(
  engine: Engine,
  m: number,
  n: number,
  k: number,
  [a, b, c]: readonly [number, number, number],
): number {
  const calls = Math.max(1, Math.round(4e8 / (2 * m * n * k)));
  const seconds = cpuSeconds(5, () => {
    for (let i = 0; i < calls; i++) engine.kernels.gemmNN(m, n, k, a, k, b, n, c, n, 0);
  });
  return (2 * m * n * k * calls) / seconds;
}

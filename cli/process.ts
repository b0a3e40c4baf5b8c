/** Whether another process of this number is there. Numbers are reused: a yes is a likelihood, a no is certain. */
export function isAlive(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/**
 * Turns Ctrl-C and SIGTERM into a stop request; the second one ends the process at once.
 *
 * @param onStop - called at the first signal
 * @param onSecond - called right before the process ends
 */
export function stopOnSignals(onStop: () => void, onSecond: () => void): { signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const handle = () => {
    if (controller.signal.aborted) {
      onSecond();
      process.exit(130);
    }
    controller.abort();
    onStop();
  };
  process.on('SIGINT', handle);
  process.on('SIGTERM', handle);
  return {
    signal: controller.signal,
    release() {
      process.off('SIGINT', handle);
      process.off('SIGTERM', handle);
    },
  };
}

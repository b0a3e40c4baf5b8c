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

/** What a shell reports of a program that a closed pipe ended: 128 + SIGPIPE. */
const CLOSED_PIPE = 141;

/** Ends the process without a word when nobody reads its output any more, as in `volley runs | head -1`. */
export function exitOnClosedPipe(...outputs: readonly NodeJS.WriteStream[]): void {
  for (const output of outputs) {
    output.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(CLOSED_PIPE);
      throw error;
    });
  }
}

/** npm passes Ctrl-C on to a process that the terminal has told already; signals this close in ms are one. */
const SAME_SIGNAL = 500;

/**
 * Turns Ctrl-C and SIGTERM into a stop request; the second one ends the process at once.
 *
 * @param onStop - called at the first signal
 * @param onSecond - called right before the process ends
 */
export function stopOnSignals(onStop: () => void, onSecond: () => void): { signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  let first = 0;
  const handle = () => {
    if (controller.signal.aborted) {
      if (performance.now() - first < SAME_SIGNAL) return;
      onSecond();
      process.exit(130);
    }
    first = performance.now();
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

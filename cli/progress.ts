import type { SingleBar } from 'cli-progress';
import { formatDuration, type LogRecord } from 'volley/io';
import type { Output } from './terminal.ts';

/** Shows how far a run is. */
export interface Progress {
  phase(name: string): void;
  update(done: number, total: number, fields?: LogRecord): void;
  /** Writes a line of its own, without tearing the bar. */
  line(text: string): void;
  stop(): void;
}

/** Plain lines come at most this often. */
const LINE_INTERVAL = 2000;

/** A bar on a terminal, plain lines elsewhere. */
export async function createProgress(output: Output): Promise<Progress> {
  return output.isTTY ? barProgress(output) : lineProgress(output);
}

/** Rate and time left of a phase, from its first report on: a resumed run does not count what was done before. */
export class Pace {
  #start: { readonly time: number; readonly done: number } | undefined;

  reset(): void {
    this.#start = undefined;
  }

  /** Text such as "41.2/s ETA 1 min 34 s"; empty until there is something to measure. `now` in ms. */
  describe(done: number, total: number, now: number): string {
    this.#start ??= { time: now, done };
    const seconds = (now - this.#start.time) / 1000;
    const steps = done - this.#start.done;
    if (seconds <= 0 || steps <= 0) return '';
    const rate = steps / seconds;
    const shown = rate >= 1 ? `${Number(rate.toPrecision(3))}/s` : `${formatDuration(1 / rate)} each`;
    return done < total ? `${shown} ETA ${formatDuration((total - done) / rate)}` : shown;
  }
}

const describeFields = (fields: LogRecord = {}): string =>
  Object.entries(fields)
    .map(([name, value]) => `${name} ${typeof value === 'number' ? Number(value.toPrecision(4)) : value}`)
    .join('  ');

function lineProgress(output: Output): Progress {
  const pace = new Pace();
  let name = '';
  let last = -Infinity;
  return {
    phase(next) {
      name = next;
      last = -Infinity;
      pace.reset();
      output.write(`${next}\n`);
    },
    update(done, total, fields) {
      const now = performance.now();
      const speed = pace.describe(done, total, now);
      if (now - last < LINE_INTERVAL && done < total) return;
      last = now;
      const share = `${((100 * done) / Math.max(total, 1)).toFixed(1)} %`;
      output.write(`${[name, `${done}/${total}`, share, speed, describeFields(fields)].filter(Boolean).join('  ')}\n`);
    },
    line(text) {
      output.write(`${text}\n`);
    },
    stop() {},
  };
}

async function barProgress(output: Output): Promise<Progress> {
  const { default: cliProgress } = await import('cli-progress');
  const pace = new Pace();
  let name = '';
  let bar: SingleBar | undefined;
  const stop = () => {
    bar?.stop();
    bar = undefined;
  };
  return {
    phase(next) {
      stop();
      name = next;
      pace.reset();
    },
    update(done, total, fields) {
      const payload = { name, pace: pace.describe(done, total, performance.now()), fields: describeFields(fields) };
      if (bar) {
        bar.setTotal(total);
        bar.update(done, payload);
        return;
      }
      const stream = output as NodeJS.WriteStream;
      const format = '{name} {bar} {value}/{total}  {pace}  {fields}';
      bar = new cliProgress.SingleBar(
        { stream, format, barsize: 24, hideCursor: true },
        cliProgress.Presets.shades_classic,
      );
      bar.start(total, done, payload);
    },
    line(text) {
      stop();
      output.write(`${text}\n`);
    },
    stop,
  };
}

import {
  type CheckpointState,
  Interrupted,
  type Paper,
  publishedValues,
  ReportBuilder,
  type RunContext,
  type RunFolder,
  type RunResult,
  type RunStatus,
  renderReport,
  resolveSettings,
} from 'volley/io';
import type { Progress } from './progress.ts';

export interface RunnerOptions {
  readonly workers: number;
  /** Shortest time between two checkpoints in seconds; 0 saves at every call. */
  readonly checkpointEvery: number;
  readonly progress: Progress;
  /** Aborted when the run should save and stop. */
  readonly stop: AbortSignal;
}

/**
 * Runs a paper in its folder: restores the last checkpoint if there is one, and leaves result.json and report.html.
 *
 * @throws Interrupted if `stop` was aborted; the folder then resumes
 */
export async function runPaper(paper: Paper, folder: RunFolder, options: RunnerOptions): Promise<RunResult> {
  const session = new Session(paper, folder, options);
  session.writeStatus('running');
  try {
    const restored = folder.restore();
    const report = new ReportBuilder();
    const { metrics } = await paper.run(createContext(paper, folder, session, report, restored));
    const { id, preset, seed } = folder.config;
    const seconds = Math.round(1000 * session.seconds) / 1000;
    const result: RunResult = {
      ...{ id, preset, seed, seconds, metrics },
      ...{ paper: publishedValues(paper.claims), run: folder.path },
    };
    const html = await renderReport({ paper, config: folder.config, result, sections: report.sections });
    folder.writeReport(html);
    folder.writeResult(result);
    session.writeStatus('done');
    return result;
  } catch (error) {
    session.end(error instanceof Interrupted ? 'interrupted' : 'failed');
    throw error;
  } finally {
    options.progress.stop();
  }
}

/** What the context of a run remembers between calls. */
class Session {
  readonly options: RunnerOptions;
  readonly #folder: RunFolder;
  readonly #started = performance.now();
  readonly #before: number;
  #lastSave = performance.now();
  #status: Pick<RunStatus, 'phase' | 'done' | 'total'> = { phase: '', done: 0, total: 0 };

  constructor(paper: Paper, folder: RunFolder, options: RunnerOptions) {
    this.options = options;
    this.#folder = folder;
    this.#before = folder.status?.seconds ?? 0;
    this.#status = { ...this.#status, phase: `starting ${paper.id}` };
  }

  /** Time spent on the run so far, over all sessions. */
  get seconds(): number {
    return this.#before + (performance.now() - this.#started) / 1000;
  }

  phase(phase: string): void {
    this.#status = { phase, done: 0, total: 0 };
    this.options.progress.phase(phase);
  }

  update(done: number, total: number): void {
    this.#status = { ...this.#status, done, total };
  }

  get saveIsDue(): boolean {
    return performance.now() - this.#lastSave >= 1000 * this.options.checkpointEvery;
  }

  save(state: CheckpointState): void {
    this.#folder.saveCheckpoint(state);
    this.writeStatus('running');
    this.#lastSave = performance.now();
  }

  writeStatus(state: RunStatus['state']): void {
    this.#folder.writeStatus({ state, pid: process.pid, seconds: this.seconds, ...this.#status });
  }

  /** Notes how the run ended. On a full disk that fails too, and the first error is the one to show. */
  end(state: 'interrupted' | 'failed'): void {
    try {
      this.writeStatus(state);
    } catch {
      // The run's own error is already on its way to the user.
    }
  }
}

function createContext(
  paper: Paper,
  folder: RunFolder,
  session: Session,
  report: ReportBuilder,
  restored: CheckpointState | undefined,
): RunContext {
  const { config } = folder;
  const { options } = session;
  return {
    preset: config.preset,
    seed: config.seed,
    settings: resolveSettings(paper, config.preset, config.settings),
    workers: options.workers,
    report,
    restored,
    get stopRequested() {
      return options.stop.aborted;
    },
    phase: (name) => session.phase(name),
    progress(done, total, fields) {
      session.update(done, total);
      options.progress.update(done, total, fields);
    },
    log: (record) => folder.log(record),
    history: () => folder.history,
    async checkpoint(save, { force = false } = {}) {
      // A training loop never returns to the event loop by itself; without this turn no signal would arrive.
      await new Promise((resolve) => setImmediate(resolve));
      const stopping = options.stop.aborted;
      if (force || stopping || session.saveIsDue) session.save(await save());
      if (stopping) throw new Interrupted();
    },
    interrupted: () => new Interrupted(),
  };
}

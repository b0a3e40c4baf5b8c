import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UnsupportedError } from '../base/errors.ts';
import { checkedOptions } from '../base/options.ts';
import type { GraphRuntime } from '../convert/runtime.ts';
import { type OnnxModule, onnxRuntime } from '../onnx/index.ts';

/** The package that executes linear operators in Node. It is optional: only conversion needs it. */
const PACKAGE = 'onnxruntime-node';

export interface NodeRuntimeOptions {
  /** Threads per operator; 1 by default. */
  readonly threads?: number;
}

/**
 * onnxruntime in Node, which runs the linear operators of converted networks and writes results straight into the memory of a runner.
 *
 * @throws UnsupportedError if the package `onnxruntime-node` is not installed
 * @example
 * const runtime = await nodeRuntime();
 */
export async function nodeRuntime(options: NodeRuntimeOptions = {}): Promise<GraphRuntime> {
  const { threads = 1 } = checkedOptions('nodeRuntime', options, ['threads']);
  return onnxRuntime(await loadPackage(), { threads, throughFile });
}

async function throughFile(write: (path: string) => Promise<void>): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), 'volley-graph-'));
  try {
    const path = join(folder, 'graph.onnx');
    await write(path);
    return await readFile(path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function loadPackage(): Promise<OnnxModule> {
  try {
    const loaded: { readonly default?: OnnxModule } & OnnxModule = await import(PACKAGE);
    return loaded.default ?? loaded;
  } catch (error) {
    throw new UnsupportedError('nodeRuntime', `expected the package ${PACKAGE}, got ${reasonOf(error)}`, {
      hint: `npm install ${PACKAGE}`,
      fields: { package: PACKAGE },
    });
  }
}

function reasonOf(error: unknown): string {
  const isMissing = error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND';
  return isMissing ? 'none' : `one that does not load: ${String(error).split('\n')[0]}`;
}

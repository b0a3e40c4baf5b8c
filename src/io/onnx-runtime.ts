import { UnsupportedError } from '../base/errors.ts';
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
export async function nodeRuntime({ threads = 1 }: NodeRuntimeOptions = {}): Promise<GraphRuntime> {
  return onnxRuntime(await loadPackage(), { threads });
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

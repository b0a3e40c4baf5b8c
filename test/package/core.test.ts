import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { root } from './project.ts';

const LIMIT_KB = 250;

/** Bundles code that imports Volley, for browsers: an import of a Node module is an error there. */
async function bundle(contents: string) {
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: root },
    ...{ bundle: true, minify: true, format: 'esm', platform: 'browser', target: 'es2022' },
    ...{ write: false, metafile: true, logLevel: 'silent' },
  });
  return { code: outputFiles[0]!.contents, inputs: Object.keys(metafile.inputs).filter((path) => path !== '<stdin>') };
}

describe('the core', () => {
  it('is at most 250 KB, gzipped', async () => {
    const { code } = await bundle("export * from 'volley';");
    const size = gzipSync(code).length / 1024;
    // The kernels alone are above 5 KB: less means that nothing was bundled.
    expect(size).toBeGreaterThan(5);
    expect(size).toBeLessThanOrEqual(LIMIT_KB);
  });

  it('consists of its own modules: no dependency, nothing of io', async () => {
    const { inputs } = await bundle("export * from 'volley';\nexport * from 'volley/kernels';");
    expect(inputs).toContain('dist/src/learning/trainer.js');
    expect(inputs.filter((path) => !path.startsWith('dist/src/') || path.startsWith('dist/src/io/'))).toEqual([]);
  });

  it('leaves out what a program does not use', async () => {
    const { inputs, code } = await bundle("import { exp } from 'volley/base';\nconsole.log(exp(1));");
    expect(inputs).toContain('dist/src/base/math.js');
    // sideEffects: false lets a bundler drop the other modules of the layer.
    expect(code.length).toBeLessThan(10_000);
  });

  it('cannot be bundled for a browser together with io, so the check above can fail', async () => {
    await expect(bundle(`export * from '${join(root, 'dist/src/io/index.js')}';`)).rejects.toThrow(/node:/);
  });
});

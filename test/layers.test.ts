import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { importCycles, type SourceFile } from './layers/imports.ts';
import { isTest, layerViolations, type PackageFacts } from './layers/rules.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const FOLDERS = ['src', 'papers', 'cli', 'bench', 'examples', 'test'];
// AssemblyScript, Python's environment and inlined binaries are not modules of the package.
const FOREIGN = new Set(['assembly', 'peers', 'generated', 'node_modules', 'results']);

function modulesUnder(folder: string): SourceFile[] {
  return readdirSync(`${root}/${folder}`, { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return FOREIGN.has(entry.name) ? [] : modulesUnder(path);
    return /\.ts$/.test(path) ? [{ path, text: readFileSync(`${root}/${path}`, 'utf8') }] : [];
  });
}

function packageFacts(): PackageFacts {
  const { exports, dependencies, peerDependencies } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'));
  return {
    names: Object.keys(exports).map((name) => name.replace(/^\./, 'volley')),
    dependencies: [...Object.keys(dependencies), ...Object.keys(peerDependencies)],
  };
}

const facts = packageFacts();
const present = new Set(readdirSync(root));
const files = FOLDERS.filter((folder) => present.has(folder)).flatMap(modulesUnder);

describe('layers', () => {
  it('finds the files it is about', () => {
    expect(files.length).toBeGreaterThan(100);
    expect(files.map(({ path }) => path)).toContain('src/learning/trainer.ts');
  });

  it('are imported leftwards only', () => {
    expect(layerViolations(files, facts)).toEqual([]);
  });

  it('have no circular imports', () => {
    expect(importCycles(files.filter(({ path }) => !isTest(path)))).toEqual([]);
  });
});

describe('a planted violation is found', () => {
  const broken = (path: string, text: string) => layerViolations([{ path, text }], facts);

  it.each([
    ['src/expr/x.ts', "import { y } from '../network/index.ts';", 'expr may only import layers to its left'],
    ['src/expr/x.ts', "import type { Y } from '../network/index.ts';", 'expr may only import layers to its left'],
    ['src/neurons/x.ts', "export * from '../synapses/y.ts';", 'neurons may only import layers to its left'],
    ['src/learning/x.ts', "const y = await import('../tasks/y.ts');", 'learning may only import layers to its left'],
    ['src/tensor/x.ts', 'import {\n  y,\n} from "node:fs";', 'the core imports nothing but itself'],
    ['src/tensor/x.ts', "import 'zod';", 'the core imports nothing but itself'],
    ['src/tensor/x.ts', "import { y } from '../io/index.ts';", 'the core runs in browsers and does not import io'],
    ['src/tensor/x.ts', "import { y } from '../index.ts';", 'src/index.ts is for users; import the layer'],
    ['src/tensor/x.ts', "import { y } from './y.test.ts';", 'code that ships does not import test code'],
    ['src/odd/x.ts', "import { y } from '../base/y.ts';", 'layer "odd" has no place in the order'],
    ['src/onnx/x.ts', "import { y } from 'zod';", 'the core imports nothing but itself and protobufjs'],
    ['src/onnx/x.ts', "import { y } from '../tensor/y.ts';", 'onnx may only import base and convert'],
    ['src/convert/x.ts', "import { y } from '../onnx/y.ts';", 'convert may only import layers to its left'],
    ['src/convert/x.ts', "import y from 'protobufjs/light.js';", 'the core imports nothing but itself'],
    ['src/io/x.ts', "import { y } from 'playwright-core';", 'not among the dependencies of package.json'],
    ['src/io/x.ts', "import { y } from '../../papers/y.ts';", 'src imports nothing outside of src'],
    ['papers/a/x.ts', "import { y } from '../../src/expr/index.ts';", 'use the public name'],
    ['papers/a/x.ts', "import { y } from '../../cli/y.ts';", 'papers does not import cli'],
    ['examples/x.ts', "import { y } from 'volley/src/expr';", 'no public name (volley, '],
    ['test/x.test.ts', "import { y } from '../src/expr/index.ts';", 'use the public name'],
  ])('%s: %s', (path, text, rule) => {
    const found = broken(path, text);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(rule);
  });

  it.each([
    ['src/learning/x.ts', "import { y } from '../base/y.ts';"],
    ['src/io/x.ts', "import { y } from '../tasks/y.ts';\nimport 'node:fs';"],
    ['src/io/x.ts', "import y from 'comlink/dist/esm/node-adapter.mjs';"],
    ['src/onnx/x.ts', "import y from 'protobufjs/light.js';\nimport type { Z } from '../convert/runtime.ts';"],
    ['src/base/x.ts', "// import { y } from '../tasks/y.ts';\n/** import '../tasks/y.ts' */"],
    ['src/base/x.ts', "const text = `import { y } from '../tasks/y.ts'`;"],
    ['papers/a/x.ts', "import { y } from 'volley/io';\nimport { z } from '../b/z.ts';"],
    ['test/conformance/x.test.ts', "import { y } from '../../src/kernels/y.ts';"],
  ])('and nothing else: %s: %s', (path, text) => {
    expect(broken(path, text)).toEqual([]);
  });

  it('as is a circle, through types as well', () => {
    const circle = [
      { path: 'src/base/a.ts', text: "import type { B } from './b.ts';" },
      { path: 'src/base/b.ts', text: "export { c } from './c.ts';" },
      { path: 'src/base/c.ts', text: "import { a } from '../base/a.ts';" },
      { path: 'src/base/d.ts', text: "import { a } from './a.ts';" },
    ];
    expect(importCycles(circle)).toEqual([['src/base/a.ts', 'src/base/b.ts', 'src/base/c.ts']]);
    expect(importCycles(circle.slice(1))).toEqual([]);
  });
});

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { transform } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codeAfter, packageJson, root, run } from './project.ts';

const HEADING = '## A network in 20 lines';
const TSC = join(root, 'node_modules/typescript/bin/tsc');

/** A project of a stranger: strict, ESM, no types of Node. */
const TSC_OPTIONS = [
  ...['--noEmit', '--strict', '--target', 'es2022', '--module', 'nodenext', '--moduleResolution', 'nodenext'],
  ...['--types', '', '--ignoreConfig'],
];

const names = Object.keys(packageJson.exports)
  .filter((name) => name !== './package.json')
  .map((name) => name.replace(/^\./, packageJson.name));

let temporary = '';
let project = '';
let packed: readonly string[] = [];

const write = (name: string, text: string) => writeFileSync(join(project, name), text);
const node = (...args: string[]) => run(process.execPath, args, project);

describe('the packed package, installed in an empty folder', () => {
  beforeAll(() => {
    temporary = mkdtempSync(join(tmpdir(), 'volley-package-'));
    project = join(temporary, 'project');
    mkdirSync(project);
    const [pack] = JSON.parse(
      run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', temporary], root),
    );
    packed = pack.files.map(({ path }: { path: string }) => path);
    write('package.json', '{ "private": true, "type": "module" }');
    const quiet = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
    run('npm', ['install', ...quiet, join(temporary, pack.filename)], project);
  }, 240_000);

  afterAll(() => rmSync(temporary, { recursive: true, force: true }));

  it('holds what users need and nothing else', () => {
    expect(packed).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'CHANGELOG.md', 'dist/cli/main.js']));
    const strange = packed.filter((path) => path.startsWith('dist/') && !/\.(js|d\.ts)$/.test(path));
    expect(strange).toEqual([]);
    expect(packed.filter((path) => /\.test\.|node_modules|\.venv/.test(path))).toEqual([]);
  });

  it('gives every public name a module', () => {
    write('names.js', names.map((name, k) => `import * as m${k} from '${name}';\nprint('${name}', m${k});`).join('\n'));
    const body = readFileSync(join(project, 'names.js'), 'utf8');
    write('names.js', `${body}\nfunction print(name, module) { console.log(name, Object.keys(module).length); }`);
    const counts = node('names.js').trim().split('\n');
    expect(counts).toHaveLength(names.length);
    for (const line of counts) expect(Number(line.split(' ')[1]), line).toBeGreaterThan(0);
  });

  it('gives every public name of the core types that stand without a library', () => {
    const core = names.filter((name) => name !== 'volley/io');
    write('types.ts', `${core.map((name, k) => `export * as m${k} from '${name}';`).join('\n')}\n`);
    node(TSC, ...TSC_OPTIONS, 'types.ts');
  });

  it('gives types that notice a misspelt parameter', () => {
    write('misspelt.ts', "import { alif } from 'volley';\nalif({ tuaA: 700 });\n");
    expect(() => node(TSC, ...TSC_OPTIONS, 'misspelt.ts')).toThrow(/tuaA/);
  });

  it("runs the README's example, and its types hold", async () => {
    const example = codeAfter(readFileSync(join(root, 'README.md'), 'utf8'), HEADING);
    expect(example.trim().split('\n').length).toBeLessThanOrEqual(25);
    write('example.ts', example);
    node(TSC, ...TSC_OPTIONS, 'example.ts');
    write('example.js', (await transform(example, { loader: 'ts', format: 'esm' })).code);
    expect(node('example.js').trim()).not.toBe('');
  });

  it('has a command', () => {
    const listed = run(join(project, 'node_modules/.bin/volley'), ['list', '--json'], project)
      .trim()
      .split('\n')
      .at(-1)!;
    expect(JSON.stringify(JSON.parse(listed))).toContain('bellec2018lsnn');
  });
});

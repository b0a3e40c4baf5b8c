import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string) => readFileSync(join(root, path), 'utf8');

/** Paths under a folder of the project, by ending. */
const filesUnder = (folder: string, ending: RegExp): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
    .filter((path) => ending.test(path) && !/node_modules|\.venv|\/results\//.test(path));

function equations(...args: string[]): { status: number | null; message: string } {
  const { status, stderr } = spawnSync(process.execPath, [join(root, 'scripts/equations.mjs'), ...args], {
    encoding: 'utf8',
  });
  return { status, message: stderr.trim() };
}

describe('docs/equations.md', () => {
  it('is up to date', () => {
    expect(equations('--check')).toEqual({ status: 0, message: '' });
  });

  describe('on a small project', () => {
    let project = '';
    const source = (text: string) => writeFileSync(join(project, 'src/x.ts'), text);

    beforeEach(() => {
      project = mkdtempSync(join(tmpdir(), 'volley-docs-'));
      mkdirSync(join(project, 'src'));
      mkdirSync(join(project, 'docs'));
      cpSync(join(root, 'docs/references.bib'), join(project, 'docs/references.bib'));
      source('/**\n * Half.\n *\n * @eq kingma2015adam (7)\n */\nexport const half = (x: number) => x / 2;\n');
      writeFileSync(join(project, 'src/x.test.ts'), "import { half } from './x.ts';\n");
      expect(equations('--root', project)).toEqual({ status: 0, message: '' });
    });

    afterEach(() => rmSync(project, { recursive: true, force: true }));

    it('names equation, symbol, place and test', () => {
      const page = readFileSync(join(project, 'docs/equations.md'), 'utf8');
      expect(page).toContain('## kingma2015adam');
      expect(page).toContain('| (7) | `half` | [src/x.ts:4](../src/x.ts#L4) | [src/x.test.ts](../src/x.test.ts) |');
    });

    it('lists the tests that carry the tag, not those that use what they do not test', () => {
      writeFileSync(join(project, 'src/uses.test.ts'), "import { half } from './x.ts';\n");
      writeFileSync(join(project, 'src/far.test.ts'), "// @eq kingma2015adam (7)\nit('halves', () => {});\n");
      expect(equations('--root', project)).toEqual({ status: 0, message: '' });
      const page = readFileSync(join(project, 'docs/equations.md'), 'utf8');
      expect(page).toContain('[src/far.test.ts](../src/far.test.ts), [src/x.test.ts](../src/x.test.ts) |');
      expect(page).not.toContain('uses.test.ts');
    });

    it('a test with the tag of no equation is an error', () => {
      writeFileSync(join(project, 'src/far.test.ts'), '\n// @eq kingma2015adam (70)\n');
      expect(equations('--root', project)).toEqual({
        status: 1,
        message: 'equations: src/far.test.ts:2: expected the tag of an equation, got kingma2015adam (70)',
      });
    });

    it('a moved line makes it stale', () => {
      appendFileSync(join(project, 'src/x.ts'), '/** @eq kingma2015adam (8) */\nexport const two = 2;\n');
      expect(equations('--check', '--root', project)).toEqual({
        status: 1,
        message: 'equations: docs/equations.md is stale (run `npm run docs`)',
      });
    });

    it('an unknown key is an error that lists the known ones', () => {
      source('/** @eq nobody1900 (1) */\nexport const one = 1;\n');
      const { status, message } = equations('--root', project);
      expect(status).toBe(1);
      expect(message).toMatch(/^equations: src\/x\.ts:1: unknown key "nobody1900" \(known: bellec2018deepr, .*\)$/);
    });
  });
});

describe('documents', () => {
  const pages = [
    ...readdirSync(root).filter((name) => name.endsWith('.md')),
    ...filesUnder('docs', /\.md$/),
    ...filesUnder('papers', /\.md$/),
    ...filesUnder('bench', /\.md$/),
  ];

  it.each(pages)('%s: relative links lead somewhere', (page) => {
    const text = read(page).replace(/```[\s\S]*?```/g, '');
    const links = [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map((match) => match[1]!);
    const broken = links.filter((link) => !/^[a-z]+:/.test(link) && !existsSync(join(root, dirname(page), link)));
    expect(broken).toEqual([]);
  });

  it('models cite known references', () => {
    const known = new Set([...read('docs/references.bib').matchAll(/^@\w+\{([^,\s]+),/gm)].map((match) => match[1]!));
    const cited = filesUnder('src', /neurons\/.*\.ts$|synapses\/.*\.ts$/).flatMap((path) =>
      [...read(path).matchAll(/\bcite: '([^']+)'/g)].map((match) => match[1]!),
    );
    expect(cited.length).toBeGreaterThan(0);
    expect(cited.filter((key) => !known.has(key))).toEqual([]);
  });

  it('every library has its reason written down', () => {
    const { dependencies, devDependencies } = JSON.parse(read('package.json'));
    const reasons = read('docs/decisions/0006-comlink-and-other-libraries.md');
    const libraries = Object.keys({ ...dependencies, ...devDependencies }).filter(
      (name) => !name.startsWith('@types/'),
    );
    const rows = reasons.split('\n').filter((line) => line.startsWith('| '));
    const written = rows.flatMap((line) =>
      line
        .split('|')[1]!
        .split(',')
        .map((name) => name.trim()),
    );
    expect(libraries.filter((name) => !written.includes(name))).toEqual([]);
  });

  it('the changelog knows the version of the package', () => {
    const { version } = JSON.parse(read('package.json'));
    expect(read('CHANGELOG.md')).toMatch(new RegExp(`^## \\[${version.replaceAll('.', '\\.')}\\]`, 'm'));
  });
});

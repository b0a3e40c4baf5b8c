// Makes a checkout ready to run: `node scripts/setup.mjs [--browser]`. Installs packages and builds, each only when
// something changed; with --browser it also sees to a Chromium for the browser tests. Needs Node and npm only.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findChromium } from './chromium.mjs';

const OLDEST_NODE = 20;
const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Everything that decides what dist/ holds. */
const SOURCES = [
  ...['src', 'papers', 'cli', 'bench', 'examples'],
  ...['scripts/build.mjs', 'scripts/build-kernels.mjs', 'tsconfig.json', 'tsconfig.build.json', 'package-lock.json'],
];
const PRODUCTS = ['dist/src/index.js', 'src/kernels/generated/plain.ts', 'src/kernels/generated/relaxed.ts'];
const NO_SOURCES = new Set(['generated', 'node_modules', 'results', 'peers']);
const STAMP = 'node_modules/.cache/volley/build';

try {
  checkNode();
  if (!packagesAreCurrent()) install();
  const sources = sourcesHash();
  if (!buildIsCurrent(sources)) build(sources);
  if (process.argv.includes('--browser') && process.env.VOLLEY_SKIP_BROWSER !== '1') provideBrowser();
} catch (error) {
  console.error(`setup: ${error.message}`);
  process.exitCode = 1;
}

function checkNode() {
  if (Number.parseInt(process.versions.node, 10) < OLDEST_NODE) {
    throw new Error(
      `expected Node ${OLDEST_NODE} or newer, got ${process.versions.node} (install one from nodejs.org)`,
    );
  }
}

/** Whether every package of the lock file is installed in its version. */
function packagesAreCurrent() {
  const wanted = readJson('package-lock.json')?.packages ?? {};
  const installed = readJson('node_modules/.package-lock.json')?.packages;
  if (!installed) return false;
  return Object.entries(wanted).every(
    ([path, { version, optional }]) => path === '' || optional || installed[path]?.version === version,
  );
}

/** Installs the versions of the lock file. `npm ci` would refuse one that lacks the binaries of other platforms. */
function install() {
  const options = ['--no-save', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  step('installing packages', () => npm(['install', ...options]), 'check the network, then run `npm install`');
}

function buildIsCurrent(sources) {
  if (![STAMP, ...PRODUCTS].every((path) => existsSync(join(root, path)))) return false;
  return readFileSync(join(root, STAMP), 'utf8') === stamp(sources);
}

/** Dates the build, so that one by hand, whose sources are unknown here, does not count as current. */
function stamp(sources) {
  return `${sources} ${statSync(join(root, PRODUCTS[0])).mtimeMs}`;
}

function build(sources) {
  step('building', () => run(process.execPath, ['scripts/build.mjs']), 'run `npm run build` for all messages');
  mkdirSync(dirname(join(root, STAMP)), { recursive: true });
  writeFileSync(join(root, STAMP), stamp(sources));
}

function provideBrowser() {
  if (findChromium()) return;
  const apt = process.platform === 'linux' && process.getuid() === 0 && existsSync('/usr/bin/apt-get');
  const hint = 'the browser tests will fail: install Chromium, set CHROMIUM_PATH, or set VOLLEY_SKIP_BROWSER=1';
  if (process.env.CHROMIUM_PATH || !apt) {
    console.error(`setup: no Chromium ${process.env.CHROMIUM_PATH ? 'at CHROMIUM_PATH' : 'found'}; ${hint}`);
    return;
  }
  try {
    step('installing Chromium', installChromium, hint);
  } catch (error) {
    console.error(`setup: ${error.message}`);
  }
}

function installChromium() {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const update = run('apt-get', ['update'], { env });
  return update.status === 0
    ? run('apt-get', ['install', '-y', '--no-install-recommends', 'chromium'], { env })
    : update;
}

/** Runs one step and says in one line what it was and how long it took; its own output shows on failure only, cut to one line. */
function step(name, action, hint) {
  const from = performance.now();
  const { status, error, stdout, stderr } = action();
  if (status === 0) {
    console.log(`setup: ${name}: done in ${((performance.now() - from) / 1000).toFixed(0)} s`);
    return;
  }
  throw new Error(`${name} failed: ${error?.message ?? firstError(`${stdout}\n${stderr}`)} (${hint})`);
}

function firstError(output) {
  const lines = output.split('\n').map((line) => line.trim());
  const said = lines.filter((line) => !/^(npm (error|ERR!))?( (code|errno|syscall|type|path) .*)?$/.test(line));
  return said.find((line) => /error|ERR!|^E:/i.test(line)) ?? said.at(-1) ?? 'no message';
}

function npm(args) {
  // Under `npm run` the path of npm's own script is known, which needs no shell on any platform.
  const script = process.env.npm_execpath;
  if (script?.endsWith('.js')) return run(process.execPath, [script, ...args]);
  return run('npm', args, { shell: process.platform === 'win32' });
}

function run(command, args, options = {}) {
  return spawnSync(command, args, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 26, ...options });
}

function readJson(path) {
  const file = join(root, path);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}

/** A digest of paths and contents, so that neither a checkout nor a copy, which both change dates, causes a build. */
function sourcesHash() {
  const hash = createHash('sha256');
  for (const path of SOURCES.flatMap(filesUnder).sort()) {
    hash
      .update(`${path}\0`)
      .update(readFileSync(join(root, path)))
      .update('\0');
  }
  return hash.digest('hex');
}

function filesUnder(path) {
  if (!existsSync(join(root, path))) return [];
  if (/\.(ts|mjs|json)$/.test(path)) return path.endsWith('.test.ts') ? [] : [path];
  return readdirSync(join(root, path), { withFileTypes: true }).flatMap((entry) => {
    const child = `${path}/${entry.name}`;
    if (entry.isDirectory()) return NO_SOURCES.has(entry.name) || entry.name.startsWith('.') ? [] : filesUnder(child);
    return /\.(ts|json)$/.test(entry.name) ? filesUnder(child) : [];
  });
}

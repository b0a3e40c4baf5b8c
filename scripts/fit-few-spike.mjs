// Fits the few-spike neurons that ship with the package and writes src/convert/few-spike/shipped/tables.ts:
// `node scripts/fit-few-spike.mjs [--only silu/gaussian,tanh/uniform] [--steps 4,8] [--evaluations N] [--tries N] [--seed N]`
// after `npm run build`. Searches start from the shipped neuron, from that of one step less, from that of one step more without each of
// its steps, and from those of related functions, or with --fresh from nothing. A shipped neuron stays if nothing better is found, so the table is the best of all runs.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const FILE = join(root, 'src/convert/few-spike/shipped/tables.ts');
const { fitFewSpike } = await import('../dist/src/convert/few-spike/fit/fit.js');
const { scalarFunction } = await import('../dist/src/convert/few-spike/functions.js');

const numbers = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
const NORMAL = { mean: 0, deviation: 1.7, floor: 0.02 };
/** Range, and the step counts that ship. */
const SERIES = {
  'silu/uniform': { range: [-8, 12], steps: numbers(4, 16) },
  'silu/gaussian': { range: [-8, 12], steps: numbers(4, 16) },
  'gelu/uniform': { range: [-8, 12], steps: numbers(4, 16) },
  'gelu/gaussian': { range: [-8, 12], steps: numbers(4, 16) },
  'hard-swish/uniform': { range: [-8, 12], steps: numbers(4, 16) },
  'hard-swish/gaussian': { range: [-8, 12], steps: numbers(4, 16) },
  'sigmoid/uniform': { range: [-10, 10], steps: numbers(4, 16) },
  'tanh/uniform': { range: [-5, 5], steps: numbers(4, 16) },
  'exp/uniform': { range: [-8, 0], steps: [4, 6, 8, 10] },
  'reciprocal/uniform': { range: [0.5, 1], steps: [4, 6, 8] },
  'inverse-sqrt/uniform': { range: [0.5, 2], steps: [4, 6, 8] },
};

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    steps: { type: 'string' },
    evaluations: { type: 'string', default: '60000' },
    tries: { type: 'string', default: '4' },
    seed: { type: 'string', default: '1' },
    fresh: { type: 'boolean', default: false },
  },
});

const MARK = 'export const TABLES: readonly TableRow[] = ';

function readRows() {
  if (!existsSync(FILE)) return [];
  const text = readFileSync(FILE, 'utf8');
  return JSON.parse(text.slice(text.indexOf(MARK) + MARK.length).replace(/;\s*$/, ''));
}

const nameOf = (row) => `${row[0]}/${row[1]}`;
const order = (row) => 100 * Object.keys(SERIES).indexOf(nameOf(row)) + row[2];

/** Replaces a row unless the file holds a better one. */
function keep(row) {
  const rows = readRows();
  const at = rows.findIndex((other) => order(other) === order(row));
  if (at < 0) rows.push(row);
  else if (row[5] < rows[at][5]) rows[at] = row;
  rows.sort((a, b) => order(a) - order(b));
  const head = `// Written by \`node scripts/fit-few-spike.mjs\`; not to be edited.\nimport type { TableRow } from './row.ts';\n\n`;
  const lines = rows.map((entry) => `  ${JSON.stringify(entry)}`).join(',\n');
  writeFileSync(`${FILE}.new`, `${head}${MARK}[\n${lines}\n];\n`);
  renameSync(`${FILE}.new`, FILE);
}

const four = (value) => Number(value.toPrecision(4));

function rowOf([name, weighting], range, { parameters: p, mse, weightedMse, spikes, weightedSpikes }) {
  const errors = [weightedMse, mse, weightedSpikes, spikes].map(four);
  return [name, weighting, p.steps, range, [...p.thresholds], ...errors, [...p.resets], [...p.weights], p.offset];
}

/** Which rows of another series help: those of the same function or one that is nearly the same, and tanh(x) = 2 σ(2x) - 1. */
const RELATED = {
  'sigmoid/uniform': ['tanh/uniform', 2],
  'tanh/uniform': ['sigmoid/uniform', 0.5],
  'hard-swish/uniform': ['silu/uniform', 1],
};

/** A neuron without each of its steps in turn. */
const shortened = ({ thresholds, resets }) =>
  numbers(0, thresholds.length - 1).map((step) => ({
    thresholds: thresholds.filter((_, t) => t !== step),
    resets: resets.filter((_, t) => t !== step),
  }));

/** Thresholds and resets to start from, scaled to the range of the series. */
function startsFor(series, count) {
  const of = (other, scale, counts) =>
    readRows()
      .filter((row) => nameOf(row) === other && counts.includes(row[2]))
      .map((row) => ({
        thresholds: Float64Array.from(row[4], (value) => scale * value),
        resets: Float64Array.from(row[9], (value) => scale * value),
      }));
  const related = RELATED[series] ?? [series.replace('gaussian', 'uniform'), 1];
  const others = related[0] === series ? [] : of(...related, [count]);
  return [...of(series, 1, [count, count - 1]), ...others, ...of(series, 1, [count + 1]).flatMap(shortened)];
}

for (const [series, { range, steps }] of Object.entries(SERIES)) {
  if (values.only !== undefined && !values.only.split(',').includes(series)) continue;
  const [name, kind] = series.split('/');
  for (const count of values.steps === undefined ? steps : values.steps.split(',').map(Number)) {
    const start = values.fresh ? [] : startsFor(series, count);
    const began = performance.now();
    const fit = fitFewSpike(scalarFunction(name), {
      steps: count,
      range,
      weighting: kind === 'gaussian' ? NORMAL : 'uniform',
      evaluations: Number(values.evaluations),
      tries: Number(values.tries),
      seed: Number(values.seed),
      ...(start.length > 0 ? { start } : {}),
    });
    keep(rowOf([name, kind], range, fit));
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    console.log(
      `${series} K=${count} weighted ${fit.weightedMse.toExponential(3)} uniform ${fit.mse.toExponential(3)} spikes ${fit.weightedSpikes.toFixed(2)} ${seconds} s`,
    );
  }
}

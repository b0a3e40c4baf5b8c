// Fits the AMOS units that ship with the package and writes src/convert/amos/shipped/tables.ts:
// `node scripts/fit-amos.mjs [--only silu/gaussian,tanh/uniform] [--steps 4,8] [--hops N] [--seed N]` after `npm run build`.
// Searches start from the shipped few-spike neuron of as many steps, from the shipped unit, and from the unit of one neuron less. A unit
// ships if its error is FACTOR times smaller than that of the few-spike neuron, or its spikes are and its error is not larger. It stays if
// nothing better is found.
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const FILE = join(root, 'src/convert/amos/shipped/tables.ts');
const { fitAmos } = await import('../dist/src/convert/amos/fit/fit.js');
const { scalarFunction } = await import('../dist/src/convert/few-spike/functions.js');
const { findFit } = await import('../dist/src/convert/few-spike/tables.js');

const FACTOR = 1.05;
const NORMAL = { mean: 0, deviation: 1.7, floor: 0.02 };
const SERIES = [
  'silu/uniform',
  'silu/gaussian',
  'gelu/uniform',
  'gelu/gaussian',
  'hard-swish/uniform',
  'hard-swish/gaussian',
  'sigmoid/uniform',
  'tanh/uniform',
];
const STEPS = Array.from({ length: 13 }, (_, i) => 4 + i);

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    steps: { type: 'string' },
    hops: { type: 'string', default: '6000' },
    seed: { type: 'string', default: '1' },
  },
});

const MARK = 'export const UNIT_TABLES: readonly UnitRow[] = ';

function readRows() {
  const text = readFileSync(FILE, 'utf8');
  return JSON.parse(text.slice(text.indexOf(MARK) + MARK.length).replace(/;\s*$/, ''));
}

const order = ([name, weighting, neurons]) => 100 * SERIES.indexOf(`${name}/${weighting}`) + neurons;

/** Replaces a row unless the file holds a better one. */
function keep(row) {
  const rows = readRows();
  const at = rows.findIndex((other) => order(other) === order(row));
  if (at < 0) rows.push(row);
  else if (row[6] < rows[at][6]) rows[at] = row;
  rows.sort((a, b) => order(a) - order(b));
  const head = `// Written by \`node scripts/fit-amos.mjs\`; not to be edited.\nimport type { UnitRow } from './row.ts';\n\n`;
  const lines = rows.map((entry) => `  ${JSON.stringify(entry)}`).join(',\n');
  writeFileSync(`${FILE}.new`, `${head}${MARK}[\n${lines}\n];\n`);
  renameSync(`${FILE}.new`, FILE);
}

const four = (value) => Number(value.toPrecision(4));

/** The lower triangle, row by row. */
const triangle = ({ steps, inhibition }) =>
  Array.from({ length: steps }, (_, i) => [...inhibition.subarray(i * steps, i * steps + i)]).flat();

function rowOf(series, { parameters: p, mse, weightedMse, spikes, weightedSpikes }) {
  const errors = [weightedMse, mse, weightedSpikes, spikes].map(four);
  return [
    ...series.split('/'),
    p.steps,
    p.range,
    [...p.gains],
    [...p.thresholds],
    ...errors,
    triangle(p),
    [...p.weights],
    p.offset,
  ];
}

/** What a row holds, as a start. */
function unitOf([, , steps, range, gains, thresholds, , , , , inhibition, weights, offset]) {
  const full = new Float64Array(steps * steps);
  for (let i = 1; i < steps; i++) full.set(inhibition.slice((i * (i - 1)) / 2, (i * (i + 1)) / 2), i * steps);
  const arrays = { gains, thresholds, weights };
  const own = Object.fromEntries(Object.entries(arrays).map(([name, list]) => [name, Float64Array.from(list)]));
  return { steps, range, ...own, inhibition: full, offset, bias: 0, sign: 1, strict: false };
}

for (const series of SERIES) {
  if (values.only !== undefined && !values.only.split(',').includes(series)) continue;
  const [name, weighting] = series.split('/');
  for (const neurons of values.steps === undefined ? STEPS : values.steps.split(',').map(Number)) {
    const derived = findFit(name, neurons, weighting);
    const known = (count) =>
      readRows()
        .filter((row) => order(row) === order([name, weighting, count]))
        .map(unitOf);
    const fit = fitAmos(scalarFunction(name), {
      start: [derived.parameters, ...known(neurons), ...known(neurons - 1)],
      weighting: weighting === 'gaussian' ? NORMAL : 'uniform',
      hops: Number(values.hops),
      seed: Number(values.seed),
    });
    const factor = derived.weightedMse / fit.weightedMse;
    const saving = derived.weightedSpikes / fit.weightedSpikes;
    if (factor >= 1 && Math.max(factor, saving) >= FACTOR) keep(rowOf(series, fit));
    const spikes = `${fit.weightedSpikes.toFixed(2)} spikes instead of ${derived.weightedSpikes.toFixed(2)}`;
    console.log(
      `${series} K=${neurons} ${fit.weightedMse.toExponential(3)}: ${factor.toFixed(2)} times smaller, ${spikes}`,
    );
  }
}

import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { measureAlignment } from './alignment.ts';
import { learnCopy, VARIANTS } from './delayed-copy.ts';
import { settings } from './settings.ts';

/** Iterations before gradients are compared. */
const BEFORE_ALIGNMENT = 100;

const { values } = parseArgs({
  options: { seeds: { type: 'string', default: '1,2,3' }, out: { type: 'string', default: 'delayed-copy.json' } },
});
const seeds = values.seeds.split(',').map(Number);
const rounded = (_: string, value: unknown) => (typeof value === 'number' ? Number(value.toPrecision(4)) : value);

const curves = seeds.flatMap((seed) =>
  VARIANTS.map((variant) =>
    learnCopy(variant, settings, seed, (done, error, unpredicted) => {
      console.log(`seed ${seed} ${variant} ${done}: error ${error.toFixed(3)}, unpredicted ${unpredicted.toFixed(3)}`);
    }),
  ),
);
const alignment = seeds.flatMap((seed) => measureAlignment(settings, seed, BEFORE_ALIGNMENT));
const alignmentAfter = BEFORE_ALIGNMENT;
mkdirSync(dirname(values.out), { recursive: true });
writeFileSync(`${values.out}.part`, `${JSON.stringify({ settings, curves, alignmentAfter, alignment }, rounded, 1)}\n`);
renameSync(`${values.out}.part`, values.out);

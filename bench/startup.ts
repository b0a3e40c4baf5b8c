import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type BenchOptions, type BenchResult, benchRow, machineLine } from 'volley/io';

/** A new process that imports Volley, builds a network of 100 neurons and runs it to its first spike. */
const PROGRAM = `
const start = performance.now();
const { Simulation, SpikeTrain, alif, defineNetwork, fanInNormal } = await import('volley');
const imported = performance.now();
const network = defineNetwork({
  inputs: { x: { size: 20 } },
  populations: { hidden: { size: 100, model: alif() } },
  projections: { in: { from: 'x', to: 'hidden', weights: fanInNormal() }, rec: { from: 'hidden', to: 'hidden', weights: fanInNormal() } },
});
const train = new SpikeTrain(50, 1, 20);
for (let t = 0; t < 50; t++) for (let i = t % 2; i < 20; i += 2) train.set(t, 0, i);
const spikes = new Simulation(network, { seed: 1 }).run({ x: train }).spikes.hidden.count();
if (spikes === 0) throw new Error('no spike');
console.log(JSON.stringify({ imported: imported - start, total: performance.now() - start }));
`;

/** Wall time from import to the first spike, least of ten processes. */
export async function run({ progress }: BenchOptions): Promise<BenchResult> {
  progress('ten processes');
  const root = fileURLToPath(new URL('../../', import.meta.url));
  const times = Array.from({ length: 10 }, () => {
    const out = execFileSync(process.execPath, ['--input-type=module', '-e', PROGRAM], { cwd: root, encoding: 'utf8' });
    return JSON.parse(out) as { imported: number; total: number };
  });
  const least = (key: 'imported' | 'total') => Math.min(...times.map((time) => time[key]));
  const row = benchRow({
    case: 'import to first spike',
    unit: 'ms',
    ours: least('total'),
    extra: { importOnly: least('imported') },
  });
  return { bench: 'startup', machine: machineLine(), rows: [row] };
}

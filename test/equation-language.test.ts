import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as volley from 'volley';

const page = readFileSync(new URL('../docs/equation-language.md', import.meta.url), 'utf8');
const blocks = [...page.matchAll(/```(\w*)\n([\s\S]*?)```/g)].map((match) => ({ language: match[1], text: match[2]! }));

const { defineNeuron, EquationError, Simulation, SpikeTrain } = volley;

/** What the page defines. */
interface PageModels extends Record<'noisy' | 'other', volley.NeuronModel> {
  readonly rewarded: volley.SynapseModel;
  readonly network: volley.Network;
}

/** Runs the page's TypeScript, whose statements are plain JavaScript, and returns the models it defines. */
function pageModels(): PageModels {
  const code = blocks.filter(({ language }) => language === 'ts').map(({ text }) => text);
  const plain = code
    .join('\n')
    .replace(/^import .*$/gm, '')
    .replaceAll('export const', 'const');
  const run = new Function(...Object.keys(volley), `${plain}\nreturn { noisy, other, rewarded, network };`);
  return run(...Object.values(volley));
}

function errorOf(equations: string): volley.EquationError {
  const { definition } = pageModels().noisy;
  try {
    defineNeuron({ ...definition, equations });
  } catch (error) {
    if (error instanceof EquationError) return error;
    throw error;
  }
  throw new Error('the equations compile');
}

describe('docs/equation-language.md', () => {
  it('its models compile', () => {
    const { noisy, other, rewarded } = pageModels();
    expect(noisy.step.spiking).toBe(true);
    expect(noisy.step.randomSites).toEqual([{ kind: 'normal' }]);
    expect(other.definition.pseudoDerivative?.name).toBe('gaussian');
    expect(Object.keys(rewarded.program.blocks)).toEqual(['onPre', 'onPost', 'onStep', 'every']);
  });

  it('its synapses come and go', () => {
    const simulation = new Simulation(pageModels().network, { seed: 1 });
    const before = simulation.synapses('in');
    const spikes = new SpikeTrain(1000, 1, 100);
    // Half of the inputs spike, one after the other: their synapses are strengthened, the others fade.
    for (let t = 0; t < 1000; t++) spikes.set(t, 0, t % 50);
    simulation.run({ x: spikes });
    const after = simulation.synapses('in');
    const moved = [...after.post.keys()].filter((k) => after.post[k] !== before.post[k]);
    const silent = moved.filter((k) => after.pre[k]! >= 50);
    expect(moved.length).toBeGreaterThan(100);
    expect(silent.length).toBeGreaterThan(0.6 * moved.length);
    expect(after.pre).toEqual(before.pre);
  });

  it('lists every function, and none that is not there', () => {
    const known = String(errorOf("v' = nothing(v)\nz' = spike(v')").fields.hint).replace('known: ', '').split(', ');
    const table = page.slice(page.indexOf('## Functions'), page.indexOf('- *Spikes*'));
    const rows = table.split('\n').filter((line) => line.startsWith('| `'));
    const listed = rows.flatMap((row) => [...row.split('|')[1]!.matchAll(/`(\w+)\(/g)].map((match) => match[1]!));
    expect(listed.sort()).toEqual(known.sort());
    for (const name of ['sin', 'cos', 'floor', 'round', 'mod']) expect(known).not.toContain(name);
  });

  it('its error is the one that is thrown', () => {
    const quoted = blocks.at(-1)!.text.trimEnd();
    const line = quoted.split('\n')[1]!.trim();
    // An intermediate above the faulty line is known there.
    expect(errorOf(`u = v / vTh\n${line}\nz' = spike(u)`).message).toBe(quoted);
  });

  it.each([
    ["v' = v^0.5", 'a whole number as the exponent'],
    ["v' = +v", 'got "+"'],
    ["v' = where(0 < v < I, v, I)", 'got a truth value'],
    ["v' = v + 3", 'a number has unit 1'],
    ["v' = v + tauM", 'units do not fit'],
    ["v' = exp(v)", 'dimensionless'],
    ["q = v'\nv' = v", 'move its line up'],
  ])('refuses %j as it says', (equations, message) => {
    expect(errorOf(`${equations}\nz' = spike((v' - vTh) / vTh)`).message).toContain(message);
  });
});

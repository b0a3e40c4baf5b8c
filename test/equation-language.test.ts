import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as volley from 'volley';

const page = readFileSync(new URL('../docs/equation-language.md', import.meta.url), 'utf8');
const blocks = [...page.matchAll(/```(\w*)\n([\s\S]*?)```/g)].map((match) => ({ language: match[1], text: match[2]! }));

const { defineNeuron, defineSynapse, EquationError, triangular } = volley;

/** Runs the page's TypeScript, whose statements are plain JavaScript, and returns the models it defines. */
function pageModels(): Record<'noisy' | 'other', volley.NeuronModel> & { rewarded: volley.SynapseModel } {
  const code = blocks.filter(({ language }) => language === 'ts').map(({ text }) => text);
  const plain = code
    .join('\n')
    .replace(/^import .*$/gm, '')
    .replaceAll('export const', 'const');
  const run = new Function(
    'defineNeuron',
    'defineSynapse',
    'triangular',
    `${plain}\nreturn { noisy, other, rewarded };`,
  );
  return run(defineNeuron, defineSynapse, triangular);
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

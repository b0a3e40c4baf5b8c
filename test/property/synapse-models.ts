import { defineSynapse, type SynapseModel } from '../../src/expr/index.ts';
import { type Choose, expression } from './expr-models.ts';

const SYNAPSE = ['w', 's0', 's1', 's2'];
const NEURON = { pre: ['x0', 'x1'], post: ['y0', 'y1'] } as const;
const SEEN = { pre: ['x0', 'x1'], post: ['y0', 'y1', 'v'] } as const;
const CONSTANTS = ['p0', 'p1', 'd0'];

/** Blocks with what they may write. */
const WRITES = {
  onPre: { neurons: ['pre'], synapse: true },
  onPost: { neurons: ['post'], synapse: true },
  onStep: { neurons: ['pre', 'post'], synapse: true },
  every: { neurons: ['pre', 'post'], synapse: true },
} as const;

/** Factors that are 0 or 1 at random, with a probability of one value for all synapses or of their own. */
const COINS = ['', ' * bernoulli(0.5 * p0)', ' * bernoulli(r * r)', ' * bernoulli(sigmoid(w))'];

/** A decay that needs no sweep, written in one of several ways. */
function decay(choose: Choose, name: string): string {
  const forms = [
    `${name}' = d0 * ${name}`,
    `${name}' = ${name} - ${name} / (4 * p1)`,
    `${name}' = ${name} + 0.3 * (p0 - ${name})`,
    `${name}' = 0.5 * (${name} + 1) - 0.25`,
    `${name}' = 0 * ${name} + d0`,
    `${name}' = ${name}`,
  ];
  return forms[choose(forms.length)]!;
}

/** A draw to be added, or none. */
function noise(choose: Choose, draws: boolean): string {
  const kinds = ['', ' + 0.1 * normal()', ' + 0.1 * uniform()', ' - 0.1 * bernoulli(0.4)'];
  return draws ? kinds[choose(kinds.length)]! : '';
}

/** The lines of one block; every variable that it may write has an equal chance. */
function lines(choose: Choose, block: keyof typeof WRITES, draws: boolean): string[] {
  const { neurons } = WRITES[block];
  const written: string[] = [];
  const all: string[] = [];
  for (const side of neurons) {
    const names = [...SEEN[side], 'r', ...CONSTANTS];
    for (const name of NEURON[side]) {
      if (choose(2) === 0) continue;
      all.push(`${name}' = 0.5 * ${name} + tanh(${expression(choose, names, 2, false)})${noise(choose, draws)}`);
      names.push(`${name}'`);
      written.push(`${name}'`);
    }
  }
  const names = [...SYNAPSE, ...SEEN.pre, ...SEEN.post, 'r', ...CONSTANTS, ...written];
  const coin = draws ? COINS[choose(COINS.length)]! : '';
  all.push(`h = (${expression(choose, names, 2, false)})${coin}${noise(choose, draws)}`);
  names.push('h', 'h');
  for (const name of SYNAPSE) {
    const kind = choose(block === 'onStep' ? 4 : 2);
    if (kind === 0) continue;
    if (kind > 1) all.push(decay(choose, name));
    else all.push(`${name}' = 0.6 * ${name} + tanh(${expression(choose, names, 3, false)})${noise(choose, draws)}`);
    names.push(`${name}'`);
  }
  return all;
}

/** A random plastic synapse; every variable has an update somewhere, and there are random numbers in them if there should be `draws`. */
export function randomSynapse(choices: readonly number[], { draws = false } = {}): SynapseModel {
  let next = 0;
  const choose: Choose = (count) => choices[next++ % choices.length]! % count;
  const blocks = {
    onPre: lines(choose, 'onPre', draws),
    onPost: choose(4) > 0 ? lines(choose, 'onPost', draws) : [],
    onStep: choose(4) > 0 ? lines(choose, 'onStep', draws) : [],
    every: lines(choose, 'every', draws),
  };
  const updated = new Set(Object.values(blocks).flatMap((block) => block.map((line) => line.split(/[' ]/)[0]!)));
  for (const name of [...SYNAPSE, ...NEURON.pre, ...NEURON.post]) {
    if (!updated.has(name)) blocks.every.push(`${name}' = 0.9 * ${name}`);
  }
  const spec = { symbol: 'p', unit: '1', doc: 'parameter' };
  const of = (list: readonly string[], init: number) =>
    Object.fromEntries(list.map((name, k) => [name, { doc: 'variable', init: init / (k + 1) }]));
  const transmits = ['w', 'w * h', `${expression(choose, [...SYNAPSE, 'x0', 'y0', 'v', 'h'], 2, false)}`, undefined];
  const transmit = transmits[choose(transmits.length)];
  return defineSynapse({
    name: 'random',
    params: { p0: { ...spec, default: 0.8 }, p1: { ...spec, default: 1.3 } },
    derived: { d0: 'exp(-p0 * dt / (dt + dt))' },
    synapse: of(SYNAPSE, 0.5),
    pre: of(NEURON.pre, 0.25),
    post: of(NEURON.post, -0.25),
    signals: { r: 'signal' },
    reads: { v: 'state' },
    onPre: blocks.onPre.join('\n'),
    ...(blocks.onPost.length > 0 ? { onPost: blocks.onPost.join('\n') } : {}),
    ...(blocks.onStep.length > 0 ? { onStep: blocks.onStep.join('\n') } : {}),
    every: { interval: '(1 + 2) * dt', equations: blocks.every.join('\n') },
    ...(transmit === undefined ? {} : { transmit }),
  });
}

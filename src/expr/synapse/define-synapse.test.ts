import { describe, expect, it } from 'vitest';
import { EquationError, ParameterError } from '../../base/errors.ts';
import { defineSynapse } from './define-synapse.ts';
import type { SynapseDefinition } from './definition.ts';

const base = {
  name: 'rule',
  params: { tau: { symbol: 'τ', unit: 'ms', default: 20, min: 1, doc: 'time constant' } },
  derived: { decay: 'exp(-dt / tau)' },
  synapse: { w: 'weight', e: 'eligibility' },
  pre: { x: 'trace' },
  post: { y: 'trace' },
  signals: { reward: 'reward' },
  reads: { v: { doc: 'membrane potential', unit: 'mV' } },
  onPre: "x' = x + 1\ne' = e - y",
  onPost: "y' = y + 1\ne' = e + x",
  onStep: "x' = decay * x\ny' = decay * y",
} satisfies SynapseDefinition;

function message(changes: Partial<SynapseDefinition>): string {
  try {
    defineSynapse({ ...base, ...changes });
  } catch (error) {
    if (error instanceof EquationError || error instanceof ParameterError) return error.message;
    throw error;
  }
  return 'compiles';
}

describe('errors of a synapse quote the line and point at the column', () => {
  it('an unknown name, with those that are known', () => {
    expect(message({ onPre: "x' = x + yy" })).toBe(
      [
        'rule onPre: unknown name "yy" (known: tau, decay, dt, w, e, x, y, reward, v; states of the target are named in reads, global values in signals)',
        "  x' = x + yy",
        '           ^',
      ].join('\n'),
    );
  });

  it.each([
    ['onPre', 'y', 'the postsynaptic neuron', 'w, e, x'],
    ['onPost', 'x', 'the presynaptic neuron', 'w, e, y'],
  ] as const)('%s that writes %s', (block, name, owner, allowed) => {
    expect(message({ [block]: `w' = 0.5 * w\n${name}' = ${name} + 1` })).toBe(
      [
        `rule ${block}: expected a variable that ${block} may write, got "${name}", which belongs to ${owner} (one of: ${allowed})`,
        `  ${name}' = ${name} + 1`,
        '  ^',
      ].join('\n'),
    );
  });

  it('a value of one synapse in a variable of a neuron, through an intermediate too', () => {
    const sentence = `rule onPre: expected values of the presynaptic neuron in x', got`;
    expect(message({ onPre: "x' = x + w" })).toBe(
      [`${sentence} "w", which belongs to a synapse`, "  x' = x + w", '           ^'].join('\n'),
    );
    expect(message({ onPre: "x' = x + y" })).toContain('"y", which belongs to the postsynaptic neuron');
    expect(message({ onPre: "h = 2 * y\nx' = x + h" })).toContain('"h", which belongs to the postsynaptic neuron');
    expect(message({ onPre: "h = bernoulli(0.5)\nx' = x + h" })).toContain('"h", which belongs to a synapse');
    expect(message({ onStep: "y' = y + x" })).toContain('"x", which belongs to the presynaptic neuron');
    expect(message({ onStep: "x' = x + reward\ny' = 0.9 * y + bernoulli(0.1)" })).toBe('compiles');
  });

  it('a variable that nothing updates, except w', () => {
    expect(message({ onPre: "x' = x + 1", onPost: "y' = y + 1" })).toBe(
      `rule: expected an update of "e" in some block, got none (add e' = …, or make it a parameter)`,
    );
    expect(message({ synapse: { w: 'weight' }, onPre: "x' = x + 1", onPost: "y' = y + 1" })).toBe('compiles');
  });

  it('no w, and a name declared twice', () => {
    expect(message({ synapse: { e: 'eligibility' } })).toContain('expected a synapse variable w, got none');
    expect(message({ post: { x: 'trace' } })).toContain(
      'expected every name once, got postsynaptic variable "x" again',
    );
  });

  it('a new value that its block does not give, or gives below', () => {
    expect(message({ onPost: "y' = y + 1\ne' = e + x'" })).toContain(
      `expected a line "x' = …" in onPost, got none (x keeps its value here)`,
    );
    expect(message({ onPost: "e' = e + y'\ny' = y + 1" })).toContain('move its line up');
    expect(message({ onPost: "e' = e + x\ne' = e" })).toContain('expected one assignment');
    expect(message({ onPost: 'e = e + x' })).toContain("write e' for its new value");
    expect(message({ onPost: "reward' = 1" })).toContain('variables: w, e, x, y');
  });

  it('units, spikes, and what is delivered', () => {
    expect(message({ onPost: "y' = y + 1\ne' = e + v" })).toContain('units do not fit: 1 and mV');
    expect(message({ onPost: "y' = spike(y)\ne' = e" })).toContain('expected no spike() in a synapse');
    expect(message({ transmit: 'w * u' })).toBe(
      [
        'rule transmit: unknown name "u" (known: tau, decay, dt, w, e, x, y, reward, v, x\', e\'; states of the target are named in reads, global values in signals)',
        '  w * u',
        '      ^',
      ].join('\n'),
    );
    expect(message({ transmit: 'w > 0' })).toContain('expected a number, got a truth value');
  });

  it('an interval that is no time', () => {
    const every = (interval: string | number) => ({ every: { interval, equations: "w' = 0.5 * w" } });
    expect(message(every('tau'))).toBe('compiles');
    expect(message(every(100))).toBe('compiles');
    expect(message(every('decay'))).toContain('expected an interval in ms, got 1');
    expect(message(every('tua'))).toContain('unknown parameter "tua"');
  });
});

describe('a definition without types', () => {
  const plain = { name: 'plain', params: {}, synapse: { w: 'weight' } };
  const every = (given: unknown) => ({ ...plain, every: given });

  it.each<[string, unknown, string]>([
    ['nothing', undefined, 'defineSynapse: expected a definition, got undefined'],
    ['no name', { ...plain, name: undefined }, 'defineSynapse: expected a name, got undefined'],
    ['a block of another name', { ...plain, onSpike: "w' = 2 * w" }, 'plain: unknown part of a synapse "onSpike"'],
    ['a block in small letters', { ...plain, onpost: "w' = 2 * w" }, 'unknown part of a synapse "onpost"'],
    [
      'no parameters',
      { ...plain, params: undefined },
      'plain: expected params by name, got undefined (params: {} has none)',
    ],
    ['variables in a list', { ...plain, synapse: ['w'] }, 'expected synapse by name, got an array'],
    ['a variable that is a number', { ...plain, synapse: { w: 1 } }, 'a description of "w" in synapse, got number'],
    ['a derived number', { ...plain, derived: { k: 2 } }, 'a description of "k" in derived, got number'],
    ['lines in a list', { ...plain, onPost: ["w' = w"] }, 'expected onPost as text, got an array'],
    ['a number delivered', { ...plain, transmit: 5 }, 'expected transmit as text, got number'],
    ['a bare block', every("w' = w"), 'expected every with interval and equations, got string'],
    ['no interval', every({ equations: "w' = w" }), 'expected an interval in every, got undefined'],
    ['no equations', every({ interval: 1 }), 'expected equations in every, got undefined'],
    ['an interval of 0', every({ interval: 0, equations: "w' = w" }), 'expected an interval above 0 ms, got 0'],
    ['an interval below 0', every({ interval: -5, equations: "w' = w" }), 'got -5'],
    ['no number', every({ interval: Number.NaN, equations: "w' = w" }), 'got NaN'],
    ['another name', every({ interval: 1, equation: "w' = w" }), 'unknown part of every "equation"'],
  ])('is refused: %s', (_, definition, sentence) => {
    expect(() => defineSynapse(definition as SynapseDefinition)).toThrow(ParameterError);
    expect(() => defineSynapse(definition as SynapseDefinition)).toThrow(sentence);
  });

  it('and so are values without names', () => {
    const rule = defineSynapse(base);
    expect(() => rule(null as unknown as object)).toThrow('rule: expected values by name, got null (as in { tau: … })');
    expect(() => rule(5 as unknown as object)).toThrow('expected values by name, got 5');
    expect(() => rule({ tau: null as unknown as number })).toThrow('expected tau to be a finite number');
  });
});

describe('a compiled synapse', () => {
  it('delivers the weight after onPre, unless told otherwise', () => {
    const { onPre } = defineSynapse({ ...base, onPre: "x' = x + 1\nw' = w + y" }).program.blocks;
    expect(onPre.graph.node(onPre.transmit!).op).toBe('add');
    const fixed = defineSynapse(base).program.blocks.onPre;
    expect(fixed.graph.node(fixed.transmit!)).toEqual({ op: 'state', name: 'w' });
  });

  it('draws per neuron in updates of neurons, else per synapse', () => {
    const onStep = "x' = x + normal()\ny' = y + uniform()\nh = normal()\nw' = w + h + bernoulli(0.5)";
    const { randomSites } = defineSynapse({ ...base, onStep }).program.blocks.onStep!;
    expect(randomSites.map(({ kind, scope }) => `${kind} ${scope}`)).toEqual([
      'normal pre',
      'uniform post',
      'normal synapse',
      'bernoulli synapse',
    ]);
  });

  it('takes parameters by name, checked by the compiler and at run time', () => {
    const rule = defineSynapse(base);
    expect(rule({ tau: 5 }).values).toEqual({ tau: 5 });
    expect(rule().values).toEqual({ tau: 20 });
    // @ts-expect-error: a parameter that the synapse does not have
    expect(() => rule({ tua: 5 })).toThrow('rule: unknown parameter "tua" (known: tau)');
    expect(() => rule({ tau: 0 })).toThrow('expected tau to be a finite number in [1, Infinity] ms, got 0');
  });

  it('is data: a definition survives JSON', () => {
    const copy = JSON.parse(JSON.stringify(base)) as typeof base;
    expect(defineSynapse(copy).program.blocks.onPost!.updates).toEqual(
      defineSynapse(base).program.blocks.onPost!.updates,
    );
  });
});

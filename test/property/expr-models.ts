import fc from 'fast-check';
import { defineNeuron, type NeuronModel, triangular } from 'volley/expr';

/** Random models as text, so that the parser is part of every test. */
export interface ModelOptions {
  /** Only functions with a derivative everywhere, and no spike(). */
  readonly smooth: boolean;
}

const unary = (smooth: boolean) => [
  (x: string) => `tanh(${x})`,
  (x: string) => `sigmoid(${x})`,
  (x: string) => `exp(tanh(${x}))`,
  (x: string) => `log(1.5 + (${x})^2)`,
  (x: string) => `sqrt(1 + (${x})^2)`,
  (x: string) => `-(${x})`,
  (x: string) => `(${x})^3 / (1 + (${x})^2)`,
  ...(smooth ? [] : [(x: string) => `abs(${x})`, (x: string) => `clip(${x}, -0.7, p0)`, (x: string) => `stop(${x})`]),
];

const binary = (smooth: boolean) => [
  (x: string, y: string) => `(${x} + ${y})`,
  (x: string, y: string) => `(${x} - ${y})`,
  (x: string, y: string) => `${x} * ${y}`,
  (x: string, y: string) => `(${x}) / (1.25 + (${y})^2)`,
  (x: string, y: string) => `(${x} - ${y}) / p1`,
  ...(smooth
    ? []
    : [
        (x: string, y: string) => `min(${x}, ${y})`,
        (x: string, y: string) => `max(${x}, ${y})`,
        (x: string, y: string) => `where(${x} > ${y}, ${y}, 0.5)`,
        (x: string, y: string) => `where(not (${x} <= 0.1 and ${y} < ${x}) or ${x} >= 1, 0, ${y})`,
        (x: string, y: string) => `where(${x} > 0.3, ${x}, ${y})`,
        (x: string, y: string) => `where(uniform() < 0.5, ${x}, ${y} + 0.1 * normal())`,
        (x: string, y: string) => `bernoulli(sigmoid(${x})) * (${y})`,
      ]),
];

/** A number below `count`. */
export type Choose = (count: number) => number;

/** A random expression in some names, of which `p0` and `p1` are parameters. */
export function expression(choose: Choose, names: readonly string[], depth: number, smooth: boolean): string {
  const kind = depth === 0 ? 0 : choose(5);
  if (kind === 0) return names[choose(names.length)]!;
  const [one, two] = [unary(smooth), binary(smooth)];
  const inner = () => expression(choose, names, depth - 1, smooth);
  return kind < 3 ? one[choose(one.length)]!(inner()) : two[choose(two.length)]!(inner(), inner());
}

/** A model from a list of choices: 1 to 4 states, 1 or 2 inputs, 3 parameters of which d0 is derived. */
export function randomModel(choices: readonly number[], { smooth }: ModelOptions): NeuronModel {
  let next = 0;
  const choose: Choose = (count) => choices[next++ % choices.length]! % count;
  const states = ['s0', 's1', 's2', 's3'].slice(0, 1 + choose(4));
  const inputs = ['i0', 'i1'].slice(0, 1 + choose(2));
  const spiking = !smooth && choose(3) > 0;
  const names = [...states, ...inputs, 'p0', 'p1', 'd0', ...(spiking ? ['z', 'z'] : [])];
  const lines: string[] = [];
  // Where the output is named, other lines may spike as well.
  for (const name of spiking || smooth ? [] : ['q0', 'q1'].slice(0, choose(3))) {
    lines.push(`${name} = ${['spike', 'spikeGe'][choose(2)]}(${expression(choose, names, 2, smooth)})`);
    names.push(name);
  }
  for (const state of states) {
    const helper = `h${state}`;
    lines.push(`${helper} = ${expression(choose, names, 3, smooth)}`);
    names.push(helper);
    lines.push(`${state}' = 0.5 * ${state} + tanh(${expression(choose, names, 3, smooth)})`);
    names.push(`${state}'`);
  }
  const drive = expression(choose, names, 2, smooth);
  const guards = [`spike(${drive})`, `spikeGe(${drive})`, `where(s0 > 0.2, 0, spike(${drive}))`];
  lines.push(spiking ? `z' = ${guards[choose(guards.length)]}` : `o = ${drive}`);
  const spec = { symbol: 'p', unit: '1', doc: 'parameter' };
  return defineNeuron({
    name: 'random',
    params: { p0: { ...spec, default: 0.8 }, p1: { ...spec, default: 1.3 } },
    derived: { d0: 'exp(-p0) * p1' },
    state: Object.fromEntries(states.map((name) => [name, 'state'])),
    inputs: Object.fromEntries(inputs.map((name) => [name, 'input'])),
    equations: lines.join('\n'),
    pseudoDerivative: triangular(),
    ...(spiking ? {} : { output: 'o' }),
  });
}

/** Lists of choices for {@link randomModel}. */
export const choiceLists = fc.array(fc.nat(997), { minLength: 40, maxLength: 40 });

import { describe, expect, it } from 'vitest';
import { EquationError, ParameterError } from '../base/errors.ts';
import { defineNeuron } from './define-neuron.ts';
import type { NeuronDefinition } from './definition.ts';
import { evaluateAdjoint } from './evaluate.ts';
import { boxcar, triangular } from './pseudo-derivatives.ts';

const base = {
  name: 'cell',
  params: {
    tau: { symbol: 'τ', unit: 'ms', default: 20, min: 0, doc: 'time constant' },
    vTh: { symbol: 'v_th', unit: 'mV', default: 10, doc: 'threshold' },
    tauS: { symbol: 'τ_s', unit: 's', default: 0.1, doc: 'slow time constant' },
  },
  derived: { alpha: 'exp(-dt / tau)' },
  state: { v: { doc: 'membrane potential', unit: 'mV' } },
  inputs: { I: { doc: 'input', unit: 'mV' } },
  pseudoDerivative: triangular(),
} as const satisfies Omit<NeuronDefinition, 'equations'>;

const spiking = "v' = alpha * v + I - z * vTh\nz' = spike((v' - vTh) / vTh)";

/** The message of what defining the model throws. */
function message(changes: Partial<NeuronDefinition>): string {
  try {
    defineNeuron({ ...base, equations: spiking, ...changes });
  } catch (error) {
    expect(error).toBeInstanceOf(EquationError);
    return (error as Error).message;
  }
  return 'no error';
}

describe('equation errors quote the line and point at the column', () => {
  it.each([
    ['an unknown name', "v' = alpha * v + J"],
    ['an unknown function', "v' = alpha * v + sinh(I)"],
    ['a missing bracket', "v' = alpha * (v + I"],
    ['a missing operand', "v' = alpha * * v"],
    ['a strange character', "v' = alpha $ v"],
    ['a missing operator', "v' = 2 v"],
    ['no statement', 'alpha * v'],
    ['a wrong number of arguments', "v' = clip(v, 0)"],
    ['use before assignment', "v' = w\nw = v"],
    ['a second assignment', "w = v\nw = I\nv' = w"],
    ['assignment of a declared name', "v = I\nv' = v"],
    ['the new value of what is no state', "v' = I\nw' = v"],
    ['a number where a condition is due', "v' = where(alpha, v, I)"],
    ['a condition where a number is due', "v' = v + (v > I)"],
    ['a power that is no whole number', "v' = v^0.5"],
    ['a unit that does not fit', "v' = v + tau"],
    ['a unit of another scale', "v' = v * (tau + tauS) / tau"],
    ['a bare number beside a unit', "v' = v - 65"],
    ['a unit inside exp()', "v' = v * exp(I)"],
    ['a new value in another unit', "v' = tau"],
  ])('%s', (_, equations) => {
    expect(message({ equations, output: 'v' })).toMatchSnapshot();
  });

  it('reports a state that is never updated', () => {
    const state = { ...base.state, w: 'forgotten' };
    expect(message({ state })).toBe(`cell: expected an update of state "w", got none (add w' = …)`);
  });

  it('reports a second spike() where none is named as the output', () => {
    expect(message({ equations: "z' = spike(v / vTh)\nv' = v * spike(I / vTh)" })).toMatchSnapshot();
  });

  it('reports spike() without a pseudo-derivative', () => {
    expect(message({ pseudoDerivative: undefined })).toMatchSnapshot();
  });

  it('reports a model without an output, and an unknown output', () => {
    expect(message({ equations: "v' = I" })).toMatchSnapshot();
    expect(message({ output: 'y' })).toMatchSnapshot();
  });

  it('reports an unknown name in a derived parameter', () => {
    expect(message({ derived: { alpha: 'exp(-dt / tua)' } })).toMatchSnapshot();
  });
});

describe('definition errors', () => {
  it('refuses a name declared twice', () => {
    const inputs = { ...base.inputs, v: 'clash' };
    expect(() => defineNeuron({ ...base, inputs, equations: spiking })).toThrow(
      'cell: expected every name once, got input "v" again (rename one of them)',
    );
  });

  it('refuses an unknown unit', () => {
    const state = { v: { doc: 'potential', unit: 'furlong' } };
    expect(() => defineNeuron({ ...base, state, equations: spiking })).toThrow('unknown unit "furlong"');
  });
});

describe('numbers and derivatives that no equation shows', () => {
  const define = (changes: Partial<NeuronDefinition>) => () =>
    defineNeuron({ ...base, equations: spiking, ...changes });

  it('refuses an initial value or a default that is not finite or out of range', () => {
    expect(define({ state: { v: { doc: 'potential', unit: 'mV', init: Number.NaN } } })).toThrow('a finite init of v');
    for (const value of [Number.NaN, -1]) {
      const params = { ...base.params, tau: { ...base.params.tau, default: value } };
      expect(define({ params })).toThrow('expected the default of tau to be a finite number');
    }
  });

  it('refuses a faulty pseudo-derivative before anything is trained', () => {
    const pseudo = (expression: string, a = 1) => ({ pseudoDerivative: { name: 'own', expression, constants: { a } } });
    expect(define(pseudo('a * max(0, 1 - abs(u))'))).not.toThrow();
    expect(define(pseudo('a * max(0, 1 - abs(w))'))).toThrow(EquationError);
    expect(define(pseudo('a * (u'))).toThrow(EquationError);
    expect(define(pseudo('a * u', Number.NaN))).toThrow('pseudo-derivative own: expected a finite a, got NaN');
    expect(() => triangular({ dampening: Number.NaN })).toThrow(ParameterError);
  });
});

describe('a model', () => {
  const cell = defineNeuron({ ...base, equations: spiking });

  it('fills in the defaults', () => {
    expect(cell({ tau: 5 }).values).toEqual({ tau: 5, vTh: 10, tauS: 0.1 });
    expect(cell().model.definition.name).toBe('cell');
  });

  it('refuses unknown names and values out of range', () => {
    // @ts-expect-error a wrong name does not compile either
    expect(() => cell({ tua: 5 })).toThrow('cell: unknown parameter "tua" (known: tau, vTh, tauS)');
    expect(() => cell({ tau: -1 })).toThrow(ParameterError);
    expect(() => cell({ vTh: [1, Number.NaN] })).toThrow('expected vTh[1] to be a finite number mV, got NaN');
  });

  it('is rebuilt from its definition after a trip through structuredClone', () => {
    const copy = defineNeuron(structuredClone(cell.definition));
    expect(copy.step.graph.size).toBe(cell.step.graph.size);
    expect(copy.step.output).toBe(cell.step.output);
  });

  it('takes another pseudo-derivative', () => {
    const other = cell.with({ name: 'boxed', pseudoDerivative: boxcar({ width: 5, height: 0.7 }) });
    const params = { tau: 20, vTh: 10, tauS: 0.1, alpha: 0.9, dt: 1 };
    const input = { params, state: { v: 0 }, previousOutput: 0, inputs: { I: 12 }, random: [] };
    const seed = { state: {}, output: 1 };
    // d spike / d I = pseudo(u) / vTh with u = 0.2: the box is 0.7 high, the tent 0.3 * (1 - 0.2).
    expect(evaluateAdjoint(other.step, input, seed).inputs.I).toBeCloseTo(0.07, 12);
    expect(evaluateAdjoint(cell.step, input, seed).inputs.I).toBeCloseTo(0.024, 12);
    expect(other.definition.name).toBe('boxed');
  });

  it('spikes strictly above the threshold, and with spikeGe() at it', () => {
    const at = cell.step.graph;
    expect(at.node(cell.step.output)).toMatchObject({ op: 'spike', inclusive: false });
    const inclusive = defineNeuron({ ...base, equations: spiking.replace('spike(', 'spikeGe(') });
    expect(inclusive.step.graph.node(inclusive.step.output)).toMatchObject({ op: 'spike', inclusive: true });
    expect(inclusive.step.usesPreviousOutput).toBe(true);
  });
});

import { describe, expect, it } from 'vitest';
import { InternalError } from '../../base/errors.ts';
import { defineNeuron } from '../define-neuron.ts';
import { planPopulation } from '../plan.ts';
import { triangular } from '../pseudo-derivatives.ts';
import { ModuleBuilder } from './assembler.ts';
import { type AdjointPlaces, emitAdjoint } from './emit-adjoint.ts';
import { emitForward } from './emit-forward.ts';
import { fixedPlace } from './place.ts';

const spec = { symbol: 'k', unit: '1', default: 0.5, doc: 'factor' };

/** Two states that exchange their values, and a spike where the input exceeds 0. */
const swap = defineNeuron({
  name: 'swap',
  params: { k: spec },
  state: { x: 'one', y: 'other' },
  inputs: { I: 'input' },
  equations: "x' = y\ny' = x\nz' = spike(k * I)",
  pseudoDerivative: triangular(),
});

const AT = { k: 0, I: 64, x: 192, y: 320, z: 448 };

function places(size: number): AdjointPlaces {
  return {
    batch: 1,
    size,
    padded: 4 * Math.ceil(size / 4),
    rowBytes: 8,
    params: { k: AT.k },
    inputs: { I: fixedPlace(AT.I) },
    state: { x: fixedPlace(AT.x), y: fixedPlace(AT.y) },
    output: fixedPlace(AT.z),
    random: [],
    tape: [],
    dState: {},
    dOutput: 0,
    dInputs: {},
    dParams: {},
  };
}

const plan = planPopulation(swap.step, { perNeuron: [], training: false });

function machine(size: number) {
  const module = new ModuleBuilder({ shared: false, minPages: 1 });
  emitForward(module, plan, places(size), 'forward');
  const memory = new WebAssembly.Memory({ initial: 1 });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.toBytes()), { env: { memory } });
  const floats = (address: number) => new Float32Array(memory.buffer, address, size);
  floats(AT.k)[0] = 1;
  const word = () => new BigUint64Array(memory.buffer, AT.z, 1)[0]!;
  return { forward: exports.forward as (t: number) => void, floats, word };
}

describe('emitForward', () => {
  it('reads every old state before it writes a new one', () => {
    const { forward, floats } = machine(5);
    floats(AT.x).set([1, 2, 3, 4, 5]);
    floats(AT.y).set([6, 7, 8, 9, 10]);
    forward(1);
    expect([...floats(AT.x)]).toEqual([6, 7, 8, 9, 10]);
    expect([...floats(AT.y)]).toEqual([1, 2, 3, 4, 5]);
  });

  it('does not spike at the threshold, at minus infinity or at NaN', () => {
    const { forward, floats, word } = machine(6);
    floats(AT.I).set([Number.NaN, 0, Number.NEGATIVE_INFINITY, 1e-30, Number.POSITIVE_INFINITY, -0]);
    forward(1);
    expect(word()).toBe(0b011000n);
  });

  it('leaves the bits of pad lanes 0', () => {
    const { forward, floats, word } = machine(5);
    floats(AT.I).fill(1);
    new Float32Array(floats(AT.I).buffer, AT.I, 8).fill(1);
    forward(1);
    expect(word()).toBe(0b11111n);
  });

  it('fuses multiplication and addition only when asked to', () => {
    const line = defineNeuron({
      name: 'line',
      params: { k: spec },
      state: { x: 'value' },
      inputs: { I: 'input' },
      equations: "x' = x * I + I - x * k",
      output: 'x',
    });
    const bytes = (relaxed: boolean) => {
      const module = new ModuleBuilder({ shared: false, minPages: 1, relaxed });
      const linePlan = planPopulation(line.step, { perNeuron: ['k'], training: false });
      emitForward(module, linePlan, { ...places(4), state: { x: fixedPlace(AT.x) } });
      return [...module.toBytes()].join(' ');
    };
    const [madd, nmadd] = ['253 133 2', '253 134 2'];
    expect(bytes(true)).toContain(madd);
    expect(bytes(true)).toContain(nmadd);
    expect(bytes(false)).not.toContain(madd);
  });
});

describe('emitAdjoint', () => {
  it('refuses a plan that keeps nothing', () => {
    const module = new ModuleBuilder({ shared: false, minPages: 1 });
    expect(() => emitAdjoint(module, plan, places(5))).toThrow(InternalError);
  });
});

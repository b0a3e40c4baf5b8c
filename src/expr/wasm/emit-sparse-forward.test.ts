import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../base/random.ts';
import { defineNeuron, type NeuronModel } from '../define-neuron.ts';
import { planPopulation } from '../plan.ts';
import { triangular } from '../pseudo-derivatives.ts';
import { quietStep } from '../quiet-step.ts';
import { ModuleBuilder } from './assembler.ts';
import { emitForward, emitSparseForward } from './emit-forward.ts';
import { fixedPlace } from './place.ts';

const threshold = { symbol: 'θ', unit: '1', default: 1, doc: 'threshold' };

/** Reset, refractory time and an adaptation that every spike adds to. */
const adaptive = defineNeuron({
  name: 'adaptive',
  params: { vTh: threshold },
  state: { v: 'potential', r: 'steps left', a: 'adaptation' },
  inputs: { I: 'input' },
  equations: `
    v1 = v + where(r > 0, 0, I - 0.1 * v - 0.02 * a)
    z' = spike(v1 - vTh)
    v' = where(z' > 0, 0, v1)
    r' = max(r - 1, 3 * z')
    a' = 0.9 * a + 2 * z'`,
  pseudoDerivative: triangular(),
});

/** What becomes of the state is divided: no quiet form. */
const divided = defineNeuron({
  name: 'divided',
  params: { vTh: threshold },
  state: { v: 'potential' },
  inputs: { I: 'input' },
  equations: "z' = spike(v + I - vTh)\nv' = (v + I - 2 * z') / (1 + vTh)",
  pseudoDerivative: triangular(),
});

/** The output is no call of `spike`. */
const step = defineNeuron({
  name: 'step',
  params: { vTh: threshold },
  state: { v: 'potential' },
  inputs: { I: 'input' },
  equations: "v1 = 0.9 * v + I\ns = where(v1 > vTh, 1, 0)\nv' = v1 - s * vTh",
  output: 's',
});

const ROW = 1024;
const [VTH, INPUT, OUTPUT, STATES] = [64, ROW, 2 * ROW, 3 * ROW];

/** A machine that makes steps of a model by one of the two functions. */
function machine(model: NeuronModel, size: number, sparse: boolean) {
  const module = new ModuleBuilder({ shared: false, minPages: 1 });
  const names = Object.keys(model.definition.state);
  const places = {
    ...{ batch: 1, size, padded: 4 * Math.ceil(size / 4), rowBytes: 8 * Math.ceil(size / 64) },
    params: { vTh: VTH },
    inputs: { I: fixedPlace(INPUT) },
    state: Object.fromEntries(names.map((name, k) => [name, fixedPlace(STATES + k * ROW)])),
    ...{ output: fixedPlace(OUTPUT), random: [], tape: [] },
  };
  const plan = planPopulation(model.step, { perNeuron: [], training: false });
  const index = (sparse ? emitSparseForward : emitForward)(module, plan, places);
  module.addFunction(['i32'], [], (code) => code.localGet(0).call(index), 'forward');
  const memory = new WebAssembly.Memory({ initial: 1 });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.toBytes()), { env: { memory } });
  new Float32Array(memory.buffer, VTH, 1)[0] = 1;
  // What lies in the row of bits is no matter.
  new Uint8Array(memory.buffer, OUTPUT, places.rowBytes).fill(255);
  const bytes = new Uint8Array(memory.buffer, 0, STATES + names.length * ROW);
  return { forward: exports.forward as (t: number) => void, bytes, memory };
}

describe('emitSparseForward', () => {
  it.each([
    ['adaptive', adaptive],
    ['divided', divided],
    ['step', step],
  ])('has the bits of emitForward: %s', (_, model) => {
    for (const size of [3, 32, 45, 128, 203]) {
      const [plain, sparse] = [false, true].map((kind) => machine(model, size, kind));
      const random = new RandomStream(size, 1);
      let spikes = 0;
      // From inputs without spikes to such that make half of the neurons spike.
      for (const strength of [0.01, 0.1, 0.2, 0.4, 2]) {
        for (let t = 1; t <= 40; t++) {
          const input = Float32Array.from({ length: size }, () => strength * (random.normal() + 0.5));
          for (const { memory, forward } of [plain!, sparse!]) {
            new Float32Array(memory.buffer, INPUT, size).set(input);
            forward(t);
          }
          expect(sparse!.bytes.findIndex((byte, k) => k >= OUTPUT && byte !== plain!.bytes[k])).toBe(-1);
          spikes += plain!.bytes.subarray(OUTPUT, OUTPUT + ROW).filter((byte) => byte > 0).length;
        }
      }
      expect(spikes).toBeGreaterThan(size > 3 ? 100 : 10);
    }
  });
});

describe('quietStep', () => {
  const nodes = (model: NeuronModel) => {
    const { graph } = planPopulation(model.step, { perNeuron: [], training: false });
    const quiet = quietStep(graph, model.step);
    return quiet && Object.fromEntries(Object.entries(quiet).map(([name, id]) => [name, graph.node(id).op]));
  };

  it('leaves out what a spike would do', () => {
    // v1, max(r - 1, 0) and 0.9 a.
    expect(nodes(adaptive)).toEqual({ v: 'add', r: 'max', a: 'mul' });
    expect(nodes(step)).toEqual({ v: 'add' });
  });

  it('is refused where divisions would change', () => {
    expect(nodes(divided)).toBeUndefined();
  });
});

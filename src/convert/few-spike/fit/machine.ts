import {
  type AdjointPlaces,
  emitAdjoint,
  emitForward,
  fixedPlace,
  ModuleBuilder,
  planPopulation,
} from '../../../expr/index.ts';
import { type Kernels, loadKernels } from '../../../kernels/index.ts';
import { Arena } from '../../../network/arena.ts';
import { fewSpikeUnrolled } from '../../../neurons/few-spike.ts';

type Step = (t: number) => void;

/** T(1) … T(K), h(1) … h(K), d(1) … d(K), offset: the order of the numbers that a gradient fit trains. */
export const trainedNames = (steps: number): string[] => {
  const numbered = (letter: string) => Array.from({ length: steps }, (_, t) => `${letter}${t + 1}`);
  return [...numbered('T'), ...numbered('h'), ...numbered('d'), 'offset'];
};

/** Inputs per batch row: the adjoint adds parameters up over rows, which leaves this many sums. */
const ROW = 64;

/**
 * A population of unrolled few-spike neurons that share their parameters, one neuron and batch row per input, with its compiled adjoint and
 * Adam's step in one memory. All arrays are views on it.
 */
export class FitMachine {
  readonly inputs: Float32Array;
  readonly outputs: Float32Array;
  /** dE/dŷ, to be written before {@link backward}. */
  readonly outputGradient: Float32Array;
  /** Per step: how far the argument of the spike is outside of the tent, and dE/d of that, to be written before {@link backward}. */
  readonly excess: readonly Float32Array[];
  readonly excessGradient: readonly Float32Array[];
  /** The trained numbers, in the order of {@link trainedNames}, and dE/d of each after {@link backward}. */
  readonly parameters: Float32Array;
  readonly gradient: Float32Array;
  readonly #perNeuron: readonly Float32Array[];
  readonly #moments: Float32Array;
  readonly #addresses: { readonly w: number; readonly g: number; readonly m: number; readonly v: number };
  readonly #kernels: Kernels;
  readonly #forward: Step;
  readonly #adjoint: Step;

  /** @param size - number of inputs, a multiple of 64 */
  constructor(steps: number, size: number) {
    const { step } = fewSpikeUnrolled(steps, { excess: true });
    const names = trainedNames(steps);
    const plan = planPopulation(step, { perNeuron: [], training: true, trainable: names, lossOnStates: true });
    const arena = new Arena();
    const vector = () => arena.span(4 * size);
    const from = <T>(keys: readonly string[], make: (key: string) => T): Record<string, T> =>
      Object.fromEntries(keys.map((key) => [key, make(key)]));
    const states = Object.keys(step.next);
    const [w, g, m, v] = [0, 1, 2, 3].map(() => arena.span(4 * names.length)) as [number, number, number, number];
    const fixed = ['low', 'high', 'sign', 'bias'];
    const places: AdjointPlaces = {
      batch: size / ROW,
      size: ROW,
      padded: ROW,
      rowBytes: ROW / 8,
      params: { ...from(fixed, () => arena.span(4)), ...from(names, (name) => w + 4 * names.indexOf(name)) },
      inputs: { x: fixedPlace(vector()) },
      state: from(states, () => fixedPlace(vector())),
      output: fixedPlace(vector()),
      random: [],
      tape: plan.tape.nodes.map(() => fixedPlace(vector())),
      dState: from(states, vector),
      dOutput: vector(),
      dInputs: {},
      dParams: from(names, () => arena.span(4 * ROW)),
    };
    const module = new ModuleBuilder({ shared: false, minPages: arena.pages });
    emitForward(module, plan, places, 'forward');
    emitAdjoint(module, plan, places, 'adjoint');
    const memory = new WebAssembly.Memory({ initial: arena.pages });
    const compiled = new WebAssembly.Module(module.toBytes());
    const { exports } = new WebAssembly.Instance(compiled, { env: { memory } });
    const view = (address: number, count = size) => new Float32Array(memory.buffer, address, count);
    this.#forward = exports.forward as Step;
    this.#adjoint = exports.adjoint as Step;
    this.#kernels = loadKernels(memory);
    for (const name of fixed) {
      view(places.params[name]!, 1)[0] = step.definition.params[name]!.default;
    }
    this.inputs = view(places.inputs.x!.base);
    this.outputs = view(places.output.base);
    this.outputGradient = view(places.dOutput);
    this.excess = states.map((name) => view(places.state[name]!.base));
    this.excessGradient = states.map((name) => view(places.dState[name]!));
    this.parameters = view(w, names.length);
    this.gradient = view(g, names.length);
    this.#perNeuron = names.map((name) => view(places.dParams[name]!, ROW));
    this.#moments = view(m, (v - m) / 4 + names.length);
    this.#addresses = { w, g, m, v };
  }

  /** Outputs and excess of the present parameters. */
  forward(): void {
    this.#forward(1);
  }

  /** Turns the gradients of outputs and excess into `gradient`. */
  backward(): void {
    for (const row of this.#perNeuron) row.fill(0);
    this.#adjoint(1);
    for (const [i, row] of this.#perNeuron.entries()) {
      let sum = 0;
      for (let neuron = 0; neuron < row.length; neuron++) sum += row[neuron]!;
      this.gradient[i] = sum;
    }
  }

  /** Forgets Adam's moments. */
  reset(): void {
    this.#moments.fill(0);
  }

  /** Adam's step number `n`, from 1. */
  adam(learningRate: number, n: number): void {
    const { w, g, m, v } = this.#addresses;
    const [beta1, beta2, epsilon] = [0.9, 0.999, 1e-8];
    const size = (learningRate * Math.sqrt(1 - beta2 ** n)) / (1 - beta1 ** n);
    this.#kernels.adamStep(this.parameters.length, w, g, m, v, size, beta1, beta2, epsilon, 0);
  }
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RandomStream } from 'volley/base';
import {
  type AdjointProgram,
  activeStates,
  defineNeuron,
  derivedAdjoint,
  deriveParameters,
  evaluateAdjoint,
  evaluateGraph,
  evaluateJacobians,
  evaluateStep,
  type Graph,
  type Leaf,
  type NeuronModel,
  type NodeId,
  planPopulation,
  type StepInput,
  type StepProgram,
  triangular,
} from 'volley/expr';
import { errorBounds } from './error-bound.ts';
import { Machine } from './expr-machine.ts';
import { choiceLists, randomModel } from './expr-models.ts';

const SHAPES = [
  [1, 1],
  [3, 4],
  [1, 5],
  [3, 33],
  [1, 100],
  [2, 64],
] as const;

const names = (record: Readonly<Record<string, unknown>>) => Object.keys(record);
const record = (keys: readonly string[], f: (key: string) => number) =>
  Object.fromEntries(keys.map((key) => [key, f(key)]));

/** Values and float32 error bounds of the nodes behind `roots`. */
function bounded(graph: Graph, roots: readonly NodeId[], input: StepInput, seed: (name: string) => number) {
  const leaf = (node: Leaf): number => {
    if (node.op === 'const') return node.value;
    if (node.op === 'param') return input.params[node.name]!;
    if (node.op === 'state') return input.state[node.name]!;
    if (node.op === 'input') return input.inputs[node.name]!;
    if (node.op === 'random') return input.random[node.site]!;
    return node.op === 'seed' ? seed(node.name) : input.previousOutput;
  };
  const values = evaluateGraph(graph, roots, leaf);
  return { values, errors: errorBounds(graph, values) };
}

/** A close match, counted; what is too close to a threshold to call is skipped. */
class Tally {
  compared = 0;
  skipped = 0;
  match(actual: number, expected: number, error: number, what: string): void {
    if (error === Number.POSITIVE_INFINITY) {
      this.skipped += 1;
      return;
    }
    this.compared += 1;
    // The bound is first order; 1 % covers the second order.
    if (!(Math.abs(actual - expected) <= 1.01 * error + 1e-35)) {
      throw new Error(`${what}: expected ${expected} ± ${error}, got ${actual}`);
    }
  }
}

interface Case {
  readonly machine: Machine;
  readonly program: StepProgram;
  readonly params: Record<string, number>[];
}

/** Writes parameters (base ones random, derived ones computed) and returns each neuron's values as float32 holds them. */
function writeParameters(
  machine: Machine,
  model: NeuronModel,
  perNeuron: ReadonlySet<string>,
  random: RandomStream,
): Record<string, number>[] {
  const { padded, params: addresses } = machine.places;
  const vary = record(names(model.definition.params), () => 0);
  const all: Record<string, number>[] = [];
  const shared = record(names(vary), () => Math.fround(0.5 + random.uniform()));
  for (let i = 0; i < padded; i++) {
    const base = record(names(vary), (name) =>
      perNeuron.has(name) ? Math.fround(0.5 + random.uniform()) : shared[name]!,
    );
    const derived = deriveParameters(model.step, base, 1);
    for (const [name, address] of Object.entries(addresses)) {
      derived[name] = Math.fround(derived[name]!);
      const array = machine.array(address, padded);
      if (perNeuron.has(name)) array[i] = derived[name]!;
      else array[0] = derived[name]!;
    }
    all.push(derived);
  }
  return all;
}

/** Random state, inputs, draws and previous spikes before step t; returns the reference input of every lane. */
function writeStep({ machine, program, params }: Case, t: number, random: RandomStream): StepInput[] {
  const { places } = machine;
  const states = record(names(places.state), () => 0);
  for (const place of Object.values(places.state))
    machine.fill(machine.at(place, t - 1), () => 2 * random.uniform() - 1);
  for (const place of Object.values(places.inputs))
    machine.fill(machine.at(place, t), () => 3 * random.uniform() - 1.5);
  program.randomSites.forEach(({ kind }, site) => {
    machine.fill(machine.at(places.random[site]!, t), () => (kind === 'normal' ? random.normal() : random.uniform()));
  });
  const lanes: StepInput[] = [];
  for (let row = 0; row < places.batch; row++) {
    for (let i = 0; i < places.size; i++) {
      const lane = row * places.padded + i;
      const spike = random.uniform() < 0.4;
      if (program.spiking) machine.setBit(places.output, t - 1, row, i, spike);
      lanes.push({
        params: params[i]!,
        state: record(names(states), (name) => machine.at(places.state[name]!, t - 1)[lane]!),
        previousOutput: Number(spike),
        inputs: record(names(places.inputs), (name) => machine.at(places.inputs[name]!, t)[lane]!),
        random: places.random.map((place) => machine.at(place, t)[lane]!),
      });
    }
  }
  return lanes;
}

function compareForward({ machine, program }: Case, t: number, lanes: readonly StepInput[], tally: Tally): void {
  const { places } = machine;
  lanes.forEach((input, index) => {
    const [row, i] = [Math.floor(index / places.size), index % places.size];
    const roots = [...Object.values(program.next), program.output];
    const { values, errors } = bounded(program.graph, roots, input, () => 0);
    const reference = evaluateStep(program, input);
    for (const [name, node] of Object.entries(program.next)) {
      expect(reference.state[name]).toBe(values[node]);
      const got = machine.at(places.state[name]!, t)[row * places.padded + i]!;
      tally.match(got, values[node]!, errors[node]!, `state ${name}`);
    }
    const got = program.spiking
      ? machine.bit(places.output, t, row, i)
      : machine.at(places.output, t)[row * places.padded + i]!;
    tally.match(got, reference.output, errors[program.output]!, 'output');
  });
  if (program.spiking) {
    const bytes = machine.bitRows(places.output, t);
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const lane = bit % (8 * places.rowBytes);
      if (lane >= places.size) expect((bytes[bit >> 3]! >> (bit & 7)) & 1).toBe(0);
    }
  }
}

interface Seeds {
  readonly dState: Record<string, Float32Array>;
  readonly dOutput: Float32Array;
  readonly constant: Float32Array;
}

function writeSeeds(machine: Machine, random: RandomStream): Seeds {
  const { places } = machine;
  const draw = () => 2 * random.uniform() - 1;
  const dState = Object.fromEntries(
    Object.entries(places.dState).map(([name, address]) => [name, machine.fill(machine.array(address), draw).slice()]),
  );
  const dOutput = machine.fill(machine.array(places.dOutput), draw).slice();
  const constant = machine.fill(machine.array(places.dOutputConstant!, places.padded), draw).slice();
  for (const address of Object.values(places.dParams)) machine.array(address, places.padded).fill(0);
  return { dState, dOutput, constant };
}

function compareAdjoint(
  { machine, program }: Case,
  adjoint: AdjointProgram,
  lanes: readonly StepInput[],
  seeds: Seeds,
  tally: Tally,
): void {
  const { places } = machine;
  const { results } = adjoint;
  const sums = new Map(names(places.dParams).map((name) => [name, lanes.slice(0, places.size).map(() => [0, 0])]));
  lanes.forEach((input, index) => {
    const [row, i] = [Math.floor(index / places.size), index % places.size];
    const lane = row * places.padded + i;
    // The two parts are added in float32 first, as the generated code does.
    const output = Math.fround(seeds.dOutput[lane]! + seeds.constant[i]!);
    const state = record(names(seeds.dState), (name) => seeds.dState[name]![lane]!);
    const reference = evaluateAdjoint(program, input, { state, output });
    const roots = [results.state, results.inputs, results.params].flatMap((list) => Object.values(list));
    const { errors } = bounded(adjoint.graph, [...roots, results.previousOutput], input, (name) =>
      name === '' ? output : state[name]!,
    );
    for (const [name, address] of Object.entries(places.dState)) {
      tally.match(machine.array(address)[lane]!, reference.state[name]!, errors[results.state[name]!]!, `d ${name}`);
    }
    for (const [name, place] of Object.entries(places.dInputs)) {
      tally.match(machine.at(place, 0)[lane]!, reference.inputs[name]!, errors[results.inputs[name]!]!, `d ${name}`);
    }
    const previous = errors[results.previousOutput]!;
    tally.match(machine.array(places.dOutput)[lane]!, reference.previousOutput, previous, 'd previous output');
    for (const [name, perNeuron] of sums) {
      const sum = perNeuron[i]!;
      sum[0]! += reference.params[name]!;
      // One rounding per addition on top of the error of the term.
      sum[1]! += errors[results.params[name]!]! + 2 ** -23 * (Math.abs(sum[0]!) + Math.abs(reference.params[name]!));
    }
  });
  for (const [name, perNeuron] of sums) {
    perNeuron.forEach(([sum, error], i) => {
      tally.match(machine.array(places.dParams[name]!, places.padded)[i]!, sum!, error!, `d parameter ${name}`);
    });
  }
}

/** Emits a model and compares forward and backward steps with the reference; returns how much was compared. */
function checkModel(
  model: NeuronModel,
  shape: readonly [number, number],
  perNeuron: readonly string[],
  seed: number,
): Tally {
  const random = new RandomStream(seed, 5);
  const plan = planPopulation(model.step, { perNeuron, training: true, trainable: ['p0', 'p1', 'd0'] });
  const machine = new Machine(plan, shape[0], shape[1]);
  const params = writeParameters(machine, model, plan.perNeuron, random);
  const test: Case = { machine, program: model.step, params };
  const tally = new Tally();
  for (const t of [1, 2, 3]) {
    const lanes = writeStep(test, t, random);
    if (model.step.spiking) machine.bitRows(machine.places.output, t).fill(0xff); // stale bits must not survive
    machine.forward(t);
    compareForward(test, t, lanes, tally);
    const seeds = writeSeeds(machine, random);
    machine.adjoint(t);
    compareAdjoint(test, plan.adjoint!, lanes, seeds, tally);
  }
  return tally;
}

const cases = { numRuns: 60 };

describe('random models', () => {
  it('emitted forward and adjoint steps equal the reference within the rounding error', () => {
    const total = new Tally();
    fc.assert(
      fc.property(
        choiceLists,
        fc.nat(SHAPES.length - 1),
        fc.subarray(['p0', 'p1']),
        fc.nat(1000),
        (choices, shape, perNeuron, seed) => {
          const tally = checkModel(randomModel(choices, { smooth: false }), SHAPES[shape]!, perNeuron, seed);
          total.compared += tally.compared;
          total.skipped += tally.skipped;
        },
      ),
      cases,
    );
    // Too close to call must stay the exception, or the test says nothing.
    expect(total.skipped).toBeLessThan(0.02 * total.compared);
    expect(total.compared).toBeGreaterThan(10_000);
  });

  it('a value that is kept behind stop() is read there, and not made from an input that is gone', () => {
    const model = defineNeuron({
      name: 'bounded',
      params: {
        p0: { symbol: 'p', unit: '1', default: 0.8, doc: 'largest drive' },
        p1: { symbol: 'q', unit: '1', default: 0.5, doc: 'decay' },
      },
      derived: { d0: 'exp(-p1)' },
      state: { s0: 'state' },
      inputs: { i0: 'input' },
      equations: "s0' = d0 * s0 + z\nz' = spike(s0 + min(p0, stop(tanh(i0))))",
      pseudoDerivative: triangular(),
    });
    const tally = checkModel(model, SHAPES[2]!, [], 1);
    expect(tally.compared).toBeGreaterThan(100);
  });

  it('the reference adjoint of a smooth model equals central differences', () => {
    fc.assert(
      fc.property(choiceLists, fc.nat(1000), (choices, seed) => {
        const { step } = randomModel(choices, { smooth: true });
        const random = new RandomStream(seed, 6);
        const draw = () => 2 * random.uniform() - 1;
        const base = { p0: 0.5 + random.uniform(), p1: 0.5 + random.uniform() };
        const state = record(names(step.next), draw);
        const inputs = record(names(step.definition.inputs), draw);
        const seeds = { state: record(names(step.next), draw), output: draw() };
        const run = (kind: 'state' | 'inputs' | 'params', name: string, shift: number): number => {
          const moved = { params: { ...base }, state: { ...state }, inputs: { ...inputs } };
          (moved[kind] as Record<string, number>)[name]! += shift;
          const params = deriveParameters(step, moved.params, 1);
          const result = evaluateStep(step, { ...moved, params, previousOutput: 0, random: [] });
          return names(step.next).reduce(
            (sum, key) => sum + seeds.state[key]! * result.state[key]!,
            seeds.output * result.output,
          );
        };
        const params = deriveParameters(step, base, 1);
        const gradient = evaluateAdjoint(step, { params, state, inputs, previousOutput: 0, random: [] }, seeds);
        const expected = { ...gradient, params: derivedAdjoint(step, base, 1, gradient.params) };
        for (const kind of ['state', 'inputs', 'params'] as const) {
          for (const [name, value] of Object.entries(expected[kind])) {
            const h = 1e-5;
            const difference = (run(kind, name, h) - run(kind, name, -h)) / (2 * h);
            // Rounding 1e-16 / h = 1e-11 and truncation h² f''' / 6, with third derivatives up to some hundreds.
            expect(Math.abs(difference - value)).toBeLessThan(1e-7 * (1 + Math.abs(value)));
          }
        }
      }),
      cases,
    );
  });

  it('local Jacobians are the rows of the adjoint, and compose to the total derivative of the output', () => {
    fc.assert(
      fc.property(choiceLists, fc.nat(1000), (choices, seed) => {
        const { step } = randomModel(choices, { smooth: false });
        const random = new RandomStream(seed, 7);
        const draw = () => 2 * random.uniform() - 1;
        const input: StepInput = {
          params: deriveParameters(step, { p0: 0.8, p1: 1.3 }, 1),
          state: record(names(step.next), draw),
          previousOutput: 1,
          inputs: record(names(step.definition.inputs), draw),
          random: step.randomSites.map(() => random.uniform()),
        };
        const jacobians = evaluateJacobians(step, input);
        const close = (a: number, b: number) => expect(Math.abs(a - b)).toBeLessThan(1e-12 * (1 + Math.abs(a)));
        for (const k of names(step.next)) {
          const row = evaluateAdjoint(step, input, { state: { [k]: 1 }, output: 0 });
          for (const l of names(step.next)) close(jacobians.stateByState[k]![l]!, row.state[l]!);
          for (const i of names(input.inputs)) close(jacobians.stateByInput[k]![i]!, row.inputs[i]!);
          close(jacobians.stateByPrevious[k]!, row.previousOutput);
        }
        const total = evaluateAdjoint(step, input, { state: {}, output: 1 });
        for (const l of names(step.next)) {
          const through = names(step.next).reduce(
            (sum, k) => sum + jacobians.outputByState[k]! * jacobians.stateByState[k]![l]!,
            jacobians.outputByOldState[l]!,
          );
          close(total.state[l]!, through);
        }
        const chained = (byState: (k: string) => number, direct: number) =>
          names(step.next).reduce((sum, k) => sum + jacobians.outputByState[k]! * byState(k), direct);
        const { stateByInput, stateByPrevious, outputByInput, outputByPrevious } = jacobians;
        for (const i of names(input.inputs))
          close(
            total.inputs[i]!,
            chained((k) => stateByInput[k]![i]!, outputByInput[i]!),
          );
        close(
          total.previousOutput,
          chained((k) => stateByPrevious[k]!, outputByPrevious),
        );
      }),
      cases,
    );
  });

  it('a state without a path to the output is not active', () => {
    fc.assert(
      fc.property(choiceLists, (choices) => {
        const { step } = randomModel(choices, { smooth: true });
        const active = activeStates(step);
        const inactive = names(step.next).filter((name) => !active.includes(name));
        const input = {
          params: deriveParameters(step, { p0: 0.8, p1: 1.3 }, 1),
          state: record(names(step.next), () => 0.3),
          previousOutput: 0,
          inputs: record(names(step.definition.inputs), () => 0.2),
          random: [],
        };
        // Adjoints that start on active states and the output never reach an inactive one.
        const gradient = evaluateAdjoint(step, input, { state: record(active, () => 1), output: 1 });
        for (const name of inactive) expect(gradient.state[name]).toBe(0);
      }),
      cases,
    );
  });
});

import { describe, expect, it } from 'vitest';
import {
  adam,
  adaptiveFeedback,
  allToAll,
  boxcar,
  bptt,
  cobaExp,
  cosine,
  cueAccumulation,
  deepR,
  defineNetwork,
  defineNeuron,
  defineSynapse,
  delayedChoice,
  delayedCopy,
  EventSimulation,
  eprop,
  fanInNormal,
  firingRate,
  fixedNumber,
  fixedProbability,
  LeverPress,
  leakyReadout,
  lif,
  linearWarmup,
  NaturalEprop,
  normal,
  OnlineLearner,
  ParameterError,
  PartitionedSimulation,
  patternGeneration,
  populationCode,
  RandomStream,
  RewardLearner,
  randomFeedback,
  randomPairs,
  Simulation,
  SuperimposedPatterns,
  sequentialMnist,
  sgd,
  slicesInTurn,
  softDeepR,
  softmaxCrossEntropy,
  speechFrontEnd,
  squaredError,
  stdp,
  stepDecay,
  storeRecall,
  syntheticGradients,
  Trainer,
  thresholdCrossing,
  triangular,
  WindowLearner,
} from 'volley';
import {
  compileCode,
  evaluateCode,
  findFit,
  fitAmos,
  fitFewSpike,
  fitFewSpikeByGradient,
  relu6Code,
  reluCode,
  rescale,
  signedCode,
} from 'volley/convert';
import { eventThreads, loadCifar10, loadMnist, nodeRuntime, workerThreads } from 'volley/io';

/** Calls with whatever a program without types may pass; `more` holds the option that does not exist. */
type Call = (more: object) => unknown;
/** A function of any library type, as such a program sees it. */
// biome-ignore lint/suspicious/noExplicitAny: what is tested is what types would refuse
type Loose = (...given: any[]) => unknown;

const plain = {
  inputs: { x: { size: 2 } },
  populations: { hidden: { size: 4, model: lif() }, out: { size: 3, model: leakyReadout() } },
  projections: { in: { from: 'x', to: 'hidden', weights: 1 }, out: { from: 'hidden', to: 'out', weights: 1 } },
} as const;
const network = defineNetwork(plain);
const optimiser = adam({ learningRate: 0.01 });
const learning = { batch: 1, seed: 1, loss: squaredError(), optimiser };
const events = {
  populations: { e: { size: 2, model: cobaExp() } },
  projections: { ee: { from: 'e', to: 'e', input: 'exc', topology: allToAll(), weights: 1 } },
  poisson: { noise: { to: 'e', input: 'exc', rate: 10, weights: 1 } },
} as const;
const neuron = {
  name: 'mine',
  params: {},
  state: { y: 'state' },
  inputs: { I: 'input' },
  equations: "y' = I",
  output: 'y',
};
const synapse = { name: 'mine', params: {}, synapse: { w: 'weight' }, onPre: "w' = w" };
const parameter = { symbol: 'τ', unit: 'ms', default: 10, doc: 'time constant' };
const natural = { batch: 1, steps: 2, seed: 1, innerRate: 1, optimiser };
const trainee = { network, learns: 'hidden', loss: squaredError() };
const generator = { network, signals: 'out' };
const range = [-1, 1] as const;

const of =
  (call: unknown, given: object = {}): Call =>
  (more) =>
    (call as Loose)({ ...given, ...more });
const build =
  (type: unknown, first: unknown, given: object): Call =>
  (more) =>
    new (type as new (...all: unknown[]) => unknown)(first, { ...given, ...more });
const ask = (call: unknown, ...given: unknown[]): unknown => (call as Loose)(...given);

const cases: [string, Call][] = [
  ['defineNetwork', of(defineNetwork, plain)],
  ['an input', (more) => ask(defineNetwork, { ...plain, inputs: { x: { size: 2, ...more } } })],
  [
    'a population',
    (more) =>
      ask(defineNetwork, {
        ...plain,
        populations: { ...plain.populations, hidden: { size: 4, model: lif(), ...more } },
      }),
  ],
  [
    'a projection',
    (more) => ask(defineNetwork, { ...plain, projections: { in: { from: 'x', to: 'hidden', weights: 1, ...more } } }),
  ],
  [
    'rewiring',
    (more) => {
      const rewiring = { interval: 10, active: 'w', ...more };
      const plastic = { from: 'x', to: 'hidden', weights: 1, synapse: stdp(), rewiring };
      return ask(defineNetwork, { ...plain, projections: { plastic } });
    },
  ],
  ['defineNeuron', of(defineNeuron, neuron)],
  ['a parameter of a neuron', (more) => ask(defineNeuron, { ...neuron, params: { tau: { ...parameter, ...more } } })],
  ['a state of a neuron', (more) => ask(defineNeuron, { ...neuron, state: { y: { doc: 'state', ...more } } })],
  ['defineSynapse', of(defineSynapse, synapse)],
  [
    'a parameter of a synapse',
    (more) => ask(defineSynapse, { ...synapse, params: { tau: { ...parameter, ...more } } }),
  ],
  ['triangular', of(triangular)],
  ['boxcar', of(boxcar)],
  ['normal', of(normal, { sd: 1 })],
  ['fanInNormal', of(fanInNormal)],
  ['allToAll', of(allToAll)],
  ['fixedProbability', (more) => ask(fixedProbability, 0.5, more)],
  ['fixedNumber', (more) => ask(fixedNumber, 3, more)],
  ['randomPairs', (more) => ask(randomPairs, 3, more)],
  ['Simulation', build(Simulation, network, { seed: 1 })],
  ['what a Simulation records', (more) => ask(() => new Simulation(network, { seed: 1, record: { ...more } }))],
  ['EventSimulation', build(EventSimulation, events, { seed: 1 })],
  ['EventSimulation.run', (more) => ask(() => new EventSimulation(events, { seed: 1 }).run(1, { ...more }))],
  ['an event network', (more) => build(EventSimulation, { ...events, ...more }, { seed: 1 })({})],
  [
    'a population of events',
    (more) =>
      build(EventSimulation, { ...events, populations: { e: { ...events.populations.e, ...more } } }, { seed: 1 })({}),
  ],
  [
    'a projection of events',
    (more) =>
      build(
        EventSimulation,
        { ...events, projections: { ee: { ...events.projections.ee, ...more } } },
        { seed: 1 },
      )({}),
  ],
  [
    'a Poisson drive',
    (more) =>
      build(EventSimulation, { ...events, poisson: { noise: { ...events.poisson.noise, ...more } } }, { seed: 1 })({}),
  ],
  [
    'PartitionedSimulation',
    (more) => ask(PartitionedSimulation.create, events, { seed: 1, executor: slicesInTurn({ parts: 1 }), ...more }),
  ],
  ['slicesInTurn', of(slicesInTurn, { parts: 1 })],
  ['eventThreads', of(eventThreads)],
  ['workerThreads', of(workerThreads)],
  ['nodeRuntime', of(nodeRuntime)],
  ['loadMnist', of(loadMnist)],
  ['loadCifar10', of(loadCifar10, { split: 'test' })],
  ['Trainer', (more) => ask(Trainer.create, network, { ...learning, steps: 2, ...more })],
  ['OnlineLearner', build(OnlineLearner, network, learning)],
  ['WindowLearner', build(WindowLearner, network, { ...learning, window: 2 })],
  ['RewardLearner', build(RewardLearner, network, { batch: 1, seed: 1, optimiser, discount: 0.9 })],
  ['NaturalEprop', (more) => ask(() => new NaturalEprop({ ...natural, trainee, generator, ...more }))],
  ['a trainee', (more) => ask(() => new NaturalEprop({ ...natural, trainee: { ...trainee, ...more }, generator }))],
  ['a generator', (more) => ask(() => new NaturalEprop({ ...natural, trainee, generator: { ...generator, ...more } }))],
  ['adam', of(adam, { learningRate: 0.01 })],
  ['sgd', of(sgd, { learningRate: 0.01 })],
  [
    'adam as plain data',
    (more) => ask(Trainer.create, network, { ...learning, steps: 2, optimiser: { ...optimiser, ...more } }),
  ],
  [
    'a loss as plain data',
    (more) => ask(Trainer.create, network, { ...learning, steps: 2, loss: { ...learning.loss, ...more } }),
  ],
  [
    'a rule as plain data',
    (more) => ask(Trainer.create, network, { ...learning, steps: 2, rule: { ...eprop(), ...more } }),
  ],
  [
    'feedback as plain data',
    (more) =>
      ask(Trainer.create, network, {
        ...learning,
        steps: 2,
        rule: eprop({ feedback: { ...randomFeedback(), ...more } }),
      }),
  ],
  ['stepDecay', of(stepDecay, { initial: 1, factor: 0.5, every: 2 })],
  ['cosine', of(cosine, { initial: 1, iterations: 2 })],
  ['linearWarmup', of(linearWarmup, { iterations: 2, schedule: 1 })],
  [
    'a schedule as plain data',
    (more) => adam({ learningRate: { ...(cosine({ initial: 1, iterations: 2 }) as object), ...more } as never }),
  ],
  ['bptt', of(bptt)],
  ['eprop', of(eprop)],
  ['randomFeedback', of(randomFeedback)],
  ['adaptiveFeedback', of(adaptiveFeedback)],
  ['softmaxCrossEntropy', of(softmaxCrossEntropy)],
  ['squaredError', of(squaredError)],
  ['firingRate', of(firingRate, { population: 'hidden', strength: 1 })],
  ['deepR', of(deepR, { projections: ['in'] })],
  ['softDeepR', of(softDeepR, { projections: ['in'], temperature: 1, minimum: -1 })],
  ['syntheticGradients', of(syntheticGradients)],
  ['cueAccumulation', of(cueAccumulation)],
  ['delayedChoice', of(delayedChoice)],
  ['delayedCopy', of(delayedCopy)],
  ['patternGeneration', of(patternGeneration)],
  ['storeRecall', of(storeRecall)],
  ['thresholdCrossing', of(thresholdCrossing)],
  ['populationCode', of(populationCode, { min: 0, max: 1, size: 4 })],
  ['sequentialMnist', of(sequentialMnist, { images: new Uint8Array(784), labels: new Uint8Array(1) })],
  ['SuperimposedPatterns', (more) => ask(() => new SuperimposedPatterns({ patterns: [Uint8Array.of(1)], ...more }, 1))],
  ['LeverPress', build(LeverPress, new RandomStream(1), {})],
  ['speechFrontEnd', of(speechFrontEnd, { sampleRate: 8000 })],
  ['reluCode', of(reluCode, { steps: 4, alpha: 1 })],
  ['relu6Code', of(relu6Code, { steps: 4 })],
  ['signedCode', of(signedCode, { steps: 4, alpha: 1 })],
  ['compileCode', (more) => ask(compileCode, reluCode({ steps: 4, alpha: 1 }), more)],
  ['evaluateCode', (more) => ask(evaluateCode, reluCode({ steps: 4, alpha: 1 }), [1], more)],
  ['rescale', (more) => ask(rescale, reluCode({ steps: 4, alpha: 1 })[0], more)],
  [
    'fitAmos',
    (more) => ask(fitAmos, Math.tanh, { start: [findFit('tanh', 4, 'uniform')!.parameters], hops: 1, ...more }),
  ],
  ['fitFewSpike', (more) => ask(fitFewSpike, Math.abs, { steps: 2, range, evaluations: 1, tries: 1, ...more })],
  [
    'fitFewSpikeByGradient',
    (more) => ask(fitFewSpikeByGradient, Math.abs, { steps: 2, range, restarts: 1, iterations: 1, ...more }),
  ],
];

describe('an option that does not exist', () => {
  it.each(cases)('is refused by %s', async (_, call) => {
    const error = await (async () => call({ dealy: 5 }))().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ParameterError);
    // The name, and those that there are.
    expect((error as ParameterError).message).toMatch(/unknown (option|part of a synapse) "dealy" \(known: \w+/);
    expect((error as ParameterError).fields.name).toBe('dealy');
  });

  it.each<[string, unknown]>([
    ['nothing', null],
    ['a number', 3],
    ['a list', [1]],
  ])('%s in place of options is refused', (_, given) => {
    expect(() => (adam as unknown as Loose)(given)).toThrow(ParameterError);
    expect(() => new (Simulation as unknown as new (...all: unknown[]) => unknown)(network, given)).toThrow(
      /^Simulation: expected options by name, got (null|number|an array)/,
    );
  });
});

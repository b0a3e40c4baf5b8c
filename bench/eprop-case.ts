import {
  alifUnscaled,
  type Batch,
  bptt,
  defineNetwork,
  eprop,
  fanInNormal,
  glorotUniform,
  initialParameters,
  type LearningRule,
  leakyReadout,
  type Network,
  OnlineLearner,
  RandomStream,
  randomFeedback,
  sgd,
  squaredError,
  Trainer,
} from 'volley';
import { randomSpikes } from './random-spikes.ts';

/** One size of the e-prop benchmark; as many inputs as neurons. */
export interface EpropCase {
  readonly batch: number;
  readonly neurons: number;
  readonly steps: number;
  /** Gain of input and recurrent weights, at which 2 to 3 % of the neurons spike per step. */
  readonly gain: number;
}

/** 20 Hz at steps of 1 ms. */
const INPUT_RATE = 0.02;
const OUTPUTS = 2;
/** Where the target of the gradient does not matter for time, one that keeps errors of order 1. */
const TARGET_SEED = 7;

/** Synapses of a case whose traces are counted; those onto the readout come free. */
export const synapses = ({ neurons }: EpropCase): number => 2 * neurons * neurons;

/** Synapses times time steps times batch rows. */
export const synapseSteps = (test: EpropCase): number => test.batch * test.steps * synapses(test);

/** `neurons` unscaled ALIF, each with all inputs and all neurons, and two leaky readouts. */
export function epropNetwork({ neurons, gain }: EpropCase): Network {
  const weights = fanInNormal({ gain });
  return defineNetwork({
    inputs: { x: { size: neurons } },
    populations: {
      hidden: { size: neurons, model: alifUnscaled() },
      out: { size: OUTPUTS, model: leakyReadout() },
    },
    projections: {
      in: { from: 'x', to: 'hidden', weights },
      rec: { from: 'hidden', to: 'hidden', weights },
      out: { from: 'hidden', to: 'out', weights: glorotUniform() },
    },
  });
}

/** Poisson input and random targets for the readout. */
export function epropBatch({ batch, neurons, steps }: EpropCase): Batch {
  const random = new RandomStream(TARGET_SEED, 0);
  const data = Float32Array.from({ length: steps * batch * OUTPUTS }, () => random.normal());
  return {
    steps,
    size: batch,
    inputs: { x: randomSpikes(steps, batch, neurons, INPUT_RATE) },
    targets: { out: { data } },
  };
}

function options(test: EpropCase, network: Network) {
  const parameters = initialParameters(network, 1);
  const optimiser = sgd({ learningRate: 1e-6 });
  return { batch: test.batch, seed: 1, loss: squaredError(), optimiser, parameters };
}

/** The rule of the benchmark: fixed random feedback. */
const RULE = eprop({ feedback: randomFeedback() });

/** A learner that carries traces forward, in blocks of so many steps. */
export function onlineLearner(test: EpropCase, block: number): OnlineLearner {
  const network = epropNetwork(test);
  return new OnlineLearner(network, { ...options(test, network), rule: RULE, block });
}

/** A trainer on whole sequences: the same gradient by a reverse scan, or that of BPTT. */
export function sequenceTrainer(test: EpropCase, kind: 'eprop' | 'bptt'): Promise<Trainer> {
  const network = epropNetwork(test);
  const rule: LearningRule = kind === 'eprop' ? RULE : bptt();
  return Trainer.create(network, { ...options(test, network), rule, steps: test.steps });
}

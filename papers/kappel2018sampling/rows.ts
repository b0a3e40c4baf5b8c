import {
  type ClosedLoop,
  type LeverPhase,
  LeverPress,
  type LeverPressState,
  type Network,
  PatternRouting,
  type PatternRoutingState,
  RandomStream,
  type SynapseInstance,
  streamOf,
  synapticSampling,
  synapticSamplingFrozen,
  synapticSamplingUniform,
  synapticSamplingWaiting,
} from 'volley';
import type { SettingValues } from 'volley/io';
import { LEVER, leverNetwork, routingNetwork } from './networks.ts';
import type { settings } from './settings.ts';

type Values = SettingValues<typeof settings>;

/** What the trials of one block came to: `ended` counts them, the others are sums. */
export interface Tally {
  ended: number;
  correct: number;
  duration: number;
}

/** An environment, and how to count its trials. */
export interface Environment {
  readonly task: ClosedLoop<unknown>;
  /** Counts a trial that ended with the last cycle. */
  count(tally: Tally): void;
  /** Whether a reward was possible in the last cycle. */
  readonly active: boolean;
  /** What is going on, by number, and the names of these. */
  readonly phase: number;
  readonly phases: readonly string[];
  /** Rates of the inputs, Hz, in each pattern. */
  readonly patterns: readonly ArrayLike<number>[];
  /** Makes the groups of a lever change their roles. */
  swap?(): void;
}

/** One network in one environment. */
export interface Row {
  readonly name: string;
  readonly title: string;
  readonly minutes: number;
  /** Minute in which the lever turns round; 0: never. */
  readonly swap: number;
  /** Name of the row that goes on from the state of this one at the swap. */
  readonly branch?: string;
  network(): Network;
  /** @param state - of an earlier environment, after JSON */
  environment(state?: unknown): Environment;
}

type Variant = 'reward' | 'noReward' | 'cold' | 'uniform' | 'waiting';

const TITLES: Readonly<Record<Variant, string>> = {
  reward: 'routing with reward',
  noReward: 'routing without reward',
  cold: 'routing at temperature 0',
  uniform: 'routing with uniform noise',
  waiting: 'routing with waiting times',
};

const synapseValues = (values: Values) => ({
  ...{ beta: values.beta, tauE: values.tauE, tauG: values.tauG },
  ...{ temperature: values.temperature, mean: values.priorMean, precision: values.precision },
});

function routing(task: PatternRouting): Environment {
  return {
    task,
    count(tally) {
      if (!task.ended) return;
      tally.ended += 1;
      tally.correct += Number(task.ended.correct);
    },
    get active() {
      return task.pattern > 0;
    },
    get phase() {
      return task.pattern;
    },
    phases: ['background', ...task.patterns.map((_, k) => `pattern ${k + 1}`)],
    patterns: task.patterns,
  };
}

const PHASES: readonly LeverPhase[] = ['wait', 'down', 'up', 'reward'];

function lever(task: LeverPress): Environment {
  return {
    task,
    count(tally) {
      if (!task.ended) return;
      tally.ended += 1;
      tally.correct += Number(task.ended.rewarded);
      tally.duration += task.ended.duration;
    },
    active: true,
    get phase() {
      return PHASES.indexOf(task.phase);
    },
    phases: PHASES,
    patterns: [task.state.cue],
    swap() {
      task.direction = -task.direction;
    },
  };
}

function synapseOf(values: Values, name: Variant): SynapseInstance {
  const given = synapseValues(values);
  if (name === 'uniform') return synapticSamplingUniform(given);
  if (name === 'waiting') return synapticSamplingWaiting({ ...given, wait: values.wait });
  return synapticSampling(name === 'cold' ? { ...given, temperature: 0 } : given);
}

/** Pattern routing with one thing changed. */
export function routingRow(values: Values, seed: number, name: Variant): Row {
  const synapse = synapseOf(values, name);
  const { inputs, outputs, copies, lead } = values;
  const scaling = name === 'noReward' ? (false as const) : { cycles: values.meanCycles };
  const start = () => new RandomStream(seed, streamOf('pattern routing'));
  return {
    name,
    title: TITLES[name],
    minutes: name === 'reward' ? values.minutes : values.controlMinutes,
    swap: 0,
    network: () => routingNetwork({ inputs, outputs }, synapse, { copies, mean: values.thetaMean, sd: values.thetaSd }),
    environment: (state) =>
      routing(
        new PatternRouting((state as PatternRoutingState | undefined) ?? start(), { inputSize: inputs, lead, scaling }),
      ),
  };
}

function leverWith(synapse: SynapseInstance, values: Values, seed: number): Pick<Row, 'network' | 'environment'> {
  const options = { inputSize: LEVER.inputs, firstActing: LEVER.hidden, scaling: { cycles: values.meanCycles } };
  const start = () => new RandomStream(seed, streamOf('lever press'));
  return {
    network: () =>
      leverNetwork(synapse, { copies: values.leverCopies, mean: values.thetaMean, sd: values.thetaSd }, seed),
    environment: (state) => lever(new LeverPress((state as LeverPressState | undefined) ?? start(), options)),
  };
}

/** The lever press, and the same from the swap on with a frozen connectome. */
export function leverRows(values: Values, seed: number): Row[] {
  const { leverSwap: swap, leverMinutes, leverFrozenMinutes } = values;
  const branches = leverFrozenMinutes > 0 && swap > 0 && swap < leverMinutes;
  const given = synapseValues(values);
  const lever: Row = {
    ...{ name: 'lever', title: 'lever press', minutes: leverMinutes, swap },
    ...(branches ? { branch: 'leverFrozen' } : {}),
    ...leverWith(synapticSampling(given), values, seed),
  };
  const frozen: Row = {
    ...{ name: 'leverFrozen', title: 'lever press, connectome frozen at the swap', swap },
    minutes: swap + leverFrozenMinutes,
    ...leverWith(synapticSamplingFrozen(given), values, seed),
  };
  return branches ? [lever, frozen] : [lever];
}

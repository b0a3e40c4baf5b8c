import type { Setting } from 'volley/io';

const real = (value: number, unit: string, origin: string, doc: string, min = 0) =>
  ({ value, unit, origin, doc, min }) satisfies Setting;
const whole = (value: number, origin: string, doc: string, min = 0) =>
  ({ value, origin, doc, min, integer: true }) satisfies Setting;

const CODE = "authors' SPORE module, pattern_matching_showcase";
const LEVER = "authors' SPORE module, lever_press_showcase";
const CHOICE = 'our choice';

/** Every number of the experiment; presets override some. */
export const settings = {
  minutes: real(60, 'min', `${CHOICE}; the example runs 1667`, 'biological time of pattern routing with reward'),
  controlMinutes: real(60, 'min', CHOICE, 'the same without reward, at temperature 0, and with uniform noise; 0: none'),
  leverMinutes: real(
    60,
    'min',
    `${CHOICE}; the example runs 1667`,
    'biological time of the lever press; 0 leaves it out',
  ),
  leverSwap: real(
    0,
    'min',
    'paper, Fig. 3: 1440',
    'time at which the groups that pull up and down swap roles; 0: never',
  ),
  leverFrozenMinutes: real(
    0,
    'min',
    'paper, Fig. 3; duration: our choice',
    'biological time for which the lever is also relearned with the connectome of the swap; 0: not at all',
  ),
  blockMinutes: { ...real(7.5, 'min', CHOICE, 'time over which accuracies are averaged', 0.1), max: 60 },
  inputs: whole(50, CODE, 'input neurons', 1),
  outputs: whole(20, CODE, 'neurons that act in pattern routing', 2),
  copies: whole(2, CODE, 'potential synapses per pair in pattern routing', 1),
  leverCopies: whole(
    10,
    LEVER,
    'draws of potential synapses per pair in the lever press, each with probability 1/2',
    1,
  ),
  thetaMean: { ...real(-0.5, '1', CODE, 'mean of θ at the start', -2), max: 5 },
  thetaSd: real(0.5, '1', CODE, 'standard deviation of θ at the start'),
  beta: real(5e-8, '1/ms', CODE, 'learning rate'),
  temperature: real(0.1, '1', CODE, 'temperature'),
  tauE: real(1000, 'ms', CODE, 'time constant of the eligibility trace', 1),
  tauG: real(50_000, 'ms', CODE, 'time constant of the estimated reward gradient', 1),
  priorMean: { ...real(0, '1', CODE, 'mean of the prior of θ', -2), max: 5 },
  precision: real(0.25, '1', CODE, 'precision of the prior of θ'),
  wait: real(
    200_000,
    'ms',
    `${CHOICE}: as long as the walk stays below 0 on average without reward`,
    'mean time until a retracted synapse comes back, where it does not walk',
    1,
  ),
  lead: real(25, 'Hz', CODE, 'lead of the right group that half of the reward is paid for'),
  meanCycles: real(50_000, 'cycles', `${CODE}: 50 s, applied as if cycles of 15 ms were 1 ms`, 'mean of rewards', 1),
} as const satisfies Record<string, Setting>;

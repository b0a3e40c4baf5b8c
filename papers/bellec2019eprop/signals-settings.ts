import type { Setting } from 'volley/io';

const whole = (value: number, origin: string, doc: string, min = 1, unit?: string) =>
  ({ value, origin, doc, min, integer: true, ...(unit ? { unit } : {}) }) satisfies Setting;
const real = (value: number, origin: string, doc: string, unit?: string, min = 0) =>
  ({ value, origin, doc, min, ...(unit ? { unit } : {}) }) satisfies Setting;

const OURS = 'our choice';
/** The authors' code for a later paper (arXiv:2405.05141), whose task is a larger one of the same kind. */
const ROBOT = "authors' later one-shot robot code";

/** Every number of learning with learning signals from a second network. */
export const signalsSettings = {
  signalsIterations: whole(2000, `${OURS}; ${ROBOT}: 100,000`, 'outer iterations; 0 leaves the task out', 0),
  signalsBatch: whole(20, `${OURS}; ${ROBOT}: 90`, 'trajectories per outer iteration', 2),
  signalsSteps: whole(100, `${OURS}; ${ROBOT}: about 250`, 'steps of a trajectory, a multiple of the clock neurons', 5),
  signalsJoints: whole(1, `${OURS}; ${ROBOT}: 2`, 'joints of the arm'),
  signalsWindow: whole(48, `${ROBOT}: 120, scaled to the steps`, 'Hann window that smooths velocities, in steps'),
  signalsClock: whole(5, ROBOT, 'clock neurons, the only input of the trainee'),
  signalsClockPeriod: whole(5, `${OURS}; ${ROBOT}: 10`, 'steps between spikes of a clock neuron'),
  signalsBits: { ...whole(16, ROBOT, 'input neurons of the generator for each target coordinate'), max: 24 },
  signalsTrainee: whole(60, `${OURS}; ${ROBOT}: 250`, 'LIF neurons of the trainee'),
  signalsGenerator: whole(120, `${OURS}; ${ROBOT}: 800, of which 30 % adapt`, 'LIF neurons of the generator'),
  signalsTauM: real(20, ROBOT, 'membrane time constant of both networks', 'ms', 0.001),
  signalsTauOut: real(20, ROBOT, 'readout time constant of both networks', 'ms', 0.001),
  signalsVTh: real(0.6, ROBOT, 'threshold of both networks, in the unscaled convention', undefined, 1e-9),
  signalsNRef: whole(5, `${OURS}; ${ROBOT}: 2`, 'steps from a spike to the first that may follow', 0),
  signalsInnerRate: real(
    0.1,
    `${OURS}: readouts are normalised here`,
    'learning rate of the one update',
    undefined,
    1e-12,
  ),
  signalsLearningRate: real(2e-3, `${OURS}; ${ROBOT}: 0.0015`, "Adam's learning rate in the outer loop"),
  signalsDecay: real(0.99, ROBOT, 'factor of that learning rate after every 500 outer iterations'),
  signalsRate: real(10, OURS, 'strength of the firing-rate regulariser, for the mean over neurons'),
  signalsTraineeRate: real(20, ROBOT, 'firing rate that it pulls the trainee to', 'Hz'),
  signalsGeneratorRate: real(10, ROBOT, 'firing rate that it pulls the generator to', 'Hz'),
  signalsTest: whole(25, OURS, 'batches of new trajectories on which the result is measured'),
  signalsCurveEvery: whole(100, OURS, 'outer iterations between points of the test curve'),
} as const satisfies Record<string, Setting>;

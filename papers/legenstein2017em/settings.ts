import type { Setting } from 'volley/io';

const CODE = "authors' code, simulation settings";

const whole = (value: number, origin: string, doc: string, unit: string, min = 0) =>
  ({ value, origin, doc, unit, min, integer: true }) satisfies Setting;
const real = (value: number, origin: string, doc: string, min = 0, max?: number) =>
  ({ value, origin, doc, min, ...(max === undefined ? {} : { max }) }) satisfies Setting;

/** Every number of the experiment; presets override some. */
export const settings = {
  excitatory: whole(400, CODE, 'excitatory neurons', '1', 1),
  inhibitory: whole(100, CODE, 'inhibitory neurons', '1', 1),
  side: whole(8, CODE, 'pixels along a side of the image', '1', 2),
  slots: whole(3, CODE, 'bars shown at once at most', '1', 1),
  activity: real(0.9, CODE, 'fraction of time for which a slot shows a bar', 0.01, 0.99),
  duration: whole(50, CODE, 'duration of a bar', 'ms', 1),
  rate: real(75, CODE, 'rate of a pixel that is on, Hz', 0, 1000),
  noise: real(3, CODE, 'largest rate of the noise that fills a free slot, Hz', 0, 1000),
  eta: real(0.02, CODE, 'learning rate of STDP'),
  tauPlus: real(10, CODE, 'time constant of potentiation, ms', 0.1),
  tauMinus: real(25, CODE, 'time constant of depression, ms', 0.1),
  wMin: real(0.01, CODE, 'least weight', 0, 1),
  expectedCauses: real(-3.4, CODE, 'K, the number of active neurons that the prior favours', -100),
  variance: real(0.35, CODE, 'σ², the variance of the prior', 0.01),
  gamma: real(2, CODE, 'γ, steepness of the exponential rate', 0.01),
  maxDelay: whole(10, "authors' code, port to another simulator", 'longest delay of an input synapse; from 1', 'ms', 1),
  trainSeconds: whole(400, CODE, 'time with learning', 's', 1),
  testSeconds: whole(200, CODE, 'time without learning', 's', 1),
  earlySeconds: whole(100, 'our choice', 'time after which a first test is made; 0: none', 's'),
  earlyTestSeconds: whole(50, 'our choice', 'duration of the first test', 's', 1),
  untrainedTestSeconds: whole(50, 'our choice', 'test with random weights; 0 leaves it out', 's'),
  strongInhibition: real(8, 'our choice', 'inhibitory weight of the control with strong inhibition, without its sign'),
  strongSeconds: whole(400, 'our choice', 'training of the control with strong inhibition; 0 leaves it out', 's'),
  noneSeconds: whole(20, 'our choice', 'training of the control without inhibition; 0 leaves it out', 's'),
  emSamples: whole(20_000, 'our choice', 'samples of the abstract model; 0 leaves it out', '1'),
  emCauses: whole(64, 'our choice', 'hidden causes of the abstract model', '1', 1),
} as const satisfies Record<string, Setting>;

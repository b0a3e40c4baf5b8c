import { ParameterError } from '../base/errors.ts';
import { sinTurn } from '../base/math.ts';
import { checkedOptions } from '../base/options.ts';
import type { RandomStream } from '../base/random.ts';
import type { Batch, TargetSequence } from '../tensor/batch.ts';
import { SpikeTrain } from '../tensor/bits.ts';
import { wholeSteps } from './cue-accumulation.ts';
import { addBernoulliSpikes, spikeProbability } from './poisson.ts';

/** Parameters of pattern generation; the defaults are those of the published task with one output. */
export interface PatternGenerationOptions {
  /** Input neurons; default 100. */
  readonly inputSize?: number;
  /** Rate of an input neuron, Hz; default 50. */
  readonly rate?: number;
  /** Duration of a trial, ms; default 1000. */
  readonly duration?: number;
  /**
   * Nominal periods of the sines of a target, ms, each at most `duration`; default 1000, 500, 333, 200. A sine runs
   * through floor(duration / period) whole cycles in a trial.
   */
  readonly periods?: readonly number[];
  /** Output neurons, each with a target of its own; default 1. */
  readonly outputs?: number;
  /** ms; default 1. */
  readonly dt?: number;
  /** Name of the input population in the batches; default `input`. */
  readonly input?: string;
  /** Name of the population that follows the targets; default `out`. */
  readonly output?: string;
}

/** One sine of a target. */
export interface Sine {
  /** Cycles from the first sample to the last. */
  readonly cycles: number;
  readonly amplitude: number;
  /** At the first sample, in cycles, 0 to 1. */
  readonly phase: number;
}

/** A batch with spiking inputs and targets, together with the sines behind the targets. */
export interface PatternBatch extends Batch {
  readonly inputs: Readonly<Record<string, SpikeTrain>>;
  readonly targets: Readonly<Record<string, TargetSequence>>;
  /** [output][sine]. */
  readonly sines: readonly (readonly Sine[])[];
}

/** The pattern-generation task. */
export interface PatternGeneration {
  readonly inputSize: number;
  /** Steps of a trial. */
  readonly steps: number;
  readonly outputs: number;
  /**
   * Draws a frozen trial: train on this same batch in every iteration.
   *
   * @param size - equal rows of the batch; default 1
   */
  trial(random: RandomStream, size?: number): PatternBatch;
}

/**
 * Pattern generation: turn a frozen pattern of input spikes into a given sequence, a sum of sines (`bellec2020eprop`).
 *
 * Inputs are independent Poisson spikes, none in the first step. Each target is {@link sumOfSines} with amplitudes drawn
 * from 0.5 to 2 and any phase. Use it with `squaredError()`.
 *
 * @example
 * const trial = patternGeneration({ outputs: 3 }).trial(new RandomStream(1));
 * trial.targets.out!.data.length; // 3000: 1000 steps x 1 row x 3 outputs
 *
 * @throws ParameterError if the duration is no whole number of steps, a period or the rate does not fit, or a count is
 * below 1
 */
export function patternGeneration(options: PatternGenerationOptions = {}): PatternGeneration {
  checkedOptions('patternGeneration', options, [
    'inputSize',
    'rate',
    'duration',
    'periods',
    'outputs',
    'dt',
    'input',
    'output',
  ]);
  const { inputSize = 100, rate = 50, duration = 1000, periods = [1000, 500, 333, 200], outputs = 1 } = options;
  const { dt = 1, input = 'input', output = 'out' } = options;
  const steps = wholeSteps('patternGeneration', 'duration', duration, dt, 4);
  const probability = spikeProbability(rate, dt);
  checkCount('inputSize', inputSize);
  checkCount('outputs', outputs);
  const cycles = cyclesOf(periods, duration, steps);
  return {
    inputSize,
    steps,
    outputs,
    trial(random, size = 1) {
      checkCount('size', size);
      const train = new SpikeTrain(steps, 1, inputSize);
      const block = { batch: 0, start: 1, steps: steps - 1, first: 0, count: inputSize };
      addBernoulliSpikes(train, block, probability, random);
      const sines = Array.from({ length: outputs }, () => drawSines(cycles, random));
      const data = interleave(
        sines.map((own) => sumOfSines(steps, own)),
        steps,
        size,
      );
      return { steps, size, inputs: { [input]: repeatRow(train, size) }, targets: { [output]: { data } }, sines };
    },
  };
}

/**
 * A sum of sines, sampled evenly with both ends included, minus its first sample, divided by its largest magnitude:
 * starts at 0 and lies in -1 … 1.
 *
 * @param steps - number of samples, at least 2
 * @returns float64 [steps]
 * @throws ParameterError if the sum does not vary
 */
export function sumOfSines(steps: number, sines: readonly Sine[]): Float64Array {
  const values = Float64Array.from({ length: steps }, (_, t) =>
    sines.reduce((sum, { cycles, amplitude, phase }) => {
      const turn = phase + (cycles * t) / (steps - 1);
      return sum + amplitude * sinTurn(turn - Math.floor(turn));
    }, 0),
  );
  const first = values[0]!;
  const peak = values.reduce((most, value) => Math.max(most, Math.abs(value - first)), 0);
  if (!(peak > 0)) {
    throw new ParameterError('sumOfSines', `expected sines that vary within ${steps} samples, got a constant`);
  }
  return values.map((value) => (value - first) / peak);
}

function drawSines(cycles: readonly number[], random: RandomStream): Sine[] {
  const amplitudes = cycles.map(() => 0.5 + 1.5 * random.uniform());
  return cycles.map((own, k) => ({ cycles: own, amplitude: amplitudes[k]!, phase: random.uniform() }));
}

/** Whole cycles of each period; a sample must see less than half a cycle, or the sine is not the one asked for. */
function cyclesOf(periods: readonly number[], duration: number, steps: number): number[] {
  if (periods.length === 0) throw new ParameterError('patternGeneration', 'expected at least one period, got none');
  return periods.map((period) => {
    // The quotient of two decimals may fall short of a whole number by rounding.
    const cycles = Math.floor(duration / period + 1e-9);
    if (cycles >= 1 && 2 * cycles < steps - 1) return cycles;
    throw new ParameterError(
      'patternGeneration',
      `expected periods of at most ${duration} ms and more than two steps, got ${period} ms`,
      { fields: { period, duration } },
    );
  });
}

/** Sequences [output][steps] as the equal rows of a target, [steps, size, output]. */
function interleave(sequences: readonly Float64Array[], steps: number, size: number): Float32Array {
  const width = sequences.length;
  const data = new Float32Array(steps * size * width);
  for (let k = 0; k < data.length; k++) data[k] = sequences[k % width]![Math.floor(k / (width * size))]!;
  return data;
}

/** A train of `size` equal rows. */
function repeatRow(train: SpikeTrain, size: number): SpikeTrain {
  const repeated = new SpikeTrain(train.time, size, train.size);
  for (let t = 0; t < train.time; t++) {
    for (let b = 0; b < size; b++) repeated.data.set(train.row(t, 0), repeated.offset(t, b));
  }
  return repeated;
}

function checkCount(what: string, count: number): void {
  if (Number.isInteger(count) && count >= 1) return;
  throw new ParameterError('patternGeneration', `expected ${what} of at least 1, got ${count}`);
}

import { RandomState } from './random-state.ts';

/** Weights of a run, [post, pre], every value one of float32; those from a neuron to itself are 0. */
export interface FixtureWeights {
  readonly in: Float32Array;
  readonly rec: Float32Array;
  readonly out: Float32Array;
  /** Feedback, in the shape of `out`. */
  readonly feedback: Float32Array;
}

/** One batch as the generators make it: spikes [batch, steps, channels]. */
export interface FixtureBatch {
  readonly spikes: Uint8Array;
  /** [batch]; classification only. */
  readonly labels: readonly number[];
}

/** Values in the order [pre][post] of the draws, as [post, pre]. */
function drawn(pre: number, post: number, draw: () => number): Float32Array {
  const weights = new Float32Array(pre * post);
  for (let i = 0; i < pre; i++) for (let j = 0; j < post; j++) weights[j * pre + i] = draw();
  return weights;
}

function withoutSelf(weights: Float32Array, size: number): Float32Array {
  for (let i = 0; i < size; i++) weights[i * (size + 1)] = 0;
  return weights;
}

function spikesOf(random: RandomState, steps: number, channels: number, probability: (t: number, i: number) => number) {
  const spikes = new Uint8Array(steps * channels);
  for (let t = 0; t < steps; t++) {
    for (let i = 0; i < channels; i++) {
      // The first row is drawn, too, but stays silent.
      const spike = probability(t, i) > random.rand();
      spikes[t * channels + i] = Number(spike && t > 0);
    }
  }
  return spikes;
}

/** The pattern-generation run: 100 inputs, 100 neurons, 1 output, 1000 steps; the same sequence in every iteration. */
export function regressionFixture(seed: number): {
  weights: FixtureWeights;
  batch: FixtureBatch;
  target: Float64Array;
} {
  const [n, steps] = [100, 1000];
  const random = new RandomState(seed);
  const scaled = () => random.randn() / Math.sqrt(n);
  const weights = {
    in: drawn(n, n, scaled),
    rec: withoutSelf(drawn(n, n, scaled), n),
    out: drawn(n, 1, scaled),
    feedback: drawn(n, 1, scaled),
  };
  const spikes = spikesOf(random, steps, n, () => 0.05);
  const amplitudes = Array.from({ length: 4 }, () => random.uniform(0.5, 2));
  const phases = Array.from({ length: 4 }, () => random.uniform(0, 2 * Math.PI));
  const cycles = [1000, 500, 333, 200].map((period) => Math.floor(steps / period));
  const raw = Float64Array.from({ length: steps }, (_, t) =>
    cycles.reduce((sum, count, k) => {
      const angle = phases[k]! + (2 * Math.PI * count * t) / (steps - 1);
      return sum + amplitudes[k]! * Math.sin(angle);
    }, 0),
  );
  const centred = raw.map((value) => value - raw[0]!);
  const top = Math.max(...centred.map(Math.abs));
  return { weights, batch: { spikes, labels: [] }, target: centred.map((value) => value / top) };
}

/** Shape of the evidence-accumulation run: 7 cues of 150 ms, 1050 ms of delay, 150 ms of recall. */
export const CUES = { channels: 40, neurons: 100, outputs: 2, steps: 2250, cues: 7, recall: 150 } as const;

/** The evidence-accumulation run: weights, then a new batch for every iteration. */
export function cueFixture(
  seed: number,
  { iterations, batch }: { iterations: number; batch: number },
): { weights: FixtureWeights; batches: FixtureBatch[] } {
  const { channels, neurons, outputs } = CUES;
  const random = new RandomState(seed);
  const limit = Math.sqrt(3 / 51);
  const weights = {
    in: drawn(channels, neurons, () => random.randn() / Math.sqrt(channels)),
    rec: withoutSelf(
      drawn(neurons, neurons, () => random.randn() / Math.sqrt(neurons)),
      neurons,
    ),
    out: drawn(neurons, outputs, () => random.uniform(-limit, limit)),
    feedback: drawn(neurons, outputs, () => random.randn()),
  };
  return { weights, batches: Array.from({ length: iterations }, () => cueBatch(random, batch)) };
}

function cueBatch(random: RandomState, size: number): FixtureBatch {
  const { channels, steps, cues, recall } = CUES;
  const majorities = Array.from({ length: size }, () => random.coin());
  const sides = majorities.map((majority) =>
    Array.from({ length: cues }, () => (majority === 0 ? random.choose(0.3, 0.7) : random.choose(0.7, 0.3))),
  );
  const trials = sides.map((own) =>
    spikesOf(random, steps, channels, (t, i) => {
      const group = Math.floor(i / 10);
      if (group === 3) return 0.01;
      if (group === 2) return t >= steps - recall ? 0.04 : 0;
      return t % 150 >= 50 && own[Math.floor(t / 150)] === group ? 0.04 : 0;
    }),
  );
  const spikes = new Uint8Array(size * steps * channels);
  trials.forEach((trial, b) => {
    spikes.set(trial, b * trial.length);
  });
  return { spikes, labels: sides.map((own) => Number(own.filter((side) => side === 1).length > cues / 2)) };
}

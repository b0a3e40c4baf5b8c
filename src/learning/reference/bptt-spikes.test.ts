import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../base/random.ts';
import { defineNeuron, triangular } from '../../expr/index.ts';
import { defineNetwork, type Network } from '../../network/network.ts';
import type { ReferenceParameters } from '../../network/reference-parameters.ts';
import type { ReferenceTrace } from '../../network/reference-trace.ts';
import { type Batch, SpikeTrain } from '../../tensor/index.ts';
import { squaredError } from '../loss.ts';
import { firingRate, firingRateTerm } from '../regularisers.ts';
import { referenceGradient } from './bptt.ts';

const [INPUTS, N, OUT] = [10, 30, 2];
const [TAU_M, TAU_OUT, N_REF] = [20, 15, 3];

const ms = (symbol: string, value: number) => ({ symbol, unit: 'ms', default: value, doc: 'time constant' });
const one = (symbol: string, value: number) => ({ symbol, unit: '1', default: value, doc: 'constant' });
const params = {
  tauM: ms('τ_m', TAU_M),
  tauA: ms('τ_a', 100),
  vTh: one('v_th', 0.03),
  beta: one('β', 1.7),
  nRef: one('n_ref', N_REF),
};
const state = { v: 'membrane potential', a: 'adaptation', r: 'refractory steps left' };
const derived = { alpha: 'exp(-dt / tauM)', rho: 'exp(-dt / tauA)' };
const inputs = { I: 'current' };

const alif = defineNeuron({
  name: 'alif',
  params,
  derived,
  state,
  inputs,
  equations: `
    a' = rho * a + (1 - rho) * z
    A  = vTh + beta * a'
    v' = alpha * v + (1 - alpha) * I - z * A
    u  = (v' - A) / A
    z' = where(r > 0, 0, spike(u))
    r' = clip(r + nRef * stop(z') - 1, 0, nRef)`,
  pseudoDerivative: triangular(),
});

/** Reset and denominator use the base threshold; `scaled` says whether membrane and adaptation are normalised. */
const baseThreshold = (scaled: boolean) =>
  defineNeuron({
    name: scaled ? 'normalised' : 'unscaled',
    params,
    derived,
    state,
    inputs,
    equations: `
      a' = rho * a + ${scaled ? '(1 - rho) * z' : 'z'}
      v' = alpha * v + ${scaled ? '(1 - alpha) * I' : 'I'} - z * vTh
      u  = (v' - (vTh + beta * a')) / vTh
      z' = where(r > 0, 0, spike(u))
      r' = clip(r + nRef * stop(z') - 1, 0, nRef)`,
    pseudoDerivative: triangular(),
  });

const readout = defineNeuron({
  name: 'readout',
  params: { tauOut: ms('τ_out', TAU_OUT) },
  derived: { kappa: 'exp(-dt / tauOut)' },
  state: { y: 'readout' },
  inputs: { I: 'current' },
  equations: `y' = kappa * y + (1 - kappa) * I`,
  output: 'y',
});

const network = (model: typeof alif | ReturnType<typeof baseThreshold>, values: Record<string, number | number[]>) =>
  defineNetwork({
    inputs: { x: { size: INPUTS } },
    populations: { hidden: { size: N, model: model(values) }, out: { size: OUT, model: readout() } },
    projections: {
      in: { from: 'x', to: 'hidden', weights: 0 },
      rec: { from: 'hidden', to: 'hidden', weights: 0 },
      out: { from: 'hidden', to: 'out', weights: 0 },
    },
  });

const random = new RandomStream(9, 4);
const normals = (count: number, sd: number) => Float64Array.from({ length: count }, () => sd * random.normal());
const weights = {
  in: normals(N * INPUTS, 1.5 / Math.sqrt(INPUTS)),
  rec: normals(N * N, 1 / Math.sqrt(N)).map((w, k) => (k % (N + 1) === 0 ? 0 : w)),
  out: normals(OUT * N, 0.3),
};

function withWeights(of: Network): ReferenceParameters {
  const neurons = Object.entries(of.populations).map(([name, { model }]) => {
    const values = Object.entries(model.values).map(
      ([key, v]) => [key, Float64Array.from([v as number].flat())] as const,
    );
    return [name, Object.fromEntries(values)] as const;
  });
  const dense = (self: boolean, w: Float64Array) => ({ kind: 'dense' as const, self, weights: w });
  return {
    connections: { in: dense(true, weights.in), rec: dense(false, weights.rec), out: dense(true, weights.out) },
    neurons: Object.fromEntries(neurons),
  };
}

function randomBatch(steps: number, size: number): Batch {
  const spikes = Uint8Array.from({ length: steps * size * INPUTS }, () => Number(random.uniform() < 0.15));
  return {
    steps,
    size,
    inputs: { x: SpikeTrain.fromDense(spikes, [steps, size, INPUTS]) },
    decisions: { start: new Int32Array(0), length: new Int32Array(0), labels: new Int32Array(0) },
    targets: { out: { data: Float32Array.from({ length: steps * size * OUT }, () => random.normal()) } },
  };
}

function largestDistance(a: Float64Array, b: Float64Array): number {
  const scale = Math.max(...a.map(Math.abs));
  return Math.max(...a.map((value, k) => Math.abs(value - b[k]!))) / scale;
}

/**
 * The adjoint of the ALIF written out by hand, with the readout's filter before its weights.
 *
 * @returns gradients of the weights, [post, pre]
 */
function adjointByHand(batch: Batch, trace: ReferenceTrace, beta: number[], extra: Float64Array) {
  const [alpha, rho, kappa] = [TAU_M, 100, TAU_OUT].map((tau) => Math.exp(-1 / tau)) as [number, number, number];
  const dW = { in: new Float64Array(N * INPUTS), rec: new Float64Array(N * N), out: new Float64Array(OUT * N) };
  const target = batch.targets!.out!.data;
  for (let b = 0; b < batch.size; b++) {
    const at = (values: Float64Array, t: number, j: number) => values[(t * batch.size + b) * N + j]!;
    const z = (t: number, j: number) => (t === 0 ? 0 : at(trace.outputs.hidden!, t - 1, j));
    const threshold = (t: number, j: number) => 0.03 + beta[j]! * at(trace.states.hidden!.a!, t, j);
    let [gv, gb] = [new Float64Array(N), new Float64Array(N)];
    const filtered = new Float64Array(OUT);
    for (let t = batch.steps; t >= 1; t--) {
      const [nextV, nextB] = [new Float64Array(N), new Float64Array(N)];
      for (let k = 0; k < OUT; k++) {
        const row = ((t - 1) * batch.size + b) * OUT + k;
        filtered[k] = kappa * filtered[k]! + (trace.outputs.out![row]! - target[row]!) / batch.size;
        for (let j = 0; j < N; j++) dW.out[k * N + j]! += (1 - kappa) * filtered[k]! * z(t, j);
      }
      for (let j = 0; j < N; j++) {
        let gz = extra[j]! + (1 - rho) * gb[j]!;
        if (t < batch.steps) gz -= threshold(t + 1, j) * gv[j]!;
        for (let k = 0; k < OUT; k++) gz += (1 - kappa) * filtered[k]! * weights.out[k * N + j]!;
        for (let post = 0; post < N; post++) gz += (1 - alpha) * gv[post]! * weights.rec[post * N + j]!;
        const [v, B] = [at(trace.states.hidden!.v!, t, j), threshold(t, j)];
        const free = at(trace.states.hidden!.r!, t - 1, j) <= 0;
        const p = free ? 0.3 * Math.max(0, 1 - Math.abs((v - B) / B)) * gz : 0;
        nextV[j] = p / B + alpha * gv[j]!;
        nextB[j] = beta[j]! * ((-p * v) / (B * B) - z(t - 1, j) * nextV[j]!) + rho * gb[j]!;
      }
      [gv, gb] = [nextV, nextB];
      for (let post = 0; post < N; post++) {
        for (let i = 0; i < INPUTS; i++) {
          dW.in[post * INPUTS + i]! += (1 - alpha) * gv[post]! * trace.activity('x', t, b, i);
        }
        for (let j = 0; j < N; j++) if (j !== post) dW.rec[post * N + j]! += (1 - alpha) * gv[post]! * z(t - 1, j);
      }
    }
  }
  return dW;
}

describe('backpropagation through spikes', () => {
  // @eq bellec2018lsnn (4)
  // @eq werbos1990bptt (backpropagation through time)
  it('equals the adjoint of the adaptive neuron written out by hand', () => {
    const beta = Array.from({ length: N }, (_, j) => (j < N / 2 ? 0 : 1.7));
    const of = network(alif, { beta });
    const batch = randomBatch(80, 2);
    const regulariser = firingRate({ population: 'hidden', target: 10, strength: 5 });
    const { gradients, trace } = referenceGradient(of, withWeights(of), batch, {
      loss: squaredError(),
      regularisers: [regulariser],
    });
    const counts = new Float64Array(N);
    trace.outputs.hidden!.forEach((z, k) => {
      counts[k % N]! += z;
    });
    const rate = counts.reduce((a, c) => a + c, 0) / (N * 80 * 2);
    expect(rate).toBeGreaterThan(0.01);
    const { gradient } = firingRateTerm(counts, { steps: 80, batch: 2, dt: 1, target: 10, strength: 5 });
    const byHand = adjointByHand(batch, trace, beta, gradient);
    for (const name of ['in', 'rec', 'out'] as const) {
      // Two float64 evaluations in another order, over 80 steps.
      expect(largestDistance(byHand[name], gradients.weights[name]!)).toBeLessThan(1e-12);
    }
  });

  it('gives the same spikes and gradients for the normalised and the unscaled convention', () => {
    const [alpha, rho] = [Math.exp(-1 / TAU_M), Math.exp(-1 / 100)];
    const batch = randomBatch(500, 1);
    const normalised = network(baseThreshold(true), { vTh: 0.03, beta: 1.7 });
    const unscaled = network(baseThreshold(false), { vTh: 0.03 / (1 - alpha), beta: (1.7 * (1 - rho)) / (1 - alpha) });
    const [a, b] = [normalised, unscaled].map((of) =>
      referenceGradient(of, withWeights(of), batch, { loss: squaredError() }),
    );
    expect(a!.trace.outputs.hidden!.some((z) => z === 1)).toBe(true);
    expect(b!.trace.outputs.hidden).toEqual(a!.trace.outputs.hidden);
    for (const name of ['in', 'rec', 'out']) {
      const distance = largestDistance(a!.gradients.weights[name]!, b!.gradients.weights[name]!);
      expect(distance).toBeLessThan(1e-10); // the conversion is exact; float64 roundings over 500 steps remain
    }
  });
});

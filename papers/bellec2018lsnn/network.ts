import { alif, defineNetwork, fanInNormal, leakyReadout, type Network, triangular, uniform } from 'volley';

/** Sizes and constants of a network of LIF and adaptive LIF neurons with a leaky readout. */
export interface LsnnOptions {
  readonly inputs: number;
  readonly outputs: number;
  /** Neurons without adaptation (β = 0). */
  readonly regular: number;
  readonly adaptive: number;
  /** ms. */
  readonly tauM: number;
  readonly tauA: number;
  readonly tauOut: number;
  readonly beta: number;
  readonly vTh: number;
  /** Steps from a spike to the first that may follow it. */
  readonly nRef: number;
  readonly dampening: number;
  /** Factor of the initial readout weights, which are Glorot-uniform with the default 1. */
  readonly readoutGain?: number;
}

/**
 * The LSNN: one recurrent pool, all-to-all without self-connections, of `regular` LIF and `adaptive` ALIF neurons.
 *
 * @eq bellec2018lsnn (1)-(3)
 */
export function lsnn(options: LsnnOptions): Network {
  const { regular, adaptive, tauM, tauA, vTh, nRef, readoutGain = 1 } = options;
  const beta = [...Array<number>(regular).fill(0), ...Array<number>(adaptive).fill(options.beta)];
  // One offset per class: a shared one would not change a softmax.
  const bias = Array<number>(options.outputs).fill(0);
  const limit = readoutGain * Math.sqrt(6 / (regular + adaptive + options.outputs));
  const neuron = alif.with({ pseudoDerivative: triangular({ dampening: options.dampening }) });
  return defineNetwork({
    inputs: { input: { size: options.inputs } },
    populations: {
      hidden: { size: regular + adaptive, model: neuron({ tauM, tauA, beta, vTh, nRef }) },
      out: { size: options.outputs, model: leakyReadout({ tauOut: options.tauOut, bias }) },
    },
    projections: {
      input: { from: 'input', to: 'hidden', weights: fanInNormal() },
      recurrent: { from: 'hidden', to: 'hidden', weights: fanInNormal() },
      output: { from: 'hidden', to: 'out', weights: uniform(-limit, limit) },
    },
  });
}

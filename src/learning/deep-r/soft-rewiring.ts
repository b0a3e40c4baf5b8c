import { ParameterError, ShapeError } from '../../base/errors.ts';
import { randomUniform } from '../../base/random.ts';
import { streamOf } from '../../base/stream.ts';
import { allowsSelf, type Network, padded, type SparsePattern } from '../../network/index.ts';
import type { OptimiserState } from '../optimiser-state.ts';
import type { ParameterVector } from '../parameter-vector.ts';
import type { SoftDeepR } from './options.ts';
import type { Rewirer, RewiringState } from './rewirer.ts';
import { signsOf } from './signs.ts';

/** One projection with a θ for every pair. */
interface Member {
  readonly name: string;
  /** The weights, on the parameter vector: [pre, postPadded]. */
  readonly weights: Float32Array;
  readonly thetas: Float32Array;
  /** Sign of every pair; 0 for what is no pair. */
  readonly signs: Int8Array;
  readonly noiseStream: number;
}

/** Soft-DEEP R on the all-to-all projections of a network. */
export class SoftRewiring implements Rewirer {
  readonly changed: Readonly<Record<string, SparsePattern>> = {};
  readonly patterns: Readonly<Record<string, SparsePattern>> = {};
  readonly #options: SoftDeepR;
  readonly #optimiser: OptimiserState;
  readonly #seed: number;
  readonly #members: readonly Member[];

  constructor(
    options: SoftDeepR,
    parts: { network: Network; vector: ParameterVector; optimiser: OptimiserState },
    seed: number,
  ) {
    this.#options = options;
    this.#optimiser = parts.optimiser;
    this.#seed = seed;
    this.#members = options.projections.map((name) => makeMember(name, options, parts, seed));
  }

  step(learningRate: number, iteration: number): number {
    const { l1, temperature, minimum } = this.#options;
    const deviation = Math.sqrt(2 * learningRate * temperature);
    let activated = 0;
    for (const { weights, thetas, signs, noiseStream } of this.#members) {
      const noise = this.#optimiser.normals(this.#seed, noiseStream, iteration, weights.length);
      for (let k = 0; k < weights.length; k++) {
        const before = thetas[k]!;
        // The optimiser moved dormant weights as well; that is dropped.
        const drift = before > 0 ? signs[k]! * weights[k]! - learningRate * l1 : before;
        const theta = Math.max(drift + deviation * noise[k]!, minimum);
        if (signs[k] !== 0) thetas[k] = theta;
        weights[k] = thetas[k]! > 0 ? signs[k]! * thetas[k]! : 0;
        if (before <= 0 && thetas[k]! > 0) activated += 1;
      }
    }
    return activated;
  }

  saveState(): RewiringState {
    return Object.fromEntries(this.#members.map(({ name, thetas }) => [`${name}.theta`, thetas.slice()]));
  }

  checkState(state: RewiringState, parameters: Float32Array): void {
    const where = 'Trainer.loadState';
    for (const { name, weights, thetas, signs } of this.#members) {
      const given = Object.hasOwn(state, `${name}.theta`) ? state[`${name}.theta`] : undefined;
      if (!(given instanceof Float32Array) || given.length !== thetas.length) {
        throw new ShapeError(
          where,
          `expected ${thetas.length} values of θ of projection "${name}", got ${given?.length ?? 'none'}`,
        );
      }
      const offset = (weights.byteOffset - this.#optimiser.parameters.byteOffset) / 4;
      const bad = given.findIndex((theta, k) => {
        const weight = signs[k] !== 0 && theta > 0 ? signs[k]! * theta : 0;
        return !Number.isFinite(theta) || parameters[offset + k] !== weight;
      });
      if (bad < 0) continue;
      throw new ParameterError(
        where,
        `expected weights s θ in projection "${name}", got ${parameters[offset + bad]} for θ ${given[bad]}`,
        {
          hint: 'the state belongs to another seed or rewiring',
        },
      );
    }
  }

  loadState(state: RewiringState): void {
    for (const { name, thetas } of this.#members) thetas.set(state[`${name}.theta`]!);
  }
}

function makeMember(
  name: string,
  { dale, minimum }: SoftDeepR,
  { network, vector, optimiser }: { network: Network; vector: ParameterVector; optimiser: OptimiserState },
  seed: number,
): Member {
  const projection = network.projections[name]!;
  const { preSize, postSize } = projection;
  const { offset, count } = vector.segments.find((segment) => segment.kind === 'weights' && segment.name === name)!;
  const weights = optimiser.parameters.subarray(offset, offset + count);
  const [thetas, signs] = [new Float32Array(count), new Int8Array(count)];
  const signOf = signsOf(projection, dale, seed);
  const self = allowsSelf(projection);
  const stream = streamOf(`deepR/start/${name}`);
  for (let pre = 0; pre < preSize; pre++) {
    for (let post = 0; post < postSize; post++) {
      const k = pre * padded(postSize) + post;
      if (pre === post && !self) continue;
      signs[k] = signOf(pre, post);
      thetas[k] = weights[k] !== 0 ? Math.abs(weights[k]!) : minimum * randomUniform(seed, stream, 0, k);
    }
  }
  return { name, weights, thetas, signs, noiseStream: streamOf(`deepR/noise/${name}`) };
}

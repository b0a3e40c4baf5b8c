import type { NetworkParameters } from '../../../network/index.ts';
import { OptimiserState } from '../../optimiser-state.ts';
import type { Optimiser } from '../../optimisers.ts';
import type { ParameterVector } from '../../parameter-vector.ts';
import { checkState, type TrainerState } from '../../trainer-state.ts';

/** The parameters of one network that the outer loop optimises. */
export class OuterParameters {
  readonly #vector: ParameterVector;
  readonly #state: OptimiserState;

  constructor(vector: ParameterVector, start: NetworkParameters, optimiser: Optimiser) {
    this.#vector = vector;
    this.#state = new OptimiserState(optimiser, vector.pack(start));
  }

  /** Number of steps taken. */
  get iteration(): number {
    return this.#state.iteration;
  }

  /** A copy of the vector as it is now. */
  get vector(): Float32Array {
    return this.#state.parameters.slice();
  }

  /** A vector in public shapes; default: as it is now. */
  unpack(vector: Float32Array = this.#state.parameters): NetworkParameters {
    return this.#vector.unpack(vector);
  }

  /** @throws NumericsError if the gradient is not finite; nothing is changed then */
  step(gradient: Float32Array, clipNorm?: number): { gradientNorm: number; learningRate: number } {
    const result = this.#state.step([gradient], this.#vector, clipNorm);
    this.#vector.clamp(this.#state.parameters);
    return result;
  }

  save(): TrainerState {
    const { iteration, parameters, firstMoment, secondMoment } = this.#state;
    return {
      iteration,
      parameters: parameters.slice(),
      firstMoment: firstMoment.slice(),
      secondMoment: secondMoment.slice(),
      carried: [],
    };
  }

  /** @throws ShapeError, ParameterError if the state does not fit */
  check(state: TrainerState): void {
    checkState(state, this.save(), this.#vector);
  }

  /** Takes over a state that {@link check} accepts. */
  load(state: TrainerState): void {
    this.#state.iteration = state.iteration;
    this.#state.parameters.set(state.parameters);
    this.#state.firstMoment.set(state.firstMoment);
    this.#state.secondMoment.set(state.secondMoment);
  }
}

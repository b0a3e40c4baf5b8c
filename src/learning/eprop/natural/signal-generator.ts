import {
  type Activity,
  Engine,
  type EngineOptions,
  type Network,
  type NetworkParameters,
} from '../../../network/index.ts';
import type { TrainableNeurons } from '../../parameter-segments.ts';
import { ParameterVector } from '../../parameter-vector.ts';

/** What a {@link SignalGenerator} is built from. */
export interface SignalGeneratorOptions extends Pick<EngineOptions, 'batch' | 'steps' | 'dt' | 'seed' | 'arithmetic'> {
  /** The graded population whose outputs are the learning signals. */
  readonly signals: string;
  readonly trainable: TrainableNeurons;
}

/** A network whose outputs are learning signals for another one, and whose own gradients are taken through them. */
export class SignalGenerator {
  readonly vector: ParameterVector;
  readonly #engine: Engine;
  readonly #signals: string;
  #current: Float32Array;

  constructor(network: Network, parameters: NetworkParameters, options: SignalGeneratorOptions) {
    const { signals, trainable, ...engine } = options;
    const training = { parameters: trainable, readouts: [signals] };
    this.#engine = new Engine(network, parameters, { ...engine, training });
    this.#signals = signals;
    this.vector = new ParameterVector(network, parameters, trainable);
    this.#current = this.vector.pack(parameters);
  }

  /** Learning signals per row of memory, neurons rounded up to the SIMD width. */
  get width(): number {
    return this.#engine.layout.populations[this.#signals]!.padded;
  }

  setParameters(vector: Float32Array): void {
    this.#current = vector;
    this.vector.write(vector, this.#engine);
  }

  /**
   * Runs all rows.
   *
   * @param clock - steps simulated before, for random draws
   * @returns the learning signals, [steps, batch, {@link width}], a view
   * @throws NumericsError if a state or a graded output is not finite; ShapeError if an input does not fit
   */
  forward(inputs: Readonly<Record<string, Activity>>, clock: number): Float32Array {
    const engine = this.#engine;
    engine.reset(clock);
    engine.writeInputs(inputs, 0, engine.options.steps);
    engine.forward();
    engine.checkFinite();
    return this.#floats(engine.layout.populations[this.#signals]!.output);
  }

  /** Spikes of each neuron over time and rows in the last forward pass, by spiking population. */
  countSpikes(): Record<string, Uint32Array> {
    const spiking = Object.entries(this.#engine.layout.populations).filter(([, own]) => own.spiking);
    return Object.fromEntries(spiking.map(([name, own]) => [name, this.#engine.countSpikes(own)]));
  }

  /** dE/d learning signal, to be written before {@link backward}, [steps, batch, {@link width}], a view. */
  get signalGradient(): Float32Array {
    return this.#floats(this.#engine.layout.populations[this.#signals]!.lossGradient!);
  }

  /**
   * Runs the adjoint of the last forward pass.
   *
   * @param constants - dE/d spike of each neuron that is the same at every step, by population
   * @returns the gradient as a parameter vector
   */
  backward(constants: Readonly<Record<string, ArrayLike<number>>>): Float32Array {
    for (const [name, values] of Object.entries(constants)) {
      const own = this.#engine.layout.populations[name]!;
      this.#engine.floats(own.adjoint!.dOutputConstant!, own.size).set(values);
    }
    this.#engine.backward();
    return this.vector.readGradient(this.#engine, this.#current);
  }

  #floats({ base, slotBytes }: { base: number; slotBytes: number }): Float32Array {
    const { layout, options } = this.#engine;
    return this.#engine.floats(base + (layout.origin + 1) * slotBytes, (options.steps * slotBytes) / 4);
  }
}

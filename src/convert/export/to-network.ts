import { UnsupportedError, unknownName } from '../../base/errors.ts';
import { checkedOptions } from '../../base/options.ts';
import { initialParameters, type Network, type NetworkParameters, type Recording } from '../../network/index.ts';
import { FloatSequence, SpikeTrain } from '../../tensor/index.ts';
import { synapsesOf, type Wiring, wirings } from '../connections/wiring.ts';
import type { ValueInfo } from '../graph/graph.ts';
import { countOperations, stageShapes } from '../graph/index.ts';
import type { StagedNetwork } from '../graph/stages.ts';
import { checkImages, sizeOf } from '../images.ts';
import type { Activity, GraphRuntime } from '../runtime.ts';
import type { SpikingNetwork } from '../spiking-network.ts';
import { NetworkBuilder, READOUT, START } from './network-builder.ts';
import { checkExpressible, IMAGE, levelOf, sourceGroups } from './populations.ts';
import { unitNetwork } from './unit-network.ts';

/** Limits of {@link toNetwork}. */
export interface ToNetworkOptions {
  /**
   * Most synapses that are built, those of the clock not counted; before they are known, multiplications for one image stand for
   * them. Default 8 million.
   */
  readonly maxSynapses?: number;
}

/** What {@link PipelinedNetwork} needs to know of its network. */
interface Timing {
  readonly phase: number;
  readonly depth: number;
  readonly input: ValueInfo;
  readonly outputShape: readonly number[];
  readonly populations: readonly SpikingPopulation[];
}

/** Where the spikes of a population stand in a recording. */
interface SpikingPopulation {
  readonly name: string;
  /** K. */
  readonly steps: number;
  /** Phases after an image until it emits. */
  readonly level: number;
  /** Elements of the gate: all neurons of a few-spike population, a K-th of those of AMOS units. */
  readonly size: number;
}

/**
 * A spiking network as populations, projections and delays, with what is needed to run it: a new image enters every phase, while the
 * images before it are on their way.
 */
export class PipelinedNetwork {
  readonly network: Network;
  readonly parameters: NetworkParameters;
  /** The steps of a phase, of time from image to image: K of few-spike neurons, 1 of AMOS units. */
  readonly phaseSteps: number;
  /** Phases in which spikes are on their way: few-spike neurons on the longest path, or the latency of AMOS units. */
  readonly depth: number;
  /** Synapses between neurons and from the image, those of the clock not counted; of AMOS units, those inside them too. */
  readonly synapses: number;
  readonly #timing: Timing;

  constructor(network: Network, timing: Timing, synapses: number) {
    this.network = network;
    this.parameters = initialParameters(network, 0);
    this.phaseSteps = timing.phase;
    this.depth = timing.depth;
    this.synapses = synapses;
    this.#timing = timing;
  }

  /**
   * Inputs of a simulation, and how many steps it takes until the last image has been read.
   *
   * Image i, counted from 0, enters in the last step of phase i.
   *
   * @throws ShapeError, NumericsError if the images do not fit the network
   */
  present(images: Activity): { readonly inputs: Record<string, FloatSequence | SpikeTrain>; readonly steps: number } {
    checkImages('present', images, this.#timing.input);
    const { phaseSteps: phase } = this;
    const count = images.shape[0]!;
    const steps = (count + this.depth) * phase;
    const size = sizeOf(images.shape.slice(1));
    const image = new FloatSequence(steps, 1, size);
    for (let i = 0; i < count; i++) {
      image.data.set(images.data.subarray(i * size, (i + 1) * size), ((i + 1) * phase - 1) * size);
    }
    if (!(START in this.network.inputs)) return { inputs: { [IMAGE]: image }, steps };
    const start = new SpikeTrain(steps, 1, 1);
    start.set(0, 0, 0);
    return { inputs: { [IMAGE]: image, [START]: start }, steps };
  }

  /** The network's output for each of `count` images that were presented from step 1 on, [count, …]. */
  outputs(recording: Recording, count: number): Activity {
    const { data, size } = recording.outputs[READOUT]!;
    const result = new Float32Array(count * size);
    for (let i = 0; i < count; i++) {
      const row = (i + this.depth + 1) * this.phaseSteps - 1;
      result.set(data.subarray(row * size, (row + 1) * size), i * size);
    }
    return { shape: [count, ...this.#timing.outputShape], data: result };
  }

  /**
   * The spikes by which a population codes each of `count` images, [K of the population, count, neurons].
   *
   * @throws ParameterError for an unknown population
   */
  spikes(recording: Recording, population: string, count: number): SpikeTrain {
    const { populations } = this.#timing;
    const found = populations.find(({ name }) => name === population);
    if (!found) {
      throw unknownName(
        'spikes',
        'population',
        population,
        populations.map(({ name }) => name),
      );
    }
    const all = recording.spikes[population]!;
    const { steps, level, size } = found;
    const result = new SpikeTrain(steps, count, size);
    for (let i = 0; i < count; i++) {
      for (let t = 0; t < steps; t++) {
        const row = (i + level) * this.phaseSteps + t;
        if (all.size === size) result.row(t, i).set(all.row(row, 0));
        else for (let e = 0; e < size; e++) result.set(t, i, e, all.get(row, 0, t * size + e));
      }
    }
    return result;
  }
}

/**
 * The spiking network as a network of Volley: one population of few-spike neurons per gate, a clock whose neurons fire one after
 * another and bring thresholds, resets and the weights d(t) of spikes, linear operators as explicit synapses, and delays of whole
 * phases where a connection skips gates. Of AMOS units: K neurons per unit, behind a port that gathers their input, and delays that
 * bring together what belongs to one image.
 *
 * @param runtime - executes linear stages on unit vectors, which gives their weights exactly
 * @throws UnsupportedError naming a product or max-pool; for noise, or too many synapses
 * @example
 * const spiking = await toNetwork(converted, runtime);
 * const { inputs, steps } = spiking.present(images);
 * const simulation = new Simulation(spiking.network, { seed: 0, parameters: spiking.parameters });
 * const output = spiking.outputs(simulation.run(inputs, steps), images.shape[0]);
 */
export async function toNetwork(
  network: SpikingNetwork,
  runtime: GraphRuntime,
  options: ToNetworkOptions = {},
): Promise<PipelinedNetwork> {
  const { maxSynapses = 8_000_000 } = checkedOptions('toNetwork', options, ['maxSynapses']);
  checkExpressible(network);
  const { staged } = network;
  checkSynapses(expectedSynapses(staged), maxSynapses);
  let found = 0;
  const wiring = await wirings(staged, runtime, (more) => {
    found += more;
    checkSynapses(found, maxSynapses);
  });
  if (network.method === 'amos') return unitCircuits(network, wiring, (count) => checkSynapses(count, maxSynapses));
  const sources = sourceGroups(network, wiring);
  const populations = [...sources.values()].flatMap((group) => group.populations);
  const output = wiring.get(staged.output.name)!;
  const synapses = [...populations.map(({ input }) => input), output].reduce((sum, own) => sum + synapsesOf(own), 0);
  checkSynapses(synapses, maxSynapses);
  const phase = Math.max(1, ...populations.map(({ parameters }) => parameters.steps));
  const shapes = stageShapes(staged);
  const builder = new NetworkBuilder(phase, sizeOf(shapes.get(staged.input.name)!), sources);
  for (const population of populations) builder.addPopulation(population);
  builder.addReadout(output);
  const timing = {
    ...{ phase, depth: levelOf(output, sources) - 1 },
    populations: populations.map(({ name, parameters: { steps }, level, input: { bias } }) => ({
      ...{ name, steps, level, size: bias.length },
    })),
    ...{ input: staged.input, outputShape: shapes.get(staged.output.name)! },
  };
  return new PipelinedNetwork(builder.build(), timing, synapses);
}

/** The same of AMOS units: phases are steps. */
function unitCircuits(
  spiking: SpikingNetwork,
  wiring: ReadonlyMap<string, Wiring>,
  check: (synapses: number) => void,
): PipelinedNetwork {
  const { staged } = spiking;
  const { network, populations, latency, synapses } = unitNetwork(spiking, wiring, check);
  const timing = {
    ...{ phase: 1, depth: latency, input: staged.input, outputShape: stageShapes(staged).get(staged.output.name)! },
    populations: populations.map(({ name, unit: { steps }, start, units }) => ({
      ...{ name, steps, level: start, size: units },
    })),
  };
  return new PipelinedNetwork(network, timing, synapses);
}

/** Synapses without the sharing of weights: multiplications for one image. Where linear operators follow each other, there may be fewer. */
const expectedSynapses = ({ parts }: StagedNetwork): number =>
  parts.reduce((sum, part) => sum + (part.kind === 'linear' ? countOperations(part.graph).multiplyAccumulates : 0), 0);

function checkSynapses(count: number, most: number): void {
  if (count <= most) return;
  throw new UnsupportedError('toNetwork', `expected at most ${most} synapses, got ${count}`, {
    hint: 'raise maxSynapses, at some 50 bytes each, or run the network by its stages',
    fields: { synapses: count, maxSynapses: most },
  });
}

import {
  emitForward,
  type ForwardPlaces,
  fixedPlace,
  Graph,
  ModuleBuilder,
  type PopulationPlan,
  planPopulation,
} from '../../expr/index.ts';
import { padded } from '../../network/index.ts';
import { integrateAndFire } from '../../neurons/integrate-and-fire.ts';
import { spikeRowBytes } from '../../tensor/index.ts';

/** Where the integrate-and-fire neurons of one gate lie; addresses in bytes, arrays of `count` float32 filled up to four lanes. */
export interface NeuronPlaces {
  readonly name: string;
  /** Neurons, the images of a batch counted singly. */
  readonly count: number;
  /** Input of one step. */
  readonly current: number;
  /** What goes on: 0, or the threshold where a neuron spikes. May be the address of `current`. */
  readonly output: number;
  readonly membrane: number;
  /** One float32. */
  readonly threshold: number;
  /** One bit per neuron. */
  readonly spikes: number;
}

/**
 * The plan of the neuron's own equations, with one more value: v_th · z. Threshold balancing leaves the weights as they are, so a
 * spike carries its neuron's threshold to the next layer.
 */
function planWithWorth(): PopulationPlan {
  const plan = planPopulation(integrateAndFire.step, { perNeuron: [], training: false });
  const graph = new Graph(plan.graph);
  const threshold = graph.add({ op: 'param', name: 'vTh' });
  const worth = graph.add({ op: 'mul', a: threshold, b: plan.program.output });
  return { ...plan, graph, tape: { states: [], nodes: [{ node: worth, kind: 'float' }] } };
}

function forwardPlaces({ count, current, output, membrane, threshold, spikes }: NeuronPlaces): ForwardPlaces {
  return {
    batch: 1,
    size: count,
    padded: padded(count),
    rowBytes: spikeRowBytes(count),
    params: { vTh: threshold },
    inputs: { I: fixedPlace(current) },
    state: { v: fixedPlace(membrane) },
    output: fixedPlace(spikes),
    random: [],
    tape: [fixedPlace(output)],
  };
}

/**
 * Compiles the equations of {@link integrateAndFire} into one loop per gate.
 *
 * @returns functions by gate that advance all its neurons by one step
 */
export function compileNeurons(
  memory: WebAssembly.Memory,
  gates: readonly NeuronPlaces[],
): ReadonlyMap<string, () => void> {
  const plan = planWithWorth();
  const module = new ModuleBuilder({ shared: false, minPages: 1 });
  gates.forEach((gate, i) => {
    emitForward(module, plan, forwardPlaces(gate), `gate${i}`);
  });
  const code = new WebAssembly.Module(module.toBytes());
  const { exports } = new WebAssembly.Instance(code, { env: { memory } });
  return new Map(gates.map(({ name }, i) => [name, exports[`gate${i}`] as () => void]));
}

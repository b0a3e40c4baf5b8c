import { ParameterError, unknownName } from '../base/errors.ts';
import { checkedByName, checkedOptions } from '../base/options.ts';
import { own } from '../base/own.ts';
import { checkTopology } from './check-topology.ts';
import {
  checkInput,
  checkPopulation,
  type InputSpec,
  type NetworkSpec,
  type PopulationSpec,
  type ProjectionSpec,
} from './network-spec.ts';
import { type PlasticProjection, resolvePlastic } from './plastic/resolve.ts';
import { allToAll, type Topology } from './topology.ts';
import { checkWeights, type Weights } from './weights.ts';

/** A projection with every default filled in. */
export interface Projection {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly input: string;
  readonly topology: Topology;
  readonly weights: Weights;
  readonly delay: number;
  readonly trainable: boolean;
  readonly fromInput: boolean;
  readonly preSize: number;
  readonly postSize: number;
  /** Present if the synapses are plastic. */
  readonly plastic?: PlasticProjection;
}

/** An immutable description of a network; build it with a `Simulation` or a `Trainer`. */
export interface Network<I extends string = string, P extends string = string, J extends string = string> {
  readonly inputs: Readonly<Record<I, Required<InputSpec>>>;
  readonly populations: Readonly<Record<P, PopulationSpec>>;
  readonly projections: Readonly<Record<J, Projection>>;
  /** Populations in the order of their update within a step: a delay-0 projection leads from earlier to later. */
  readonly order: readonly P[];
}

const PROJECTION = [
  ...(['from', 'to', 'input', 'topology', 'weights', 'delay', 'trainable'] as const),
  ...(['synapse', 'signals', 'rewiring', 'initial'] as const),
] as const;

function resolveProjection(
  name: string,
  spec: ProjectionSpec,
  inputs: Readonly<Record<string, InputSpec>>,
  populations: Readonly<Record<string, PopulationSpec>>,
): Projection {
  const where = `projection "${name}"`;
  checkedOptions(where, spec, PROJECTION);
  const source = own(inputs, spec.from) ?? own(populations, spec.from);
  if (!source) {
    throw unknownName(where, 'source', spec.from, [...Object.keys(inputs), ...Object.keys(populations)]);
  }
  const target = own(populations, spec.to);
  if (!target) throw unknownName(where, 'population', spec.to, Object.keys(populations));
  const ports = Object.keys(target.model.model.definition.inputs);
  const input = spec.input ?? (ports.length === 1 ? ports[0]! : undefined);
  if (input === undefined) {
    throw new ParameterError(where, `expected the target's input, got none`, { hint: `one of: ${ports.join(', ')}` });
  }
  if (!ports.includes(input)) throw unknownName(where, 'input', input, ports);
  checkWeights(where, spec.weights);
  const sameGroup = spec.from === spec.to;
  const delay = spec.delay ?? (sameGroup ? 1 : 0);
  if (!Number.isInteger(delay) || delay < 0) {
    throw new ParameterError(where, `expected a delay of 0, 1, 2 … time steps, got ${delay}`);
  }
  const topology = spec.topology ?? allToAll({ self: !sameGroup });
  checkTopology(where, topology);
  if (topology.kind === 'oneToOne' && source.size !== target.size) {
    throw new ParameterError(where, `expected equal sizes for one-to-one, got ${source.size} and ${target.size}`);
  }
  const plastic = resolvePlastic(where, spec, { inputs, populations });
  return {
    name,
    from: spec.from,
    to: spec.to,
    input,
    topology,
    weights: spec.weights,
    delay,
    trainable: spec.trainable ?? plastic === undefined,
    fromInput: Object.hasOwn(inputs, spec.from),
    preSize: source.size,
    postSize: target.size,
    ...(plastic ? { plastic } : {}),
  };
}

/** Orders populations so that delay-0 projections lead forwards; a delay-0 cycle is an error. */
function updateOrder(populations: readonly string[], projections: readonly Projection[]): string[] {
  const order: string[] = [];
  const waiting = new Set(populations);
  while (waiting.size > 0) {
    const ready = [...waiting].filter(
      (name) => !projections.some((p) => p.to === name && p.delay === 0 && !p.fromInput && waiting.has(p.from)),
    );
    if (ready.length === 0) {
      throw new ParameterError(
        'defineNetwork',
        `expected no cycle of delay-0 projections, got one through ${[...waiting].join(', ')}`,
        {
          hint: 'give one projection of the cycle a delay of 1 or more',
        },
      );
    }
    for (const name of ready) {
      order.push(name);
      waiting.delete(name);
    }
  }
  return order;
}

/**
 * Checks a network's description and fills in its defaults. Nothing is allocated.
 *
 * @throws ParameterError for an unknown name, option or kind, a bad size or delay, a model that was not called, missing weights,
 * or a cycle of delay-0 projections
 *
 * @example
 * const net = defineNetwork({
 *   inputs: { x: { size: 80 } },
 *   populations: {
 *     hidden: { size: 220, model: alif({ tauA: 700 }) },
 *     out: { size: 10, model: leakyReadout() },
 *   },
 *   projections: {
 *     in: { from: 'x', to: 'hidden', weights: fanInNormal() },
 *     rec: { from: 'hidden', to: 'hidden', weights: fanInNormal() },
 *     out: { from: 'hidden', to: 'out', weights: glorotUniform() },
 *   },
 * });
 */
export function defineNetwork<I extends string, P extends string, J extends string>(
  spec: NetworkSpec<I, P, J>,
): Network<I, P, J> {
  checkedOptions('defineNetwork', spec, ['inputs', 'populations', 'projections']);
  for (const [name, input] of checkedByName<InputSpec>('defineNetwork', 'inputs', spec.inputs)) {
    checkInput(name, input);
    if (Object.hasOwn(spec.populations, name)) {
      throw new ParameterError(
        'defineNetwork',
        `expected different names, got "${name}" for an input and a population`,
      );
    }
  }
  for (const [name, population] of checkedByName<PopulationSpec>('defineNetwork', 'populations', spec.populations)) {
    checkPopulation(name, population);
  }
  const projections = checkedByName<ProjectionSpec>('defineNetwork', 'projections', spec.projections).map(
    ([name, projection]) => resolveProjection(name, projection, spec.inputs, spec.populations),
  );
  const inputs = Object.fromEntries(
    Object.entries<InputSpec>(spec.inputs).map(([name, input]) => [
      name,
      Object.freeze({ size: input.size, kind: input.kind ?? 'spikes' }),
    ]),
  );
  // Copies: what the caller does to its own objects afterwards must not change the network.
  const populations = Object.fromEntries(
    Object.entries<PopulationSpec>(spec.populations).map(([name, { size, model }]) => [
      name,
      Object.freeze({ size, model }),
    ]),
  );
  return Object.freeze({
    inputs: Object.freeze(inputs as Record<I, Required<InputSpec>>),
    populations: Object.freeze(populations as Record<P, PopulationSpec>),
    projections: Object.freeze(
      Object.fromEntries(projections.map((p) => [p.name, Object.freeze(p)])) as Record<J, Projection>,
    ),
    order: updateOrder(Object.keys(spec.populations), projections) as P[],
  });
}

/** Whether the activity of an input or a population is spikes (0/1) rather than graded values. */
export function emitsSpikes(network: Network, name: string): boolean {
  const input = own(network.inputs, name);
  return input ? input.kind === 'spikes' : network.populations[name]!.model.model.step.spiking;
}

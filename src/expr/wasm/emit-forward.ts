import type { NodeId } from '../graph.ts';
import type { PopulationPlan } from '../plan.ts';
import { quietStep } from '../quiet-step.ts';
import type { ModuleBuilder } from './assembler.ts';
import type { Code } from './code.ts';
import { Lowering } from './lower.ts';
import type { LoadMaker } from './lowering.ts';
import type { Place } from './place.ts';
import { RowLoop, type RowShape, type Stream } from './rows.ts';

/** Where a population's arrays lie; all addresses in bytes. */
export interface ForwardPlaces extends RowShape {
  /** Per parameter, base and derived (and `dt`, if the equations name it): one f32, or [padded] f32 if it is per neuron. */
  readonly params: Readonly<Record<string, number>>;
  /** [batch, padded] f32. */
  readonly inputs: Readonly<Record<string, Place>>;
  /** [batch, padded] f32 for every state; one slot means that it is updated in place. */
  readonly state: Readonly<Record<string, Place>>;
  /** Bit rows [batch, rowBytes] of a spiking model, else [batch, padded] f32. */
  readonly output: Place;
  /** One [batch, padded] f32 buffer per random site. */
  readonly random: readonly Place[];
  /** One per node of the plan's tape: bit rows or [batch, padded] f32. */
  readonly tape: readonly Place[];
}

/** Pushes the address of a parameter that has one value for all neurons; undefined for the others. */
export function uniformParameter(
  plan: PopulationPlan,
  places: ForwardPlaces,
): (name: string) => ((code: Code) => void) | undefined {
  return (name) => {
    const address = places.params[name];
    return plan.perNeuron.has(name) || address === undefined ? undefined : (code) => code.i32Const(address);
  };
}

/** Loads of the parameters with one value per neuron. */
export function perNeuronLoads(plan: PopulationPlan, places: ForwardPlaces, loop: RowLoop): [NodeId, LoadMaker][] {
  const { graph } = plan;
  return [...plan.perNeuron].flatMap((name): [NodeId, LoadMaker][] => {
    const address = places.params[name];
    return address === undefined ? [] : [[graph.add({ op: 'param', name }), floats(() => loop.perNeuron(address))]];
  });
}

/** Loads floats from a stream that is made when it is needed. */
export const floats = (make: () => Stream): LoadMaker => {
  return () => {
    const stream = make();
    return { form: 'float', push: () => stream.load() };
  };
};

/** Loads lanes of a bit row that is opened when it is needed. */
export const bits = (open: () => () => void): LoadMaker => {
  return () => ({ form: 'mask', push: open() });
};

/**
 * Adds the function (t: i32) → () that advances a population from step t - 1 to step t.
 *
 * Pad lanes are computed like neurons: they stay finite if pad lanes of inputs are finite and those of per-neuron
 * parameters repeat a valid value. Pad bits of bit rows are 0.
 *
 * @returns the function's index
 */
export function emitForward(
  module: ModuleBuilder,
  plan: PopulationPlan,
  places: ForwardPlaces,
  exportName?: string,
): number {
  return module.addFunction(['i32'], [], (code) => emitBody(module, code, plan, places), exportName);
}

/**
 * As {@link emitForward}, and the same bits, but fast where hardly any neuron spikes: vectors of neurons are advanced as if none
 * of them did, and those in which one does, with the rest of their block, in full.
 */
export function emitSparseForward(module: ModuleBuilder, plan: PopulationPlan, places: ForwardPlaces): number {
  const quiet = plan.tape.nodes.length === 0 ? quietStep(plan.graph, plan.program) : undefined;
  return module.addFunction(['i32'], [], (code) => emitBody(module, code, plan, places, quiet));
}

function emitBody(
  module: ModuleBuilder,
  code: Code,
  plan: PopulationPlan,
  places: ForwardPlaces,
  quiet?: Readonly<Record<string, NodeId>>,
): void {
  const { program, graph } = plan;
  const loop = new RowLoop(code, 0, places);
  const loads = new Map<NodeId, LoadMaker>(perNeuronLoads(plan, places, loop));
  const states = Object.entries(program.next).map(([name, next]) => {
    const place = places.state[name]!;
    const leaf = graph.add({ op: 'state', name });
    loads.set(
      leaf,
      floats(() => loop.activity(place, -1)),
    );
    return { leaf, next, quiet: quiet?.[name] ?? next, stream: loop.activity(place), inPlace: place.slots === 1 };
  });
  for (const [name, place] of Object.entries(places.inputs)) {
    loads.set(
      graph.add({ op: 'input', name }),
      floats(() => loop.activity(place)),
    );
  }
  for (const [site, place] of places.random.entries()) {
    loads.set(
      graph.add({ op: 'random', site }),
      floats(() => loop.activity(place)),
    );
  }
  if (program.usesPreviousOutput) {
    loads.set(
      graph.add({ op: 'previousOutput' }),
      bits(() => loop.readBits(places.output, -1)),
    );
  }
  const tape = plan.tape.nodes.map(({ node, kind }, i) => ({ node, write: sink(loop, places.tape[i]!, kind) }));
  const rare = quiet && loop.rareBits(places.output);
  if (!rare) tape.push({ node: program.output, write: sink(loop, places.output, program.spiking ? 'bits' : 'float') });

  const roots = [...states.map(({ next }) => next), ...tape.map(({ node }) => node)];
  if (rare) roots.push(...states.flatMap((own) => (own.quiet === own.next ? [] : [own.quiet])), program.output);
  const lowering = new Lowering({ module, code, graph, uniform: uniformParameter(plan, places), loads }, roots);
  const begin = () => {
    lowering.begin();
    // A state that is updated in place may be read by a later equation, so all old values are read first.
    for (const { leaf, inPlace } of states) if (inPlace) lowering.preload(leaf);
  };
  const full = () => {
    begin();
    for (const { next, stream } of states) stream.store(() => lowering.float(next));
    for (const { node, write } of tape) write(lowering, node);
    rare?.write(() => lowering.mask(program.output));
  };
  if (!rare) loop.emit(full);
  else {
    loop.emit(() => {
      begin();
      rare.leave(() => lowering.mask(program.output));
      for (const { quiet: next, stream } of states) stream.store(() => lowering.float(next));
    }, full);
  }
}

/** Writes a node as floats or as bits. */
function sink(loop: RowLoop, place: Place, kind: 'float' | 'bits'): (lowering: Lowering, node: NodeId) => void {
  if (kind === 'bits') {
    const write = loop.writeBits(place);
    return (lowering, node) => write(() => lowering.mask(node));
  }
  const stream = loop.activity(place);
  return (lowering, node) => stream.store(() => lowering.float(node));
}

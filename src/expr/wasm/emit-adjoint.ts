import { InternalError } from '../../base/errors.ts';
import { isLeaf, type NodeId } from '../graph.ts';
import { adjointRoots, type PopulationPlan } from '../plan.ts';
import type { ModuleBuilder } from './assembler.ts';
import type { Code } from './code.ts';
import { bits, type ForwardPlaces, floats, perNeuronLoads, uniformParameter } from './emit-forward.ts';
import { Lowering } from './lower.ts';
import type { LoadMaker } from './lowering.ts';
import { fixedPlace, type Place } from './place.ts';
import { RowLoop, type Stream } from './rows.ts';

/** Where a population's adjoints lie; all addresses in bytes, all arrays f32. */
export interface AdjointPlaces extends ForwardPlaces {
  /** [batch, padded] per active state: adjoint of the state after step t on entry, of the state before it on exit. */
  readonly dState: Readonly<Record<string, number>>;
  /** [batch, padded]: dE/d output(t) on entry; on exit what this step adds to dE/d output(t - 1). */
  readonly dOutput: number;
  /** [batch, padded] at step t, added to dOutput. */
  readonly lossGradient?: Place;
  /** [padded], added to dOutput in every batch row. */
  readonly dOutputConstant?: number;
  /** [batch, padded] per input, overwritten. */
  readonly dInputs: Readonly<Record<string, Place>>;
  /** For some of the plan's leaky inputs: where to write q, [batch, padded], and the decay, four times the same f32. */
  readonly dInputsSparse?: Readonly<Record<string, { readonly q: number; readonly decay: number }>>;
  /** [padded] per trainable parameter that the equations name; batch rows are added in row order. */
  readonly dParams: Readonly<Record<string, number>>;
}

/**
 * Adds the function (t: i32) → () that takes a population's adjoints from after step t to before it.
 *
 * Only the plan's active states have an adjoint; `dState` of the others is neither read nor written.
 *
 * @returns the function's index
 * @throws InternalError if the plan was not made for training
 */
export function emitAdjoint(
  module: ModuleBuilder,
  plan: PopulationPlan,
  places: AdjointPlaces,
  exportName?: string,
): number {
  if (plan.adjoint === undefined) throw new InternalError('emitAdjoint', 'expected a plan for training, got none');
  return module.addFunction(['i32'], [], (code) => emitBody(module, code, plan, places), exportName);
}

/** What the forward pass left behind: kept states and nodes, spikes, parameters. */
function tapeLoads(plan: PopulationPlan, places: AdjointPlaces, loop: RowLoop): Map<NodeId, LoadMaker> {
  const { program, tape } = plan;
  const { graph } = plan.adjoint!;
  const loads = new Map<NodeId, LoadMaker>(perNeuronLoads(plan, places, loop));
  for (const name of tape.states) {
    const place = places.state[name]!;
    const next = program.next[name]!;
    if (!isLeaf(graph.node(next)))
      loads.set(
        next,
        floats(() => loop.activity(place)),
      );
    loads.set(
      graph.add({ op: 'state', name }),
      floats(() => loop.activity(place, -1)),
    );
  }
  for (const [i, { node, kind }] of tape.nodes.entries()) {
    const place = places.tape[i]!;
    loads.set(node, kind === 'bits' ? bits(() => loop.readBits(place, 0)) : floats(() => loop.activity(place)));
  }
  if (program.usesPreviousOutput) {
    loads.set(
      graph.add({ op: 'previousOutput' }),
      bits(() => loop.readBits(places.output, -1)),
    );
  }
  if (program.spiking && !isLeaf(graph.node(program.output))) {
    loads.set(
      program.output,
      bits(() => loop.readBits(places.output, 0)),
    );
  }
  return loads;
}

function emitBody(module: ModuleBuilder, code: Code, plan: PopulationPlan, places: AdjointPlaces): void {
  const { graph, results, activeStates } = plan.adjoint!;
  const loop = new RowLoop(code, 0, places);
  const loads = tapeLoads(plan, places, loop);
  const array = (address: number) => loop.activity(fixedPlace(address));
  const seeds: NodeId[] = [];
  const seed = (name: string, load: LoadMaker) => {
    const leaf = graph.add({ op: 'seed', name });
    loads.set(leaf, load);
    seeds.push(leaf);
  };

  const states = activeStates.map((name) => ({ node: results.state[name]!, stream: array(places.dState[name]!) }));
  for (const [i, name] of activeStates.entries())
    seed(
      name,
      floats(() => states[i]!.stream),
    );
  const output = array(places.dOutput);
  const loss = places.lossGradient === undefined ? [] : [loop.activity(places.lossGradient)];
  const constant = places.dOutputConstant === undefined ? [] : [loop.perNeuron(places.dOutputConstant)];
  seed('', outputSeed(code, output, [...loss, ...constant]));
  const inputs = Object.entries(results.inputs).flatMap(([name, node]) => {
    const place = places.dInputs[name];
    return place === undefined ? [] : [{ node, stream: loop.activity(place) }];
  });
  const params = plan.trainable.map((name) => ({
    node: results.params[name]!,
    stream: loop.perNeuron(places.dParams[name]!),
  }));
  const sparse = Object.entries(places.dInputsSparse ?? {}).map(([name, { q, decay }]) => {
    return { node: plan.leaky[name]!.q, stream: array(q), decay: { node: plan.leaky[name]!.decay, address: decay } };
  });
  const overwritten = [...states, { node: results.previousOutput, stream: output }, ...inputs, ...sparse];

  const roots = adjointRoots(plan.adjoint!, plan.trainable);
  for (const { node, decay } of sparse) roots.push(node, decay.node);
  const lowering = new Lowering({ module, code, graph, uniform: uniformParameter(plan, places), loads }, roots);
  for (const { decay } of sparse) {
    code.i32Const(decay.address);
    lowering.float(decay.node);
    code.v128Store();
  }
  loop.emit(() => {
    lowering.begin();
    for (const leaf of seeds) lowering.preload(leaf);
    for (const { node, stream } of overwritten) stream.store(() => lowering.float(node));
    for (const { node, stream } of params) {
      stream.store(() => {
        stream.load();
        lowering.float(node);
        code.f32x4Add();
      });
    }
  });
}

function outputSeed(code: Code, output: Stream, more: readonly Stream[]): LoadMaker {
  const push = () => {
    output.load();
    for (const stream of more) {
      stream.load();
      code.f32x4Add();
    }
  };
  return () => ({ form: 'float', push });
}

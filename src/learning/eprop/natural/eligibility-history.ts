import { UnsupportedError } from '../../../base/errors.ts';
import { own as ownOf } from '../../../base/own.ts';
import type { NodeId, Term, TraceProgram } from '../../../expr/index.ts';
import {
  type Activity,
  Engine,
  type EngineOptions,
  type Network,
  type NetworkParameters,
  type ProjectionLayout,
  type SourceLayout,
} from '../../../network/index.ts';
import type { ParameterVector } from '../../parameter-vector.ts';

/** What one projection's traces are computed from at one step. */
interface TraceStep {
  /** Filters of presynaptic activity, [filter][pre]. */
  readonly filters: readonly Float64Array[];
  /** [component][pre, postPadded]. */
  readonly components: readonly Float32Array[];
  /** e, [pre, postPadded]. */
  trace: Float32Array;
}

/** The traces of one projection over a run. */
export interface ProjectionHistory {
  readonly projection: string;
  /** e of every step, [steps, pre, postPadded]; 0 in pad columns and where a neuron may not reach itself. */
  readonly traces: Float32Array;
  readonly pre: number;
  /** Floats per row of `traces`. */
  readonly width: number;
  /** Whether a neuron may reach itself. */
  readonly self: boolean;
}

/**
 * The eligibility traces of the synapses onto one population at every step of a run, unfiltered: what a learning signal
 * of any step multiplies, and what its derivative is taken through.
 *
 * Plain loops: a run is computed once for all rows that see the same input, and its traces are then used for each.
 */
export class EligibilityHistory {
  readonly projections: readonly ProjectionHistory[];
  readonly #engine: Engine;
  readonly #vector: ParameterVector;

  /**
   * @param population - whose trainable synapses have traces
   * @throws UnsupportedError if it has none, or one of them is not all-to-all
   */
  constructor(
    network: Network,
    parameters: NetworkParameters,
    vector: ParameterVector,
    population: string,
    { steps, dt, seed, arithmetic }: Pick<EngineOptions, 'steps' | 'dt' | 'seed' | 'arithmetic'>,
  ) {
    const names = learningProjections(network, parameters, population);
    const traces = { dt, detachReset: true };
    this.#engine = new Engine(network, parameters, { batch: 1, steps, dt, seed, arithmetic, traces });
    this.#vector = vector;
    this.projections = names.map((projection) => {
      const { count, projection: own } = this.#engine.layout.projections[projection]!;
      const connections = parameters.connections[projection]!;
      return {
        projection,
        traces: new Float32Array(steps * count),
        pre: own.preSize,
        width: count / own.preSize,
        self: connections.kind === 'dense' && connections.self,
      };
    });
  }

  /**
   * Runs one row of the inputs with the given parameters, and fills the histories.
   *
   * @throws NumericsError if a state or a graded output is not finite
   */
  run(parameters: Float32Array, inputs: Readonly<Record<string, Activity>>, row: number, clock: number): void {
    const engine = this.#engine;
    this.#vector.write(parameters, engine);
    engine.reset(clock);
    engine.writeInputs(inputs, 0, engine.options.steps, row);
    engine.forward();
    engine.checkFinite();
    for (const history of this.projections) fillHistory(engine, history);
  }
}

/** The trainable projections into a population. */
function learningProjections(network: Network, parameters: NetworkParameters, population: string): string[] {
  const names = Object.values(network.projections)
    .filter(({ to, trainable }) => to === population && trainable)
    .map(({ name }) => name);
  const other = names.find((name) => parameters.connections[name]!.kind !== 'dense');
  if (names.length > 0 && other === undefined) return names;
  const got = other === undefined ? 'none' : `projection "${other}": ${parameters.connections[other]!.kind}`;
  throw new UnsupportedError(
    'NaturalEprop',
    `expected trainable all-to-all synapses onto population "${population}", got ${got}`,
    { hint: 'leave the topology out, or set trainable: true' },
  );
}

/** Computes e at every step of the run that the engine holds. */
function fillHistory(engine: Engine, { projection, traces, pre, width, self }: ProjectionHistory): void {
  const { layout } = engine;
  const own = layout.projections[projection]!;
  const { to, from, input, postSize } = own.projection;
  const program = layout.populations[to]!.plan.traces[input]!;
  const source = ownOf(layout.inputs, from) ?? layout.populations[from]!;
  const ones = new Float32Array(postSize).fill(1);
  const step = (): TraceStep => ({
    filters: program.filters.map(() => new Float64Array(pre)),
    components: program.components.map(() => new Float32Array(pre * width)),
    trace: new Float32Array(pre * width),
  });
  let [before, now] = [step(), step()];
  const x = new Float64Array(pre);
  for (let t = 1; t <= engine.options.steps; t++) {
    now.trace = traces.subarray((t - 1) * pre * width, t * pre * width);
    const factors = factorsAt(engine, own, t);
    const values = (node: NodeId | undefined) => (node === undefined ? ones : factors.get(node)!);
    readActivity(engine, source, layout.origin + t - own.projection.delay, x);
    advanceFilters(program, before, now, x);
    const shape = { width, postSize };
    program.updates.forEach((terms, r) => {
      addTerms(now.components[r]!.fill(0), terms, { before, now, values }, shape);
    });
    addTerms(now.trace.fill(0), program.trace, { before, now, values }, shape);
    if (!self) for (let j = 0; j < postSize; j++) now.trace[j * width + j] = 0;
    [before, now] = [now, before];
  }
}

/** The values of the target's neurons that terms read at step t, by node. */
function factorsAt(engine: Engine, own: ProjectionLayout, t: number): Map<NodeId, Float32Array> {
  const { plan, forward, size } = engine.layout.populations[own.projection.to]!;
  return new Map(
    plan.tape.nodes.map(({ node }, k) => {
      const { base, slotBytes, slots } = forward.tape[k]!;
      return [node, engine.floats(base + ((engine.layout.origin + t) % slots) * slotBytes, size)] as const;
    }),
  );
}

/** The activity of row 0 at a slot, as numbers. */
function readActivity(engine: Engine, { spiking, size, output }: SourceLayout, slot: number, x: Float64Array): void {
  const at = output.base + slot * output.slotBytes;
  if (!spiking) {
    x.set(engine.floats(at, size));
    return;
  }
  const bits = engine.bytes(at, output.slotBytes);
  for (let i = 0; i < size; i++) x[i] = (bits[i >> 3]! >> (i & 7)) & 1;
}

/** p_m(t) = Σ_n decay_n p_n(t - 1) + drive x(t). */
function advanceFilters({ filters }: TraceProgram, before: TraceStep, now: TraceStep, x: Float64Array): void {
  filters.forEach(({ decay, drive }, m) => {
    const into = now.filters[m]!;
    for (let i = 0; i < x.length; i++) into[i] = drive * x[i]!;
    decay.forEach((factor, n) => {
      for (let i = 0; i < x.length; i++) into[i]! += factor * before.filters[n]![i]!;
    });
  });
}

/** Adds the terms of one recursion to [pre, postPadded] values; pad columns stay as they are. */
function addTerms(
  into: Float32Array,
  terms: readonly Term[],
  read: { before: TraceStep; now: TraceStep; values: (node: NodeId | undefined) => Float32Array },
  { width, postSize }: { width: number; postSize: number },
): void {
  for (const { factor, of, index, when } of terms) {
    if (factor.scale === 0) continue;
    const step = when === 'now' ? read.now : read.before;
    const perPost = read.values(factor.node).map((value) => factor.scale * value);
    for (let k = 0, i = 0; k < into.length; k += width, i++) {
      if (of === 'filter') {
        const activity = step.filters[index]![i]!;
        if (activity === 0) continue;
        for (let j = 0; j < postSize; j++) into[k + j]! += perPost[j]! * activity;
      } else {
        const own = of === 'trace' ? step.trace : step.components[index]!;
        for (let j = 0; j < postSize; j++) into[k + j]! += perPost[j]! * own[k + j]!;
      }
    }
  }
}

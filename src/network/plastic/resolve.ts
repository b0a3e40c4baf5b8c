import { ParameterError, UnsupportedError, unknownName } from '../../base/errors.ts';
import { checkedByName, checkedOptions } from '../../base/options.ts';
import { own } from '../../base/own.ts';
import { parseUnit, sameUnit } from '../../base/units.ts';
import { type SynapseInstance, type SynapseProgram, variableOf } from '../../expr/index.ts';
import type { InputSpec, PopulationSpec, ProjectionSpec, RewiringSpec } from '../network-spec.ts';
import { allToAll } from '../topology.ts';
import { checkWeights, type Weights } from '../weights.ts';

/** The plastic side of a projection with every default filled in. */
export interface PlasticProjection {
  readonly synapse: SynapseInstance;
  /** Source of each signal: an input of graded values or a graded population, of size 1. */
  readonly signals: Readonly<Record<string, string>>;
  /** Initial values of synapse variables other than `w`. */
  readonly initial: Readonly<Record<string, Weights>>;
  readonly rewiring?: RewiringSpec;
}

interface Groups {
  readonly inputs: Readonly<Record<string, InputSpec>>;
  readonly populations: Readonly<Record<string, PopulationSpec>>;
}

const spikes = ({ inputs, populations }: Groups, name: string): boolean => {
  const input = own(inputs, name);
  return input ? (input.kind ?? 'spikes') === 'spikes' : populations[name]!.model.model.step.spiking;
};

function signalSources(where: string, spec: ProjectionSpec, groups: Groups): Record<string, string> {
  const { signals: declared = {} } = spec.synapse!.model.definition;
  for (const name of Object.keys(spec.signals ?? {})) {
    if (!Object.hasOwn(declared, name)) throw unknownName(where, 'signal', name, Object.keys(declared));
  }
  const all = { ...groups.inputs, ...groups.populations };
  const entries = Object.keys(declared).map((name) => {
    const source = own(spec.signals, name) ?? name;
    const group = own(all, source);
    if (group === undefined) {
      throw new ParameterError(where, `expected a source of signal "${name}", got none named "${source}"`, {
        hint: `known: ${Object.keys(all).join(', ')}; an input of a Simulation is one, or an entry in signals of an EventSimulation`,
        fields: { signal: name, source, known: Object.keys(all) },
      });
    }
    if (group.size !== 1 || spikes(groups, source)) {
      const got = `${group.size} ${spikes(groups, source) ? 'spike trains' : 'values'}`;
      throw new ParameterError(where, `expected one graded value for signal "${name}", got ${got}`, {
        hint: `an input { size: 1, kind: 'floats' } is one`,
      });
    }
    return [name, source] as const;
  });
  return Object.fromEntries(entries);
}

function checkReads(where: string, { model }: SynapseInstance, target: PopulationSpec): void {
  const { name, state } = target.model.model.definition;
  for (const [read, spec] of Object.entries(model.definition.reads ?? {})) {
    const found = own(state, read);
    if (found === undefined) throw unknownName(where, `state of ${name}`, read, Object.keys(state));
    const [wanted, got] = [variableOf(spec).unit, variableOf(found).unit];
    if (!sameUnit(parseUnit(wanted), parseUnit(got))) {
      throw new ParameterError(where, `expected state "${read}" of ${name} in ${wanted}, got ${got}`);
    }
  }
}

/** @throws ParameterError for a number to start from beyond the bounds that the blocks would move it to; draws may lie there */
function checkBounds(where: string, name: string, given: Weights, spec: ProjectionSpec, size: number): void {
  const { model, values } = spec.synapse!;
  const variable = model.definition.synapse[name]!;
  if (typeof variable === 'string' || (typeof given === 'object' && 'kind' in given)) return;
  const bound = (end: number | string | undefined) => (typeof end === 'string' ? values[end] : end);
  const [low = -Infinity, high = Infinity] = [bound(variable.min), bound(variable.max)];
  const all = typeof given === 'number' ? [given] : given;
  // Given as [post, pre], a connection of a neuron to itself that is absent has an entry all the same.
  const topology = spec.topology ?? allToAll({ self: false });
  const isMatrix = typeof given !== 'number' && spec.from === spec.to;
  const selfless = isMatrix && topology.kind === 'allToAll' && !topology.self;
  for (let k = 0; k < all.length; k++) {
    const value = all[k]!;
    // Weights are kept as float32, in which a bound itself may round to the other side.
    const inside = (value >= low && value <= high) || Math.fround(low) === value || Math.fround(high) === value;
    if (inside || !Number.isFinite(value) || (selfless && k % (size + 1) === 0)) continue;
    throw new ParameterError(where, `expected ${name} from ${low} to ${high}, got ${value}`, {
      hint: `the bounds are those of ${model.definition.name}`,
      fields: { index: k, value, low, high },
    });
  }
}

/** @throws ParameterError unless there is a model of a synapse with its values */
export function checkSynapse(where: string, synapse: SynapseInstance): void {
  if (typeof synapse === 'object' && typeof synapse?.model === 'function') return;
  const got = typeof synapse === 'function' ? 'a model that was not called' : `${synapse}`;
  throw new ParameterError(where, `expected a synapse with its values, got ${got}`, {
    hint: 'as in synapse: stdp()',
  });
}

/** @throws ParameterError for an interval that is no time, an unknown variable, and one with which synapses would be born retracted */
function checkRewiring(
  where: string,
  rewiring: RewiringSpec,
  { variables }: SynapseProgram,
  known: readonly string[],
): void {
  const { interval, active } = checkedOptions(`${where}, rewiring`, rewiring, ['interval', 'active']);
  if (!(typeof interval === 'number' && interval > 0)) {
    throw new ParameterError(where, `expected a rewiring interval above 0 ms, got ${String(interval)}`);
  }
  if (!known.includes(active)) throw unknownName(where, 'synapse variable', active, known);
  const { init } = variables[active]!;
  if (init > 0) return;
  throw new ParameterError(where, `expected ${active} to start above 0 where synapses grow anew, got ${init}`, {
    hint: `0 and below is retracted; as in ${active}: { doc: '…', init: 0.1 }`,
    fields: { active, init },
  });
}

/**
 * Checks the plastic side of a projection and fills in its defaults.
 *
 * @throws ParameterError for a synapse that was not called, an unknown signal, state or variable, a unit that does not fit, or a
 * value beyond the bounds of its variable
 * @throws UnsupportedError for a source or a target that does not spike
 */
export function resolvePlastic(where: string, spec: ProjectionSpec, groups: Groups): PlasticProjection | undefined {
  const { synapse, initial = {} } = spec;
  if (synapse === undefined) {
    const stray = (['signals', 'initial', 'rewiring'] as const).find((key) => spec[key] !== undefined);
    if (stray !== undefined) throw new ParameterError(where, `expected ${stray} together with a synapse, got none`);
    return undefined;
  }
  checkSynapse(where, synapse);
  checkedByName(where, 'initial values', initial);
  checkedByName(where, 'sources of signals', spec.signals ?? {});
  const { program } = synapse.model;
  for (const [what, name, needed] of [
    ['source', spec.from, true],
    ['target', spec.to, program.blocks.onPost !== undefined],
  ] as const) {
    if (!needed || spikes(groups, name)) continue;
    throw new UnsupportedError(where, `expected a ${what} that spikes for plastic synapses, got "${name}"`);
  }
  const known = Object.entries(program.variables).flatMap(([name, { scope }]) =>
    scope === 'synapse' && name !== 'w' ? [name] : [],
  );
  for (const [name, values] of Object.entries(initial)) {
    if (!known.includes(name)) {
      throw name === 'w'
        ? new ParameterError(where, 'expected weights for the initial w, got initial.w', { hint: 'weights: …' })
        : unknownName(where, 'synapse variable', name, known);
    }
    checkWeights(`${where}, initial ${name}`, values);
  }
  for (const [name, values] of [['w', spec.weights] as const, ...Object.entries(initial)]) {
    checkBounds(where, name, values, spec, groups.populations[spec.to]!.size);
  }
  checkReads(where, synapse, groups.populations[spec.to]!);
  const { rewiring } = spec;
  if (rewiring) checkRewiring(where, rewiring, program, ['w', ...known]);
  return { synapse, signals: signalSources(where, spec, groups), initial, ...(rewiring ? { rewiring } : {}) };
}

import { describe, expect, it } from 'vitest';
import { FloatSequence, SpikeTrain } from '../tensor/index.ts';
import type { Activity } from './engine-inputs.ts';
import type { Network } from './network.ts';
import { initialParameters } from './parameters.ts';
import type { Recording } from './recorder.ts';
import { simulateReference } from './reference.ts';
import type { ReferenceTrace } from './reference-trace.ts';
import { Simulation, type SimulationOptions } from './simulation.ts';
import { BATCH, FLOATS, mixedNetwork, randomInputs, STEPS } from './testing/mixed-network.ts';

const SEED = 6;
const inputs = randomInputs(STEPS, BATCH);

/** Steps `from` … `to - 1` of both inputs. */
function steps(from: number, to: number): Record<string, Activity> {
  const { x, f } = inputs;
  const row = BATCH * FLOATS;
  return {
    x: new SpikeTrain(to - from, BATCH, x.size, x.data.slice(x.offset(from, 0), x.offset(to, 0))),
    f: new FloatSequence(to - from, BATCH, FLOATS, f.data.slice(from * row, to * row)),
  };
}

const STATES = { hidden: ['v', 'a', 'r'], noisy: ['v'], middle: ['x'], out: ['y'] };
const simulate = (more: Partial<SimulationOptions> = {}) =>
  new Simulation(mixedNetwork as Network, { batch: BATCH, seed: SEED, record: { states: STATES }, ...more });

/** Every recorded array by a name of its own. */
function arrays({ spikes, outputs, states }: Recording): Record<string, Float32Array | Uint8Array> {
  const named: [string, Float32Array | Uint8Array][] = [];
  for (const [name, train] of Object.entries(spikes)) named.push([`${name}.spikes`, train.toDense()]);
  for (const [name, own] of Object.entries(outputs)) named.push([`${name}.output`, own.data]);
  for (const [name, all] of Object.entries(states)) {
    for (const [key, own] of Object.entries(all)) named.push([`${name}.${key}`, own.data]);
  }
  return Object.fromEntries(named);
}

/** The same arrays of a reference simulation, without the initial state. */
function expected({ outputs, states }: ReferenceTrace): Record<string, Float64Array> {
  const named = ['middle', 'out'].map((name) => [`${name}.output`, outputs[name]!] as const);
  const kept = Object.entries(STATES).flatMap(([name, keys]) =>
    keys.map((key) => {
      const all = states[name]![key]!;
      return [`${name}.${key}`, all.subarray(all.length / (STEPS + 1))] as const;
    }),
  );
  return Object.fromEntries([...named, ...kept]);
}

/** Arrays of consecutive runs, put together. */
const joined = (parts: readonly Recording[]): Record<string, ArrayLike<number>> =>
  Object.fromEntries(
    Object.keys(arrays(parts[0]!)).map((key) => [key, parts.flatMap((part) => [...arrays(part)[key]!])]),
  );

/** Arrays that differ, with the number of entries that do: a diff of whole arrays takes minutes to print. */
function differing(got: Record<string, ArrayLike<number>>, wanted = arrays(whole)): Record<string, number> {
  const counts = Object.entries(wanted).map(([key, values]) => {
    const found = got[key]!;
    expect(found.length, key).toBe(values.length);
    return [key, [...values].filter((value, k) => !Object.is(value, found[k])).length] as const;
  });
  return Object.fromEntries(counts.filter(([, count]) => count > 0));
}

const whole = simulate().run(inputs);

describe('Simulation', () => {
  it.each([1, 0.5])('is the reference simulation with dt = %f ms', (dt) => {
    const options = { batch: BATCH, steps: STEPS, seed: SEED, dt };
    const reference = simulateReference(mixedNetwork, initialParameters(mixedNetwork, SEED), inputs, options);
    const got = simulate({ dt, blockSteps: 7 }).run(inputs);
    for (const name of ['hidden', 'noisy']) {
      const wanted = Uint8Array.from(reference.outputs[name]!);
      const rate = wanted.reduce((sum, z) => sum + z, 0) / wanted.length;
      // Enough spikes, and enough silence, for an error to show.
      expect(rate, name).toBeGreaterThan(0.02);
      expect(rate, name).toBeLessThan(0.5);
      expect(got.spikes[name]!.toDense(), name).toEqual(wanted);
    }
    const found = arrays(got);
    for (const [key, values] of Object.entries(expected(reference))) {
      const scale = Math.max(...values.map(Math.abs));
      const worst = values.reduce((most, value, k) => Math.max(most, Math.abs(value - found[key]![k]!)), 0);
      // ρ = exp(-0.5 / 200) rounded to float32 makes 1 - ρ wrong by up to 2^-25 / 0.0025 = 1.2e-5; measured 1.3e-5.
      expect(worst / scale, key).toBeLessThan(3e-5);
    }
  });

  it.each([1, 4, 7, STEPS])('gives the same bits in blocks of %i steps', (blockSteps) => {
    expect(differing(arrays(simulate({ blockSteps }).run(inputs)))).toEqual({});
  });

  it('goes on from one run to the next, and starts anew after reset', () => {
    const simulation = simulate({ blockSteps: 8 });
    const parts = [steps(0, 25), steps(25, 26), steps(26, STEPS)].map((part) => simulation.run(part));
    expect(differing(joined(parts))).toEqual({});
    simulation.reset();
    expect(differing(arrays(simulation.run(inputs)))).toEqual({});
  });

  it('records what it is asked for and nothing else', () => {
    const { spikes, outputs, states } = simulate({ record: { outputs: ['out'], states: { hidden: ['a'] } } }).run(
      inputs,
    );
    expect([Object.keys(spikes), Object.keys(outputs), Object.keys(states)]).toEqual([[], ['out'], ['hidden']]);
    expect(Object.keys(states.hidden!)).toEqual(['a']);
    expect(states.hidden!.a!.data).toEqual(whole.states.hidden!.a!.data);
    expect(() => simulate({ record: { states: { hidden: ['b'] } } })).toThrow('unknown state "b" (known: v, a, r)');
  });

  it('lists spikes as events in order of time, row and neuron', () => {
    const { time, batch, neuron } = whole.spikes.hidden!.events();
    const dense = whole.spikes.hidden!.toDense();
    const size = mixedNetwork.populations.hidden.size;
    const listed = Array.from(time, (t, k) => (t * BATCH + batch[k]!) * size + neuron[k]!);
    expect(listed).toEqual([...dense.keys()].filter((k) => dense[k] === 1));
  });
});

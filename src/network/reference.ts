import { evaluateStep } from '../expr/index.ts';
import type { Activity } from './engine-inputs.ts';
import type { Network } from './network.ts';
import { forEachSynapse, type ReferenceParameters } from './reference-parameters.ts';
import { type ReferenceOptions, ReferenceTrace } from './reference-trace.ts';

/** Currents of one population at step t: Σ weight · activity of the source at t - delay. */
function deliver(
  network: Network,
  parameters: ReferenceParameters,
  trace: ReferenceTrace,
  name: string,
  t: number,
): void {
  const { batch } = trace.options;
  const { size } = network.populations[name]!;
  for (const projection of Object.values(network.projections)) {
    if (projection.to !== name) continue;
    const connections = parameters.connections[projection.name]!;
    const current = trace.currents[name]![projection.input]!;
    if (projection.plastic) {
      trace.plastic[projection.name]!.arrive(trace.plasticWorld(projection, t, 'arrivals'), (b, post, value) => {
        current[((t - 1) * batch + b) * size + post]! += value;
      });
      continue;
    }
    for (let b = 0; b < batch; b++) {
      forEachSynapse(projection, connections, (pre, post, k) => {
        const activity = trace.activity(projection.from, t - projection.delay, b, pre);
        current[((t - 1) * batch + b) * size + post]! += connections.weights[k]! * activity;
      });
    }
  }
}

/**
 * Simulates a network in float64, slowly and as the definitions read: the oracle for the compiled engine.
 *
 * In step t = 1 … T, populations are updated in `network.order`. The current of an input variable is the sum over its
 * projections of weight · activity of the source at t - delay; the activity of an input at step t is row t - 1. Plastic
 * synapses run their `onPre` when they deliver and their other blocks after the update of their target.
 *
 * @param inputs - by name, [>= steps, >= batch, size]
 */
export function simulateReference(
  network: Network,
  parameters: ReferenceParameters,
  inputs: Readonly<Record<string, Activity>>,
  options: ReferenceOptions,
): ReferenceTrace {
  const trace = new ReferenceTrace(network, parameters, inputs, options);
  const { batch, steps } = options;
  for (let t = 1; t <= steps; t++) {
    for (const name of network.order) {
      const { size, model } = network.populations[name]!;
      deliver(network, parameters, trace, name, t);
      for (let b = 0; b < batch; b++) {
        for (let i = 0; i < size; i++) {
          const { state, output } = evaluateStep(model.model.step, trace.stepInput(name, t, b, i));
          trace.outputs[name]![((t - 1) * batch + b) * size + i] = output;
          for (const [key, value] of Object.entries(state)) {
            trace.states[name]![key]![(t * batch + b) * size + i] = value;
          }
        }
      }
      for (const projection of Object.values(network.projections)) {
        if (projection.to !== name || !projection.plastic) continue;
        trace.plastic[projection.name]!.after(trace.plasticWorld(projection, t, 'spikes'));
      }
    }
  }
  return trace;
}

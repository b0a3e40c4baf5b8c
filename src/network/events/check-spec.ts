import { UnsupportedError } from '../../base/errors.ts';
import { checkedByName, checkedOptions } from '../../base/options.ts';
import { checkPopulation } from '../network-spec.ts';
import { checkSynapse } from '../plastic/resolve.ts';
import type { EventNetworkSpec } from './event-spec.ts';

const PROJECTION = [
  ...(['from', 'to', 'input', 'topology', 'weights', 'delay'] as const),
  ...(['synapse', 'signals', 'initial'] as const),
] as const;

/**
 * Checks the form of a description: what is in it by name, the options of every part, sizes and models. Names and values are
 * checked where they are used.
 *
 * @throws ParameterError for what is missing, unknown or of another form; UnsupportedError for rewiring
 */
export function checkEventSpec(spec: EventNetworkSpec): void {
  checkedOptions('EventSimulation', spec, ['populations', 'projections', 'poisson', 'signals']);
  const { populations, projections, poisson = {}, signals = {} } = spec;
  checkedByName('EventSimulation', 'signals', signals);
  for (const [name, own] of checkedByName('EventSimulation', 'populations', populations)) {
    const where = `population "${name}"`;
    const { start = {}, ...rest } = checkedOptions(where, own, ['size', 'model', 'start']);
    checkPopulation(name, rest);
    checkedByName(where, 'start values', start);
  }
  for (const [name, own] of checkedByName('EventSimulation', 'projections', projections)) {
    const where = `projection "${name}"`;
    if (Object.hasOwn(Object(own), 'rewiring')) {
      throw new UnsupportedError(where, 'expected synapses that stay, got rewiring', {
        hint: 'synapses are rewired in a Simulation of defineNetwork()',
      });
    }
    const { signals: sources = {}, initial = {}, synapse } = checkedOptions(where, own, PROJECTION);
    if (synapse !== undefined) checkSynapse(where, synapse);
    checkedByName(where, 'sources of signals', sources);
    checkedByName(where, 'initial values', initial);
  }
  for (const [name, own] of checkedByName('EventSimulation', 'poisson', poisson)) {
    checkedOptions(`poisson "${name}"`, own, ['to', 'input', 'rate', 'weights']);
  }
}

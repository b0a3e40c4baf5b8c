import { UnsupportedError } from '../../base/errors.ts';
import { own } from '../../base/own.ts';
import type { SynapseInstance } from '../../expr/index.ts';
import { hasColumns } from '../plastic/plastic-layout.ts';
import type { EventNetworkSpec } from './event-spec.ts';
import type { Part } from './partition.ts';
import { checkEventTopology, type EventTopology, isTopology } from './topology-kinds.ts';

const GIB = 2 ** 30;

/** How many synapses a topology is expected to have. */
function expectedSynapses(topology: EventTopology, pre: number, post: number): number {
  switch (topology.kind) {
    case 'fixedProbability':
      return topology.probability * pre * post;
    case 'fixedInDegree':
      return topology.inDegree * post;
    case 'randomPairs':
    case 'fixedNumber':
      return topology.count;
    case 'pairs':
      return topology.pre.length;
    case 'oneToOne':
      return post;
    case 'allToAll':
      return pre * post;
  }
}

/** What is no synapse is refused elsewhere. */
const isPlastic = (synapse: SynapseInstance | undefined): synapse is SynapseInstance =>
  typeof synapse?.model === 'function';

/** Least bytes that a plastic synapse takes beside its target: variables, and its place in the index by postsynaptic neuron. */
function plasticBytes(synapse: SynapseInstance): number {
  const variables = Object.keys(synapse.model.definition.synapse).length;
  return 4 * variables + (hasColumns(synapse) ? 6 : 0);
}

/**
 * Checks, before any synapse is drawn, that a part's synapses of each projection fit into one memory.
 *
 * @throws UnsupportedError above 4 GiB
 */
export function checkSynapsesFit({ populations, projections }: EventNetworkSpec, { count }: Part): void {
  for (const [name, { from, to, topology, weights, synapse }] of Object.entries(projections)) {
    const [pre, post] = [own(populations, from)?.size, own(populations, to)?.size];
    // What else is wrong is said elsewhere.
    if (pre === undefined || post === undefined || !isTopology(topology)) continue;
    checkEventTopology(`projection "${name}"`, topology);
    const targetBytes = post <= 2 ** 16 ? 2 : 4;
    const each = targetBytes + (isPlastic(synapse) ? plasticBytes(synapse) : typeof weights === 'number' ? 0 : 4);
    const bytes = (each * expectedSynapses(topology, pre, post)) / count;
    if (bytes <= 4 * GIB) continue;
    const got = `about ${(bytes / GIB).toFixed(1)} GiB of synapses`;
    throw new UnsupportedError(`projection "${name}"`, `expected at most 4 GiB of simulation memory, got ${got}`, {
      hint: 'split the network into more parts: see PartitionedSimulation',
      fields: { bytes },
    });
  }
}

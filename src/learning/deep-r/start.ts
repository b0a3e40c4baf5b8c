import { ParameterError, UnsupportedError, unknownName } from '../../base/errors.ts';
import { optionsOf } from '../../base/options.ts';
import { randomUniform } from '../../base/random.ts';
import { streamOf } from '../../base/stream.ts';
import {
  allowsSelf,
  type Connections,
  type Network,
  type NetworkParameters,
  type Projection,
} from '../../network/index.ts';
import { feedbackPaths } from '../feedback.ts';
import type { OptimiserState } from '../optimiser-state.ts';
import type { Optimiser } from '../optimisers.ts';
import type { ParameterVector } from '../parameter-vector.ts';
import type { LearningRule } from '../rules.ts';
import { ACTIVATED } from './connection-slots.ts';
import { DeepRewiring } from './deep-rewiring.ts';
import { deepR, type Rewiring, softDeepR } from './options.ts';
import type { Rewirer } from './rewirer.ts';
import { type SignOf, signsOf } from './signs.ts';

import { SoftRewiring } from './soft-rewiring.ts';

/** Largest number of pairs of a rewired projection: one bit each is kept. */
const MOST_PAIRS = 2 ** 32;

/**
 * @throws ParameterError for an unknown kind, projection or optimiser, or a value out of range
 * @throws UnsupportedError for a projection through which errors go back by weights of their own
 */
export function checkRewiring(
  network: Network,
  rewiring: Rewiring,
  { rule, population, optimiser }: { rule: LearningRule; population: string; optimiser: Optimiser },
): void {
  if (rewiring?.kind === 'deepR') deepR(optionsOf(rewiring));
  else if (rewiring?.kind === 'softDeepR') softDeepR(optionsOf(rewiring));
  else throw unknownName('Trainer', 'rewiring', String((rewiring as { kind?: unknown })?.kind), ['deepR', 'softDeepR']);
  const feedback = feedbackPaths(network, rule, population);
  for (const name of rewiring.projections) {
    if (!Object.hasOwn(network.projections, name)) {
      throw unknownName(rewiring.kind, 'projection', name, Object.keys(network.projections));
    }
    checkProjection(rewiring.kind, network.projections[name]!);
    if (feedback?.[name] !== 'own') continue;
    throw new UnsupportedError(
      rewiring.kind,
      `expected projections without feedback weights of their own, got "${name}"`,
      {
        hint: 'use symmetric feedback, or leave this projection as it is',
      },
    );
  }
  if (rewiring.kind === 'deepR' || (optimiser.kind === 'sgd' && optimiser.momentum === 0)) return;
  throw new ParameterError('softDeepR', 'expected sgd without momentum as optimiser, got another', {
    hint: 'deepR works with every optimiser',
  });
}

function checkProjection(where: Rewiring['kind'], { name, topology, trainable, preSize, postSize }: Projection): void {
  const { kind } = topology;
  const sparse = kind !== 'allToAll' && kind !== 'oneToOne';
  if (where === 'deepR' ? !sparse : kind !== 'allToAll') {
    const wanted = where === 'deepR' ? 'a sparse' : 'an all-to-all';
    throw new ParameterError(where, `expected ${wanted} projection, got "${name}" with topology ${kind}`, {
      hint:
        where === 'deepR'
          ? 'topology: fixedNumber(…) sets the number of connections'
          : 'deepR is for sparse projections',
    });
  }
  if (!trainable) throw new ParameterError(where, `expected a trainable projection, got "${name}"`);
  if (preSize * postSize > MOST_PAIRS) {
    throw new UnsupportedError(where, `expected at most 2^32 pairs, got ${preSize} x ${postSize} of "${name}"`);
  }
}

/** Parameters with the signs that the rewired connections have; of soft-DEEP R, with what is dormant at 0. */
export function startParameters(
  network: Network,
  parameters: NetworkParameters,
  rewiring: Rewiring | undefined,
  seed: number,
): NetworkParameters {
  if (!rewiring) return parameters;
  const connections: Record<string, Connections> = { ...parameters.connections };
  for (const name of rewiring.projections) {
    const projection = network.projections[name]!;
    const old = connections[name]!;
    const signOf = signsOf(projection, rewiring.dale, seed);
    if (old.kind === 'sparse') connections[name] = { ...old, weights: signedSparse(old, signOf) };
    if (old.kind !== 'dense' || rewiring.kind !== 'softDeepR') continue;
    connections[name] = { ...old, weights: signedDense(projection, old.weights, signOf, rewiring.connectivity, seed) };
  }
  return { ...parameters, connections };
}

function signedSparse({ pattern, weights }: Extract<Connections, { kind: 'sparse' }>, signOf: SignOf): Float32Array {
  const signed = new Float32Array(weights.length);
  for (let pre = 0; pre + 1 < pattern.rowStart.length; pre++) {
    for (let k = pattern.rowStart[pre]!; k < pattern.rowStart[pre + 1]!; k++) {
      signed[k] = signOf(pre, pattern.post[k]!) * Math.max(Math.abs(weights[k]!), ACTIVATED);
    }
  }
  return signed;
}

function signedDense(
  projection: Projection,
  weights: Float32Array,
  signOf: SignOf,
  connectivity: number,
  seed: number,
): Float32Array {
  const { name, preSize } = projection;
  const stream = streamOf(`deepR/active/${name}`);
  const self = allowsSelf(projection);
  return weights.map((weight, k) => {
    const [post, pre] = [Math.floor(k / preSize), k % preSize];
    const absent = (pre === post && !self) || randomUniform(seed, stream, 0, k) >= connectivity;
    return absent ? 0 : signOf(pre, post) * Math.abs(weight);
  });
}

/** Slots of every rewired sparse projection: its own connections, or all of a shared budget as far as there are pairs. */
export function slotCapacity(
  network: Network,
  { connections }: NetworkParameters,
  rewiring: Rewiring | undefined,
): Readonly<Record<string, number>> {
  if (rewiring?.kind !== 'deepR') return {};
  const counts = rewiring.projections.map((name) => connections[name]!.weights.length);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const most = ({ preSize, postSize }: Projection) => Math.min(total, preSize * postSize);
  return Object.fromEntries(
    rewiring.projections.map((name, k) => [name, rewiring.shared ? most(network.projections[name]!) : counts[k]!]),
  );
}

/** What rewires the connections that the optimiser's vectors hold. */
export function makeRewirer(
  rewiring: Rewiring,
  parts: { network: Network; parameters: NetworkParameters; vector: ParameterVector; optimiser: OptimiserState },
  seed: number,
): Rewirer {
  return rewiring.kind === 'deepR' ? new DeepRewiring(rewiring, parts, seed) : new SoftRewiring(rewiring, parts, seed);
}

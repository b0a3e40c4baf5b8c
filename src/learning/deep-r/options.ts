import { ParameterError } from '../../base/errors.ts';
import { checkedOptions } from '../../base/options.ts';

/** DEEP R with a fixed number of connections, as plain data; see {@link deepR}. */
export interface DeepR {
  readonly kind: 'deepR';
  readonly projections: readonly string[];
  readonly shared: boolean;
  /** α₁, the strength of the L1 prior. */
  readonly l1: number;
  /** T of the random walk of active connections, noise of variance 2ηT per step. */
  readonly temperature: number;
  /** Standard deviation of noise on the gradient: variance η²σ² per step. */
  readonly gradientNoise: number;
  /** Fraction of presynaptic neurons that are excitatory; undefined: every connection has a sign of its own. */
  readonly dale?: number;
  readonly rewire: boolean;
}

/** DEEP R without a fixed number of connections, as plain data; see {@link softDeepR}. */
export interface SoftDeepR {
  readonly kind: 'softDeepR';
  readonly projections: readonly string[];
  readonly l1: number;
  readonly temperature: number;
  /** θ_min, below 0: the floor of dormant connections. */
  readonly minimum: number;
  /** Probability of a connection to be active at the start. */
  readonly connectivity: number;
  readonly dale?: number;
}

export type Rewiring = DeepR | SoftDeepR;

function check(where: string, name: string, value: number, rule: string, holds: boolean): void {
  if (!holds) throw new ParameterError(where, `expected ${name} ${rule}, got ${value}`, { fields: { [name]: value } });
}

function checkCommon(where: string, rewiring: Omit<Rewiring, 'kind'>): void {
  const { projections, l1, temperature, dale } = rewiring;
  const counts =
    Array.isArray(projections) && projections.length > 0 && new Set(projections).size === projections.length;
  if (!counts) {
    throw new ParameterError(where, `expected projections, each once, got ${JSON.stringify(projections)}`, {
      hint: "for example { projections: ['in', 'rec'] }",
    });
  }
  check(where, 'l1', l1, 'of 0 or more', l1 >= 0 && l1 < Infinity);
  check(where, 'temperature', temperature, 'of 0 or more', temperature >= 0 && temperature < Infinity);
  if (dale !== undefined) check(where, 'dale', dale, 'from 0 to 1', dale >= 0 && dale <= 1);
}

/**
 * Training within a budget of connections: as many as the sparse projections have at the start, exactly, after every step.
 *
 * Connection k is w_k = s_k θ_k with a sign s_k that never changes, active while θ_k > 0. After the optimiser's step an
 * active one moves by -η α₁ + √(2ηT + η²σ²) N(0, 1); what falls to θ ≤ 0 becomes dormant, and as many dormant ones, drawn
 * uniformly, are activated at θ = 0⁺ with fresh moments. Initial weights keep their size and take the sign of their connection.
 *
 * @param options.projections - names of sparse projections, e.g. with `topology: fixedNumber(2352)`
 * @param options.shared - one budget for all of them: connections move between projections, to each in proportion to its
 * number at the start. Default false: every projection keeps its own number
 * @param options.l1 - α₁, default 1e-5
 * @param options.temperature - T, default 0
 * @param options.gradientNoise - σ, default 0; a gradient noise of σ is a temperature of ησ²/2
 * @param options.dale - fraction of excitatory presynaptic neurons, all of whose connections have the same sign; default:
 * a random sign for every connection
 * @param options.rewire - false leaves connections where they are, at θ = 0⁺ when they would become dormant: the control
 * experiment. Default true
 * @throws ParameterError for a value out of range
 * @eq bellec2018deepr (algorithm 1)
 *
 * @example
 * const rewiring = deepR({ projections: ['in', 'rec'], shared: true, l1: 1e-4, dale: 0.75 });
 */
export function deepR(options: Partial<Omit<DeepR, 'kind' | 'projections'>> & Pick<DeepR, 'projections'>): DeepR {
  checkedOptions('deepR', options, ['projections', 'shared', 'l1', 'temperature', 'gradientNoise', 'dale', 'rewire']);
  const { projections, shared = false, l1 = 1e-5, temperature = 0, gradientNoise = 0, dale, rewire = true } = options;
  const common = { projections, l1, temperature, ...(dale === undefined ? {} : { dale }) };
  checkCommon('deepR', common);
  check('deepR', 'gradientNoise', gradientNoise, 'of 0 or more', gradientNoise >= 0 && gradientNoise < Infinity);
  return { kind: 'deepR', ...common, shared, gradientNoise, rewire };
}

/**
 * DEEP R as sampling: all candidate connections of dense projections have a θ, dormant ones (θ ≤ 0, weight 0) walk at random
 * above a floor θ_min, and cross 0 in both directions. The number of connections follows from T, α₁ and θ_min; with E = 0 a
 * fraction (T/α₁) / (T/α₁ - θ_min) is active. For small problems: costs as much as the dense projection.
 *
 * Active connections move as in {@link deepR}; dormant ones by √(2ηT) N(0, 1).
 *
 * @param options.projections - names of all-to-all projections
 * @param options.minimum - θ_min, below 0
 * @param options.connectivity - probability of a connection to be active at the start, default 1; dormant ones start uniformly
 * in θ_min … 0
 * @throws ParameterError for a value out of range
 * @eq bellec2018deepr (soft-DEEP R)
 */
export function softDeepR(
  options: Partial<Pick<SoftDeepR, 'l1' | 'connectivity' | 'dale'>> &
    Pick<SoftDeepR, 'projections' | 'temperature' | 'minimum'>,
): SoftDeepR {
  checkedOptions('softDeepR', options, ['projections', 'l1', 'temperature', 'minimum', 'connectivity', 'dale']);
  const { projections, l1 = 1e-5, temperature, minimum, connectivity = 1, dale } = options;
  const common = { projections, l1, temperature, ...(dale === undefined ? {} : { dale }) };
  checkCommon('softDeepR', common);
  check('softDeepR', 'minimum', minimum, 'below 0', minimum < 0 && minimum > -Infinity);
  check('softDeepR', 'connectivity', connectivity, 'from 0 to 1', connectivity >= 0 && connectivity <= 1);
  return { kind: 'softDeepR', ...common, minimum, connectivity };
}

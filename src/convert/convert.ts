import { unknownName } from '../base/errors.ts';
import type { ActivationName } from './activations.ts';
import { INPUT, type Statistics } from './calibrate.ts';
import { chooseCode } from './code-choice.ts';
import { reachOf } from './code-span.ts';
import { alphaRule, type ConvertOptions, checkConvertOptions, stepsFor } from './convert-options.ts';
import { exactScale } from './exact-scale.ts';
import { alphaFor, identityCode, reluCode } from './few-spike/closed-forms.ts';
import { type CodeRequest, codeFor } from './few-spike/code-for.ts';
import { stepsOf } from './few-spike/evaluate.ts';
import type { Code } from './few-spike/parameters.ts';
import { quantiseCode } from './few-spike/quantise.ts';
import type { ActivationGate, StagedNetwork } from './graph/stages.ts';
import { quantiseWeights } from './quantise-weights.ts';
import type { AlphaRule, SpikingActivation, SpikingInput, SpikingNetwork } from './spiking-network.ts';
import type { ValueStatistics } from './statistics.ts';
import { treatmentsOf } from './treatments.ts';

/** Activations whose codes have a scale. */
const SCALED = new Set<ActivationName>(['relu', 'leaky-relu']);
/** Activations whose codes are fitted. */
const FITTED = new Set<ActivationName>(['sigmoid', 'tanh', 'silu', 'hard-swish', 'gelu', 'gelu-tanh']);

/**
 * Converts a trained network to a spiking one: every activation gate gets the code of few-spike neurons that stands for it. Weights
 * stay as they are.
 *
 * @param statistics - of the inputs of gates, from `calibrate`
 * @throws ParameterError if an option is out of range, or statistics of a gate are missing
 * @see stoeckl2021fs, stoeckl2020amos
 * @example
 * const statistics = await calibrate(staged, runtime, images);
 * const network = convert(staged, statistics, { method: 'fs', steps: 8 });
 */
export function convert(staged: StagedNetwork, statistics: Statistics, options: ConvertOptions): SpikingNetwork {
  checkConvertOptions(staged, options);
  const gates = staged.parts.filter((part) => part.kind === 'activation');
  const bits = typeof options.bits === 'number' ? { code: options.bits, weights: options.bits } : (options.bits ?? {});
  const finish = (code: Code) => (bits.code === undefined ? code : quantiseCode(code, bits.code));
  const activations = new Map<string, SpikingActivation>();
  gates.forEach((gate, index) => {
    options.onGate?.(gate.name, index, gates.length);
    const found = statisticsOf(statistics, gate.name);
    const code = finish(codeOf(gate, found, options));
    const shareOutside = found.shareOutside(...reachOf(code, gate.activation));
    activations.set(gate.name, { gate, code, steps: stepsOf(code), statistics: found.summary(), shareOutside });
  });
  return {
    name: staged.name,
    method: options.method ?? 'fs',
    ann: staged,
    staged: bits.weights === undefined ? staged : quantiseWeights(staged, bits.weights),
    input: inputOf(statistics, options, finish),
    activations,
    treatments: treatmentsOf(staged, activations, options),
    noise: options.noise ? { deviation: options.noise, seed: options.seed ?? 1 } : undefined,
  };
}

function statisticsOf(statistics: Statistics, name: string): ValueStatistics {
  const found = statistics.get(name);
  if (!found) throw unknownName('convert', 'gate in statistics', name, statistics.keys());
  return found;
}

function codeOf(gate: ActivationGate, found: ValueStatistics, options: ConvertOptions): Code {
  const steps = stepsFor(options.steps, gate);
  const { minimum: min, maximum: max, mean, deviation } = found;
  const { round = true, dyadic = false, strict = false, seed = 1, spikePenalty = 0 } = options;
  const { fit = 'auto' } = options;
  const rule = alphaRule(options.alpha, steps);
  const top = topOf(found, rule, steps);
  // A scale that the user names is kept as it is.
  const isFree = SCALED.has(gate.activation) && typeof rule !== 'number';
  if (gate.activation === 'relu6' && !dyadic) {
    // An end that is no multiple of the least step is coded by the nearest one.
    const alpha = exactScale(alphaFor(Math.min(top, 6), steps), steps);
    return reluCode({ steps, alpha, round, strict }).map((neuron) => ({ ...neuron, range: [-Infinity, 6] }));
  }
  const request: CodeRequest = {
    steps,
    statistics: { min, max, mean, deviation },
    top: isFree ? exactTop(top, steps) : top,
    round,
    dyadic,
    strict,
    seed,
    spikePenalty,
    method: options.method ?? 'fs',
  };
  // What ships was fitted without a penalty.
  if (spikePenalty > 0) return codeFor(gate.activation, gate.constants, { ...request, fit: 'per-layer' });
  return fit === 'auto' && FITTED.has(gate.activation)
    ? chooseCode(gate.activation, gate.constants, request, found)
    : codeFor(gate.activation, gate.constants, { ...request, fit: fit === 'auto' ? 'table' : fit });
}

/** The largest value that a code reaches. A layer that is never positive gets 1 and stays silent. */
function topOf(found: ValueStatistics, rule: AlphaRule, steps: number): number {
  if (typeof rule === 'number') return rule * (1 - 2 ** -steps);
  const top = rule === 'max' ? found.maximum : found.quantile(rule.percentile / 100);
  return top > 0 ? top : found.maximum > 0 ? found.maximum : 1;
}

/** The same in a code whose scale has few significant bits. */
const exactTop = (top: number, steps: number) => exactScale(alphaFor(top, steps), steps) * (1 - 2 ** -steps);

function inputOf(statistics: Statistics, options: ConvertOptions, finish: (code: Code) => Code): SpikingInput {
  if (options.input !== 'coded') return { kind: 'analog' };
  const steps = options.inputSteps ?? stepsFor(options.steps, { name: INPUT, activation: 'default' });
  const { minimum, maximum } = statisticsOf(statistics, INPUT);
  const top = Math.max(-minimum, maximum) || 1;
  const { round = true, dyadic = false, strict = false } = options;
  const code = identityCode({ steps, alpha: exactScale(alphaFor(top, steps, dyadic), steps), round, strict });
  return { kind: 'coded', code: finish(minimum < 0 ? code : code.slice(0, 1)) };
}

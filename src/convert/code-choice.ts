import type { ActivationName } from './activations.ts';
import { type CodeRequest, codeFor } from './few-spike/code-for.ts';
import { evaluateCode } from './few-spike/evaluate.ts';
import { scalarFunction } from './few-spike/functions.ts';
import type { Code } from './few-spike/parameters.ts';
import type { ValueStatistics } from './statistics.ts';

/** Share of an activation's variance that a code from a table may lose before a fit to the layer is worth seconds. */
const TOLERATED = 0.01;
/** Inputs, evenly spread over those of calibration, that codes are judged by. */
const POINTS = 256;
const SHARES = Array.from({ length: POINTS }, (_, i) => (i + 0.5) / POINTS);

/**
 * How much of what an activation tells its code loses: the mean squared error by the variance of the activation, on the inputs that
 * the layer had in calibration.
 */
export function lossOf(
  code: Code,
  activation: ActivationName,
  constants: Readonly<Record<string, number>>,
  inputs: ValueStatistics,
): number {
  const points = inputs.quantiles(SHARES);
  const wanted = points.map(scalarFunction(activation, constants));
  const { y } = evaluateCode(code, points);
  const mean = wanted.reduce((sum, value) => sum + value, 0) / POINTS;
  const variance = wanted.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const error = wanted.reduce((sum, value, i) => sum + (value - y[i]!) ** 2, 0);
  return variance > 0 ? error / variance : 0;
}

/** The code of the table where it is good enough for the layer, else the better one of it and a fit to the layer. */
export function chooseCode(
  activation: ActivationName,
  constants: Readonly<Record<string, number>>,
  request: CodeRequest,
  inputs: ValueStatistics,
): Code {
  const shipped = codeFor(activation, constants, { ...request, fit: 'table' });
  const loss = lossOf(shipped, activation, constants, inputs);
  if (loss <= TOLERATED) return shipped;
  const fitted = codeFor(activation, constants, { ...request, fit: 'per-layer' });
  return lossOf(fitted, activation, constants, inputs) < loss ? fitted : shipped;
}

import type { PseudoDerivative } from './definition.ts';

/**
 * Tent of width 2 around the threshold: dampening * max(0, 1 - |u|).
 *
 * @eq bellec2018lsnn (4)
 */
export function triangular({ dampening = 0.3 }: { dampening?: number } = {}): PseudoDerivative {
  return { name: 'triangular', expression: 'dampening * max(0, 1 - abs(u))', constants: { dampening } };
}

/** SuperSpike's derivative of a fast sigmoid: 1 / (1 + slope |u|)^2. */
export function fastSigmoid({ slope = 10 }: { slope?: number } = {}): PseudoDerivative {
  return { name: 'fast-sigmoid', expression: '1 / (1 + slope * abs(u))^2', constants: { slope } };
}

/** Derivative of an arc tangent, 1 at the threshold: 1 / (1 + (u / width)^2). */
export function arctan({ width = 1 }: { width?: number } = {}): PseudoDerivative {
  return { name: 'arctan', expression: '1 / (1 + (u / width)^2)', constants: { width } };
}

/** `height` where |u| < width, else 0. */
export function boxcar({ width = 0.5, height = 0.5 }: { width?: number; height?: number } = {}): PseudoDerivative {
  return { name: 'boxcar', expression: 'where(abs(u) < width, height, 0)', constants: { width, height } };
}

/** Derivative of a logistic function of steepness `slope`: slope s (1 - s) with s = sigmoid(slope u). */
export function sigmoidDerivative({ slope = 4 }: { slope?: number } = {}): PseudoDerivative {
  const expression = 'slope * sigmoid(slope * u) * (1 - sigmoid(slope * u))';
  return { name: 'sigmoid-derivative', expression, constants: { slope } };
}

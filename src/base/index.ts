export { type Distribution, draw, isDistribution, normal, uniform } from './distribution.ts';
export {
  EquationError,
  type ErrorDetails,
  FormatError,
  InternalError,
  NumericsError,
  ParameterError,
  ShapeError,
  StorageError,
  UnsupportedError,
  unknownName,
  VolleyError,
} from './errors.ts';
export { cosTurn, exp, log, sigmoid, sinTurn, tanh } from './math.ts';
export {
  philox,
  type RandomState,
  RandomStream,
  randomExponential,
  randomFraction,
  randomNormal,
  randomUniform,
  randomWord,
  type Words,
  wordToUniform,
} from './random.ts';
export { streamOf } from './stream.ts';
export { formatUnit, multiplyUnits, ONE, parseUnit, powerUnit, sameDimension, sameUnit, type Unit } from './units.ts';

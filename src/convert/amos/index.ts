export { type AmosFit, type AmosFitOptions, fitAmos } from './fit/fit.ts';
export { type AmosCode, toAmos, toAmosCode } from './parameters.ts';
export { type AmosRun, runAmos } from './run.ts';
export { findUnit, type ShippedUnit, shippedUnits } from './tables.ts';

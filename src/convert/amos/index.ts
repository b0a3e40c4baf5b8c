export { type AmosCode, type AmosParameters, toAmos, toAmosCode } from './parameters.ts';
export { type AmosRun, runAmos } from './run.ts';

export { decodeRecording, decodeSphere } from './sphere.ts';
export { loadSpokenDigits, type SpokenDigit, type SpokenDigits, type SpokenDigitsOptions } from './spoken-digits.ts';
export { loadTimit, type Timit, type TimitOptions, type TimitUtterance } from './timit.ts';
export { decodeWav, type Recording } from './wav.ts';

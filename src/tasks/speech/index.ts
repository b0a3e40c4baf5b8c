export { type SpeechFeatures, type SpeechFrontEnd, type SpeechFrontEndOptions, speechFrontEnd } from './front-end.ts';
export { type FeatureStatistics, featureStatistics, normaliseFeatures } from './normalise.ts';
export { type PhoneSet, type PhoneSetSize, phoneSet } from './phones.ts';
export { type SpeechBatch, type SpeechFrames, type SpeechFramesOptions, speechFrames } from './speech-frames.ts';
export { type FrameGrid, frameLabels, type PhoneSegment, parsePhn } from './transcript.ts';
export type { FeatureFrames, FrameLabelledUtterance, WholeLabelledUtterance } from './utterance.ts';

export type { ClosedLoop, CycleInputs, CycleLoopState, CycleOptions } from './cycle-loop.ts';
export {
  type LeverPhase,
  LeverPress,
  type LeverPressOptions,
  type LeverPressState,
  type TrialEnd,
} from './lever-press.ts';
export {
  type PatternEnd,
  PatternRouting,
  type PatternRoutingOptions,
  type PatternRoutingState,
} from './pattern-routing.ts';
export { PoissonSource, type PoissonSourceState } from './poisson-source.ts';
export { drawGamma, type RatePatternOptions, ratePattern } from './rate-pattern.ts';
export type { RewardScaling } from './reward-signal.ts';

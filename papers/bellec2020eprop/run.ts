import type { RunContext, RunOutcome } from 'volley/io';
import { type Phase, type PhaseResult, PhaseRunner } from '../common/phase.ts';
import { cuesPhase, cueTestBatch } from './cues.ts';
import { digitsPhase, digitTasks } from './digits.ts';
import { addDigitsReport } from './digits-report.ts';
import { patternPhase, patternTrial } from './pattern.ts';
import { addCueTrial, addErrorCurves, addPatternReport } from './report.ts';
import { RULE_TITLES, rulesOf } from './rule-names.ts';
import type { settings } from './settings.ts';
import { recallPhase } from './store-recall.ts';

/** Trains the same networks by each rule in turn, on pattern generation, cue accumulation, store-recall and spoken digits. */
export async function run(context: RunContext<typeof settings>): Promise<RunOutcome> {
  const { settings: values, seed, report } = context;
  const rules = rulesOf(values.rules);
  // Missing data end the run here, before anything is trained.
  const tasks = values.digitsIterations > 0 ? digitTasks(values) : undefined;
  const trial = patternTrial(seed);
  const pattern = values.patternIterations > 0 ? rules.map((rule) => patternPhase(rule, values, trial)) : [];
  const cues = values.cuesIterations > 0 ? rules.map((rule) => cuesPhase(rule, 'lsnn', values, seed)) : [];
  const lif = values.cuesLifIterations > 0 ? [cuesPhase('random', 'lif', values, seed)] : [];
  const recall = values.recallIterations > 0 ? rules.map((rule) => recallPhase(rule, values, seed)) : [];
  const digits = tasks ? rules.map((rule) => digitsPhase(rule, values, seed, tasks)) : [];

  const runner = new PhaseRunner(context);
  const trained: { phase: Phase; result: PhaseResult }[] = [];
  for (const phase of [...pattern, ...cues, ...lif, ...recall, ...digits]) {
    trained.push({ phase, result: await runner.run(phase) });
  }

  const titlesOf = (task: string) =>
    Object.fromEntries([
      ...rules.map((rule) => [`${task}.${rule}`, RULE_TITLES[rule]]),
      ...(task === 'cues' ? [['cues.lif', 'LIF only, random e-prop']] : []),
    ]);
  const records = context.history();
  addPatternReport(report, records, titlesOf('pattern'), trained, trial, seed);
  addErrorCurves(report, records, 'Cue accumulation', titlesOf('cues'), 10);
  addErrorCurves(report, records, 'Store-recall', titlesOf('storeRecall'), 20);
  addErrorCurves(report, records, 'Spoken digits', titlesOf('digits'), 20);
  addCueTrial(report, trained, cueTestBatch(seed, 1, 1), seed);
  if (tasks) addDigitsReport(report, records, titlesOf('digits'), trained, tasks, seed);
  return { metrics: Object.assign({}, ...trained.map(({ result }) => result.metrics)) };
}

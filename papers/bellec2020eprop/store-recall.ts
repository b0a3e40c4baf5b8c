import { normal } from 'volley';
import type { SettingValues } from 'volley/io';
import { storeRecallPhase } from '../bellec2018lsnn/store-recall.ts';
import type { Phase } from '../common/phase.ts';
import { RULE_TITLES, type RuleName } from './rule-names.ts';
import { learningRule } from './rules.ts';
import type { settings } from './settings.ts';

/** Store-recall of the LSNN paper, learned by any rule. */
export function recallPhase(rule: RuleName, values: SettingValues<typeof settings>, seed: number): Phase {
  const learned = learningRule(rule, normal({ sd: 1 }), values.adaptiveDecay);
  return {
    ...storeRecallPhase('lsnn', values, seed, learned),
    name: `storeRecall.${rule}`,
    title: `store-recall by ${RULE_TITLES[rule]}`,
    finish: async (_trainer, { last }) => ({ metrics: { [`storeRecall.${rule}`]: last } }),
  };
}

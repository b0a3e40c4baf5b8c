import { ParameterError, unknownName } from 'volley/base';

/** The learning rules that the paper compares. */
export const RULES = ['bptt', 'symmetric', 'random', 'adaptive'] as const;
export type RuleName = (typeof RULES)[number];

/** What to call a rule in charts and tables. */
export const RULE_TITLES: Readonly<Record<RuleName, string>> = {
  bptt: 'BPTT',
  symmetric: 'symmetric e-prop',
  random: 'random e-prop',
  adaptive: 'adaptive e-prop',
};

/**
 * The rules that a text such as "bptt,random" names, in the order of {@link RULES}.
 *
 * @throws ParameterError for an unknown rule, or none
 */
export function rulesOf(text: string): RuleName[] {
  const names = text.split(',').map((name) => name.trim());
  for (const name of names) {
    if (name === '') {
      throw new ParameterError('bellec2020eprop rules', `expected names with commas between them, got "${text}"`);
    }
    if (!RULES.some((rule) => rule === name)) throw unknownName('bellec2020eprop', 'rule', name, RULES);
  }
  return RULES.filter((rule) => names.includes(rule));
}

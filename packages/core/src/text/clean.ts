/**
 * Cleaning, as a list of named rules in a fixed order. Two presets: `notebook` does what the research notebook
 * did, its fault included (the phone rule eats dates and long article numbers); `standard` keeps those, and
 * handles what people's keyboards and browsers leave in reviews. Every rule can be switched.
 */
import { glance } from './glance.ts';
import { type CleaningRule, NOTEBOOK, STANDARD, type Step, TRIGGERS } from './rules.ts';

export { CLEANING_RULES, type CleaningRule } from './rules.ts';

/** `standard` for new models, `notebook` as the research notebook did it, `none` for texts that are clean. */
export const CLEANING_PRESETS = ['standard', 'notebook', 'none'] as const;

/** How texts are cleaned: stored with a model, so that it reads new texts as it read those it learned from. */
export interface CleaningSpec {
  readonly preset: (typeof CLEANING_PRESETS)[number];
  /** Exceptions from the preset. */
  readonly rules?: Readonly<Partial<Record<CleaningRule, boolean>>>;
}

/**
 * One rule's work can make work for another (a zero-width space inside an address): the rules are run until nothing
 * changes. What real texts hold takes two passes; the limit keeps a malicious one from taking thousands.
 */
const MOST_PASSES = 8;

/**
 * The cleaning that a spec describes.
 * @example cleaner({ preset: 'standard', rules: { emoji: false } })('Супер 👍!!!!!!') // 'Супер 👍!!!'
 */
export function cleaner({ preset, rules = {} }: CleaningSpec): Step {
  const own = preset === 'notebook' ? NOTEBOOK : {};
  const isOn = (rule: CleaningRule) => rules[rule] ?? (preset === 'standard' || rule in own);
  const steps = STANDARD.filter(([rule]) => isOn(rule)).map(
    ([rule, step]) => [TRIGGERS[rule], own[rule] ?? step] as const,
  );
  const once: Step = (text) => {
    let cleaned = text;
    let found = glance(text);
    for (const [trigger, step] of steps) {
      if ((found & trigger) === 0) continue;
      const before = cleaned;
      cleaned = step(before);
      if (cleaned !== before) found = glance(cleaned);
    }
    return cleaned;
  };
  if (preset === 'notebook') return once;
  return (text) => {
    let cleaned = once(text);
    for (let pass = 1; pass < MOST_PASSES; pass++) {
      const again = once(cleaned);
      if (again === cleaned) break;
      cleaned = again;
    }
    return cleaned;
  };
}

/** @example cleanText('Куртка&nbsp;<b>огонь</b>!!!!!! https://example.com') // 'Куртка огонь!!!' */
export function cleanText(text: string, spec: CleaningSpec = { preset: 'standard' }): string {
  return cleaner(spec)(text);
}

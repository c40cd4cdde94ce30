/**
 * @otzyv/llm: reviews labelled or made up by a language model, embedded or behind an OpenAI-compatible endpoint; labelled by
 * keywords, too.
 */
export type { AskingOptions, Effort, LabelProgress } from './asking/asker.ts';
export {
  type AugmentProgress,
  augmentByLlm,
  type LlmAugmentContext,
  type LlmAugmentOptions,
  type LlmAugmentReport,
} from './augmenting/augment-by-llm.ts';
export type { GrownClass } from './augmenting/grow-class.ts';
export { REFUSALS, type Refusal } from './augmenting/review-checks.ts';
export { RUSSIAN_WRITING_PROMPT, writingMessage } from './augmenting/writing-prompt.ts';
export {
  type Answer,
  type Asked,
  type Backend,
  PassingFault,
  type Question,
  RefusedQuestion,
  UnusableAnswer,
  type Usage,
  type Work,
  type Written,
} from './backend.ts';
export { type Category, parseCategories, readCategories, withBoosts } from './categories.ts';
export type { GoldOptions, GoldResult } from './gold.ts';
export { labelByRules, type RulesOptions, type RulesReport } from './label-by-rules.ts';
export {
  journalPath,
  type LabelContext,
  type LabelOptions,
  labelReviews,
  reportPath,
} from './label-reviews.ts';
export { type BackendOptions, openBackend } from './open-backend.ts';
export { instruction, RUSSIAN_PROMPT, reviewMessage, type VoteOptions } from './prompt.ts';
export type { LlmReport } from './report.ts';
export type { ConfidenceSource } from './votes.ts';

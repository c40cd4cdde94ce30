/** @otzyv/llm: reviews labelled by a language model, embedded or behind an OpenAI-compatible endpoint, or by keywords. */
export type { LabelProgress } from './asking/asker.ts';
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

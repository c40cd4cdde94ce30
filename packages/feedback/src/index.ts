/** @otzyv/feedback: labels that people corrected, kept in SQLite or PostgreSQL, and made into training files. */
export { type Correction, type FeedbackStore, openFeedbackStore, type StoredCorrection } from './store.ts';
export {
  type TrainingFileOptions,
  type TrainingFileSummary,
  writeTrainingFile,
} from './training-file.ts';

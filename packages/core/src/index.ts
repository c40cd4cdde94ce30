/** @otzyv/core: cleaning, labels, losses and metrics of review classification. Pure; runs in a browser too. */
export { type ConfidentJoint, confidentJoint, type LabelledProbabilities } from './audit/confident-joint.ts';
export { ISSUE_FILTERS, type IssueFilter, labelIssues } from './audit/label-issues.ts';
export { labelQuality, type QualityScore } from './audit/label-quality.ts';
export { type Conflict, conflictingTexts, type Leak, leakedTexts } from './audit/twins.ts';
export { exitCodeOf, OtzyvError, type OtzyvErrorCode } from './errors.ts';
export { createLabelEncoder, encoderOf, type LabelEncoder, labelKey } from './labels/encoder.ts';
export {
  balancedClassWeights,
  type ClassWeighting,
  clampedClassWeights,
  classCounts,
  classWeights,
} from './labels/weights.ts';
export { classificationLoss, type LossSpec } from './losses/classification.ts';
export { agreement, type VoteAgreement } from './metrics/agreement.ts';
export { binomialInterval, type Interval } from './metrics/binomial.ts';
export {
  type BootstrapOptions,
  bootstrapIntervals,
  type ClassIntervals,
  type EvaluationIntervals,
} from './metrics/bootstrap.ts';
export {
  applyTemperature,
  fitTemperature,
  type Reliability,
  type ReliabilityBin,
  reliability,
} from './metrics/calibration.ts';
export {
  comparePaired,
  type Difference,
  type PairedComparison,
  type Verdict,
  verdictOf,
} from './metrics/comparison.ts';
export { confusionMatrix } from './metrics/confusion.ts';
export { crossFit, dealtParts } from './metrics/cross-fitting.ts';
export { type FoldSummary, summarizeFolds } from './metrics/fold-summary.ts';
export { type Agreement, cohenKappa } from './metrics/kappa.ts';
export type { McNemar } from './metrics/mcnemar.ts';
export {
  type Evaluation,
  evaluateProbabilities,
  METRIC_NAMES,
  type MetricName,
  majorityBaseline,
  resolveMetric,
} from './metrics/registry.ts';
export { minConfidenceFor, type RejectionPoint, rejectionCurve } from './metrics/rejection.ts';
export {
  type ClassificationReport,
  type ClassScores,
  classificationReport,
  sklearnReport,
} from './metrics/report.ts';
export { answers, logLoss, topKAccuracy } from './metrics/scores.ts';
export {
  type Slice,
  type SliceGroup,
  type SliceOptions,
  type SliceReport,
  type Slicing,
  sliceReport,
  type WorseSlice,
} from './metrics/slices.ts';
export { byConfidence, byLength } from './metrics/slicings.ts';
export {
  fitClassThresholds,
  thresholdedAnswers,
  thresholdedProbabilities,
  weightedF1,
} from './metrics/thresholds.ts';
export { bytes, count, counted } from './numbers.ts';
export { arrayOps, type NdArray, ndArray } from './ops/array-ops.ts';
export type { Ops } from './ops/ops.ts';
export { createRandom, type Random, shuffled } from './random.ts';
export { type KeywordClass, keywordRules, type RuleAnswer } from './rules/keyword-rules.ts';
export { quotedForShell } from './shell.ts';
export {
  CLEANING_PRESETS,
  CLEANING_RULES,
  type CleaningRule,
  type CleaningSpec,
  cleaner,
  cleanText,
} from './text/clean.ts';
export type { DatasetProfile, ProfileRow } from './text/dataset-profile.ts';
export { type DuplicateGroups, duplicateGroups } from './text/duplicate-groups.ts';
export { findLeakage, type Leakage, type LeakageFinder } from './text/leakage.ts';
export type { LengthSummary } from './text/lengths.ts';
export { normalizedForComparison } from './text/letters.ts';
export { createNearDuplicateIndex, minHash, type NearDuplicateIndex } from './text/near-duplicates.ts';
export { PERTURBATIONS, type Perturbation, perturbed } from './text/perturb.ts';
export {
  createProfiler,
  doubledLabels,
  type Profiler,
  type ProfilerLimits,
  profileDataset,
} from './text/profile.ts';
export type { TokenCount } from './text/token-counts.ts';

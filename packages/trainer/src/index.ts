/** @otzyv/trainer: everything that makes and runs a review classifier. Nothing here prints or exits. */
export { RUN_COMMANDS, type RunCommand } from './control/command-file.ts';
export { sendCommand } from './control/send-command.ts';
export type { Grouping } from './data/assign-folds.ts';
export {
  type AugmentedClass,
  type AugmentOptions,
  type AugmentSummary,
  augmentFile,
  type GrowingClass,
  type GrowingFile,
  type MadeText,
  rarestFirst,
  readRealReviews,
  writeWithMade,
} from './data/augment-file.ts';
export { type Fingerprint, fingerprintFile } from './data/fingerprint.ts';
export { stratifiedGroupKFold, stratifiedKFold } from './data/folds.ts';
export type { TableFormat } from './data/format.ts';
export { type Inspection, type InspectOptions, inspectFile } from './data/inspect-file.ts';
export {
  type Review,
  type ReviewOptions,
  readReviews,
  requireColumn,
  requireTextColumn,
} from './data/read.ts';
export { groupSplit, type Split, type SplitOptions, stratifiedSplit } from './data/split.ts';
export { MADE_UP, type Synthetic } from './data/synthetic.ts';
export { type BadRow, openTable, type Table, type TableOptions, type TableRow } from './data/table.ts';
export { freeColumnName, openTableWriter, type TableWriter } from './data/write.ts';
export { type Diagnosis, diagnose, type Misfit, type TriedEngine } from './doctor/diagnose.ts';
export { type AdamWOptions, DEFAULT_ADAMW } from './engine/adamw.ts';
export {
  chooseEngine,
  DEVICES,
  type DeviceRequest,
  ENGINES,
  type EngineName,
  type EngineRequest,
  type RunningEngine,
  startEngine,
} from './engine/choose.ts';
export type {
  Batch,
  Engine,
  EngineOptions,
  LabelledBatch,
  StepResult,
  TrainingState,
} from './engine/engine.ts';
export type { Objective } from './engine/objective.ts';
export { type GpuDevice, ONNX_DEVICES, type OnnxDevice } from './engine/onnx/devices.ts';
export { createOnnxEngine } from './engine/onnx/onnx-engine.ts';
export { productRate } from './engine/onnx/product-rate.ts';
export { createWebGpuEngine } from './engine/onnx/webgpu-engine.ts';
export { fileError, makeFolder, readJson, refuseSameFile, writeJson } from './files.ts';
export {
  type FetchOptions,
  type FetchProgress,
  type FileSelection,
  fetchFiles,
  fetchModel,
} from './hub/fetch-model.ts';
export {
  type Classifier,
  type ClassifierOptions,
  loadClassifier,
  type Model,
  type ModelAnswer,
  type Reading,
} from './inference/classifier.ts';
export { type CompareOptions, compareModels, type ModelComparison } from './inference/compare-models.ts';
export { type Answer, type AnswerRule, answerRule, type Caution, decide } from './inference/decision.ts';
export { type Dtype, type DtypeName, resolveDtype } from './inference/dtype.ts';
export { type EnsembleMember, type EnsembleOptions, writeEnsemble } from './inference/ensemble-folder.ts';
export {
  type EvaluateFileOptions,
  evaluateFile,
  type FileEvaluation,
  type LabelledFile,
} from './inference/evaluate-file.ts';
export {
  explain,
  type OcclusionOptions,
  occlude,
  type WordWeight,
  weightsFor,
} from './inference/explain.ts';
export { type ExportedModel, type ExportOptions, exportModel } from './inference/export.ts';
export { type LabelFileOptions, type LabellingProgress, labelFile } from './inference/label-file.ts';
export type { LabelTally } from './inference/label-rows.ts';
export type { LatencySummary } from './inference/latency.ts';
export { type PredictFileOptions, type PredictionSummary, predictFile } from './inference/predict-file.ts';
export type { QuantizationCost, QuantizeOptions } from './inference/quantize-model.ts';
export {
  type EnsembleMeasurement,
  type TrainEnsembleOptions,
  type TrainedEnsemble,
  trainEnsemble,
} from './inference/train-ensemble.ts';
export {
  firstTexts,
  type TuneOptions,
  type TuneResult,
  tuneClassifier,
} from './inference/tune-classifier.ts';
export type { Tuning, TuningTrial } from './inference/tuning.ts';
export type { GivenStudioNames } from './labelling/label-studio.ts';
export type { LabellingOptions } from './labelling/labelling-options.ts';
export { type Labelling, type LabellingSummary, withLabelling } from './labelling/open-labelling.ts';
export { agreementOf, paceOf, progressOf, type SessionProgress } from './labelling/progress.ts';
export {
  apply,
  beginSession,
  currentItem,
  type LabellingAction,
  type LabellingItem,
  type LabellingSession,
  step,
  suggestedLabel,
  toNextOpen,
  type Verdict,
} from './labelling/session.ts';
export {
  type LinearFit,
  type LinearModel,
  type LinearOptions,
  type LinearProgress,
  predictLinear,
  trainLinear,
} from './linear/model.ts';
export { type BertInputs, bertClassifier, bertEncoder, type WeightOf } from './model/bert.ts';
export { type BertConfig, parseBertConfig } from './model/bert-config.ts';
export { bertParameters, type ParameterSpec } from './model/bert-parameters.ts';
export { type Decision, UNCERTAIN_LABEL } from './model/decision-schema.ts';
export { bertMaskedLm, maskedLmParameters } from './model/masked-lm.ts';
export type { EnsembleCard, ModelCard } from './model/model-folder.ts';
export { readSafetensors, type Tensor, writeSafetensors } from './model/safetensors.ts';
export type { MaskedMetrics } from './pretraining/measure.ts';
export { type PretrainingOptions, resolvePretrainingOptions } from './pretraining/options.ts';
export { pretrain, resumePretraining } from './pretraining/pretrain.ts';
export type { PretrainingOutcome } from './pretraining/train-masked.ts';
export { writeReport } from './report/report.ts';
export type { FoundRun } from './runs/find-runs.ts';
export { type FollowOptions, followRun, type RunChange } from './runs/follow-run.ts';
export type { LogPosition } from './runs/read-log.ts';
export { openRunCatalogue, type RunCatalogue, type RunOverview } from './runs/run-catalogue.ts';
export type { SearchContext, SearchEvent, SearchOutcome } from './search/events.ts';
export type { Rung } from './search/halving.ts';
export { estimateSearch, type SearchEstimate, type SearchOptions } from './search/plan.ts';
export type { HoldoutResult, SearchResult, TrialResult } from './search/results.ts';
export type { TrialRun } from './search/search-folder.ts';
export {
  type Dimension,
  defaultSpace,
  parseSpace,
  type Settings,
  type Space,
} from './search/space.ts';
export { tune } from './search/tune.ts';
export type {
  PseudoLabelContext,
  PseudoLabelEnd,
  PseudoLabelEvent,
  PseudoLabelOutcome,
  PseudoLabelResult,
  PseudoLabelRound,
  PseudoLabelSelection,
} from './self-training/events.ts';
export { type PseudoLabelOptions, resolvePseudoLabelOptions } from './self-training/options.ts';
export { pseudoLabel, resumePseudoLabel } from './self-training/pseudo-label.ts';
export { type Encoding, loadTokenizer, type Tokenizer } from './tokenizer/load.ts';
export { type LearnerOptions, learnWordPieces } from './tokenizer/wordpiece-learner.ts';
export {
  type Audit,
  type AuditOptions,
  auditFile,
  type ClassNoise,
  FINDING_KINDS,
  type Finding,
  type FindingKind,
  type LabelledRow,
} from './training/audit.ts';
export { type RowDecision, type RowDecisions, readRowDecisions, writeAudit } from './training/audit-file.ts';
export { type CalibrateOptions, type CalibrationResult, calibrateModel } from './training/calibrate.ts';
export type { RunOutcome } from './training/carry-out.ts';
export { crossValidate, crossValidateOrResume, resumeCrossValidation } from './training/cross-validation.ts';
export type {
  CrossValidationContext,
  CrossValidationEvent,
  CrossValidationOutcome,
} from './training/cross-validation-events.ts';
export {
  type CrossValidationOptions,
  type FoldRun,
  foldRuns,
  resolveCrossValidation,
} from './training/cross-validation-options.ts';
export {
  type CrossValidationResult,
  type FinishedFold,
  type FoldScores,
  readCrossValidation,
} from './training/cross-validation-results.ts';
export { type DryRunResult, dryRun } from './training/dry-run.ts';
export { type EvaluationResult, evaluationOf, measure } from './training/evaluate.ts';
export type { ClassScore, EvaluationDetails, HardExample } from './training/evaluation-details.ts';
export type {
  ClassCount,
  FinishStatus,
  Listener,
  LoggedEvent,
  RunEvent,
  StartedOptions,
  StepReport,
} from './training/events.ts';
export { type DecisionOptions, type FittedDecision, fitDecision } from './training/fit-decision.ts';
export { inParallel } from './training/in-parallel.ts';
export type { GpuReading } from './training/nvidia-smi.ts';
export { type RunOptions, resolveRunOptions } from './training/options.ts';
export { type LabelledPredictions, readPredictions, writePredictions } from './training/predictions-file.ts';
export type { ResourceReading } from './training/resources.ts';
export { type RunFile, readRunFile } from './training/run-folder.ts';
export { withLockBeside, withRunLock } from './training/run-lock.ts';
export { learningRateAt } from './training/schedule.ts';
export { slicesOf } from './training/slices.ts';
export { checkRun, resume, train, trainOrResume } from './training/train.ts';
export type { RunContext } from './training/trainer.ts';

/**
 * A run from its data to its end: trained, measured as it was saved, trained once more where that is asked for, and
 * written up. Gone on with, it does what is left.
 */
import { join } from 'node:path';
import { applyTemperature } from '@otzyv/core';
import { writeJson } from '../files.ts';
import { loadClassifier } from '../inference/classifier.ts';
import { decide } from '../inference/decision.ts';
import type { Decision } from '../model/decision-schema.ts';
import { readModelCard } from '../model/model-folder.ts';
import { writeReport } from '../report/report.ts';
import { bestFolder, requireWholeBest } from './best-model.ts';
import { profileData, writeDataProfile } from './data-profile.ts';
import { type EvaluationResult, measure } from './evaluate.ts';
import type { FinishStatus } from './events.ts';
import { fitDecision } from './fit-decision.ts';
import { lookCloser } from './look-closer.ts';
import { recordMeasurement } from './model-card.ts';
import { isLinear, type RunOptions } from './options.ts';
import { writePredictions } from './predictions-file.ts';
import { type Interrupted, recorded } from './recorded.ts';
import { readDecision, readResults, writeResults } from './results.ts';
import { settleRun } from './run-folder.ts';
import { slicesOf } from './slices.ts';
import { bertTrainer } from './train-bert.ts';
import { linearTrainer } from './train-linear.ts';
import type { Trainer, TrainingTask } from './trainer.ts';

/** How a run ended. One that failed throws instead. */
export type RunOutcome =
  | {
      readonly status: FinishStatus;
      /** where the best model lies */
      readonly modelFolder: string;
      readonly evaluation: EvaluationResult;
      /** How its scores are made into answers; absent where an earlier version measured it. */
      readonly decision?: Decision | undefined;
      readonly elapsedMs: number;
    }
  | Interrupted;

export function carryOut(task: TrainingTask, isResumed: boolean): Promise<RunOutcome> {
  const { options, dataset } = task;
  const trainer = isLinear(options) ? linearTrainer : bertTrainer;
  const { output: folder } = options;
  const recording = { folder, context: task.context, isResumed, hasSteps: !isLinear(options) };
  return recorded<RunOutcome>(recording, async ({ context, steering, sinceBegunMs, elapsedMs }) => {
    const { listen } = context;
    const logged: TrainingTask = { ...task, context, steering };
    await settleRun(options.output);
    const end = await trainer.train(logged, isResumed);
    if (end.status === 'interrupted') return 'interrupted';
    let { status } = end;
    // a model that has seen the validation rows is not measured on them
    const evaluation = (await isRefitted(options))
      ? await readResults(options.output)
      : await measureBest(logged, elapsedMs());
    if (options.refit && !(await isRefitted(options))) {
      const refit = steering.isStopAsked()
        ? 'stopped'
        : await refitInTime(trainer, logged, end.bestStep, sinceBegunMs());
      if (refit === 'interrupted') return 'interrupted';
      if (refit === 'stopped') {
        status = refit;
        const message = 'stopped before it was trained on all rows: the model is the one that was measured';
        listen({ type: 'warning', message });
      }
    }
    const decision = await readDecision(options.output);
    const profile = profileData(dataset);
    await writeDataProfile(options.output, profile);
    await recordMeasurement(bestFolder(options.output), options, evaluation, profile, decision);
    await writeJson(join(options.output, 'train_results.json'), {
      train_runtime: elapsedMs() / 1000,
      train_samples: dataset.train.texts.length,
      status,
      best_step: end.bestStep,
    });
    await writeReport(options.output);
    listen({
      type: 'run.finished',
      status,
      bestStep: end.bestStep,
      metric: options.metric,
      value: evaluation.metrics[options.metric] as number,
      folder: bestFolder(options.output),
      elapsedMs: elapsedMs(),
    });
    return {
      status,
      modelFolder: bestFolder(options.output),
      evaluation,
      decision,
      elapsedMs: elapsedMs(),
    };
  });
}

/** Within what is left of the run's budget; without enough of it, the model that was measured stays. */
async function refitInTime(trainer: Trainer, task: TrainingTask, bestStep: number, elapsedMs: number) {
  const { maxMinutes } = task.options;
  const left = maxMinutes === undefined ? undefined : maxMinutes - elapsedMs / 60_000;
  const options = left === undefined ? task.options : { ...task.options, maxMinutes: left };
  const status =
    left !== undefined && left <= 0 ? 'out-of-time' : await trainer.refit({ ...task, options }, bestStep);
  if (status === 'out-of-time') {
    const message = 'no time was left to train once more on all rows: the model is the one that was measured';
    task.context.listen({ type: 'warning', message });
  }
  return status;
}

async function isRefitted({ output }: RunOptions): Promise<boolean> {
  return (await readModelCard(bestFolder(output)))?.trainedOn.refitted === true;
}

/**
 * Measures what was saved, by loading it as any user will, and writes the results beside it.
 * @param elapsedMs since the run began
 */
async function measureBest(
  { options, dataset, context }: TrainingTask,
  elapsedMs: number,
): Promise<EvaluationResult> {
  const { validation } = dataset;
  const again = `Go on with the run, which then makes it again: npx otzyv train --resume ${options.output}`;
  await requireWholeBest(options.output, again);
  const classifier = await loadClassifier(bestFolder(options.output), { isRaw: true });
  try {
    const started = performance.now();
    const { result, probabilities } = await measure(classifier, validation.originals, validation.labelIds, {
      signal: context.signal,
    });
    const seconds = (performance.now() - started) / 1000;
    const { originals: texts, labelIds, rows, columns } = validation;
    const predictions = { labels: result.labels, rows, texts, labelIds, probabilities, columns };
    const { decision } = fitDecision(predictions, options.validationFile ?? options.trainFile);
    const calibrated = applyTemperature(probabilities, result.labels.length, decision.temperature);
    const confidences = decide(calibrated, result.labels, decision).map(({ confidence }) => confidence);
    await writeResults(options.output, result, seconds, {
      decision,
      slices: slicesOf(predictions, { confidences }),
    });
    await writePredictions(join(options.output, 'validation_pred.csv'), predictions);
    const { signal } = context;
    await lookCloser({ run: options.output, classifier, predictions, decision, elapsedMs, signal });
    return result;
  } finally {
    await classifier.dispose();
  }
}

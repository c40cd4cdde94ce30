/** The report of a cross-validation: its folds first, then all out-of-fold answers together. */
import { basename, join } from 'node:path';
import { rowsOf } from '../inference/probability-table.ts';
import { INITIAL_RUN_STATE, type RunState } from '../run-state/index.ts';
import { readAnswerTimes } from '../training/answer-times.ts';
import { readCrossValidationFile } from '../training/cross-validation-folder.ts';
import { foldRuns } from '../training/cross-validation-options.ts';
import { readCrossValidation } from '../training/cross-validation-results.ts';
import { readDataProfile } from '../training/data-profile.ts';
import { readRunState } from '../training/event-log.ts';
import { type Example, readExamples } from '../training/examples.ts';
import { type LabelledPredictions, readPredictions } from '../training/predictions-file.ts';
import { readRunFile } from '../training/run-folder.ts';
import { answerTimesChart } from './answer-times-chart.ts';
import { startDrawing } from './chart.ts';
import { confidenceFinding, confidenceOf, confidenceSection } from './confidence.ts';
import { dataSection } from './data.ts';
import { errorsSection } from './errors.ts';
import { examplesSection, strongest } from './examples.ts';
import { errorFindings } from './findings.ts';
import { foldMetricsSection, foldsSection } from './folds.ts';
import { summarySentence } from './headline.ts';
import { foldCurves } from './learning-curves.ts';
import { count } from './numbers.ts';
import type { Page } from './page.ts';
import { answersPerSecond, madeBy } from './run-page.ts';
import { reportSlices, sliceFindings, slicesSection } from './slices.ts';
import { trainingSection } from './training.ts';

export async function crossValidationPage(folder: string): Promise<Page> {
  const { options } = await readCrossValidationFile(folder);
  const result = await readCrossValidation(folder);
  const runs = foldRuns({ ...options, output: folder });
  const firstRuns = runs.slice(0, options.folds).map((run) => run.options.output);
  const examples: Example[] = [];
  const states: RunState[] = [];
  for (const run of firstRuns) {
    examples.push(...(await readExamples(run)));
    states.push(await readRunState(run));
  }
  const firstFold = join(folder, 'fold-1');
  const times = answerTimesChart(await readAnswerTimes(firstFold), await answersPerSecond(firstFold));
  const profile = await readDataProfile(firstFold);
  const predictions = firstRepeat(await readPredictions(join(folder, 'oof_pred.csv')));
  const confidence = confidenceOf(predictions, undefined);
  const slices = await reportSlices(folder, predictions, confidence.confidences);
  const draw = await startDrawing();
  const { pooled, metric } = result;
  const { mean, interval } = result.metrics[metric] ?? {};
  return {
    kind: 'Otzyv · report of a cross-validation',
    title: `${options.model} on ${basename(options.trainFile)}, ${options.folds} folds`,
    summary: summarySentence(pooled, metric, {
      value: mean,
      interval,
      on: `on average over ${count(runs.length)} folds of ${count(pooled.rows)} reviews`,
    }),
    findings: [...errorFindings(pooled), ...sliceFindings(slices), confidenceFinding(confidence)],
    sections: [
      foldMetricsSection(result),
      foldsSection(draw, result),
      errorsSection(draw, pooled),
      slicesSection(draw, slices),
      confidenceSection(draw, confidence),
      examplesSection(strongest(examples)),
      profile === undefined ? '' : dataSection(draw, profile, pooled.labels, 'In fold 1: '),
      trainingSection(
        draw,
        [foldCurves(states, metric), times && { ...times, title: `${times.title}, of fold 1's model` }],
        {
          Settings: options,
          'Data, versions, machine': madeBy(
            await readRunFile(firstFold),
            states[0] ?? INITIAL_RUN_STATE,
            undefined,
          ),
        },
      ),
    ],
    footer:
      'Made by Otzyv from the files in the cross-validation’s folder; each fold has a report of its own.',
  };
}

/** Each row once. */
function firstRepeat(all: LabelledPredictions): LabelledPredictions {
  const { labels, columns, probabilities } = all;
  const kept = [...all.rows.keys()].filter((at) => (columns['repeat']?.[at] ?? '1') === '1');
  const pick = <T>(values: readonly T[]) => kept.map((at) => values[at] as T);
  const further = Object.entries(columns).map(([name, values]) => [name, pick(values)]);
  return {
    ...{ labels, columns: Object.fromEntries(further) },
    probabilities: rowsOf(probabilities, kept, labels.length),
    ...{ rows: pick(all.rows), texts: pick(all.texts), labelIds: pick(all.labelIds) },
  };
}

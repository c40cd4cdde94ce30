/** The report of one run, in the order in which a reader asks. */
import { basename, join } from 'node:path';
import { z } from 'zod';
import { readModelCard } from '../model/model-folder.ts';
import type { RunState } from '../run-state/index.ts';
import { readAnswerTimes } from '../training/answer-times.ts';
import { readDataProfile } from '../training/data-profile.ts';
import { readRunState } from '../training/event-log.ts';
import { readExamples } from '../training/examples.ts';
import { readPredictions } from '../training/predictions-file.ts';
import { readResults } from '../training/results.ts';
import { type RunFile, readRunFile } from '../training/run-folder.ts';
import { readPart } from '../training/run-parts.ts';
import { answerTimesChart } from './answer-times-chart.ts';
import { startDrawing } from './chart.ts';
import { confidenceFinding, confidenceOf, confidenceSection } from './confidence.ts';
import { dataFindings, dataSection } from './data.ts';
import { errorsSection } from './errors.ts';
import { examplesSection } from './examples.ts';
import { errorFindings } from './findings.ts';
import { headlineOf, metricsSection, summarySentence } from './headline.ts';
import { escapeHtml } from './html.ts';
import { learningCurves } from './learning-curves.ts';
import { duration } from './numbers.ts';
import type { Page } from './page.ts';
import { reportSlices, sliceFindings, slicesSection } from './slices.ts';
import { trainingSection } from './training.ts';

export async function runPage(folder: string): Promise<Page> {
  const run = await readRunFile(folder);
  const { model, trainFile, metric } = run.options;
  const results = await readResults(folder);
  const card = await readModelCard(join(folder, 'best'));
  const predictions = await readPredictions(join(folder, 'validation_pred.csv'));
  const confidence = confidenceOf(predictions, card?.decision);
  const slices = await reportSlices(folder, predictions, confidence.confidences);
  const profile = await readDataProfile(folder);
  const state = await readRunState(folder);
  const times = answerTimesChart(await readAnswerTimes(folder), await answersPerSecond(folder));
  const draw = await startDrawing();
  return {
    kind: 'Otzyv · report of a run',
    title: `${model} on ${basename(trainFile)}`,
    summary: summarySentence(results, metric, headlineOf(results, metric)),
    findings: [
      ...errorFindings(results),
      ...sliceFindings(slices),
      confidenceFinding(confidence),
      ...(profile === undefined ? [] : dataFindings(profile)),
    ],
    sections: [
      metricsSection(results, metric),
      errorsSection(draw, results),
      slicesSection(draw, slices),
      confidenceSection(draw, confidence),
      examplesSection(await readExamples(folder)),
      profile === undefined ? '' : dataSection(draw, profile, results.labels),
      trainingSection(draw, [...learningCurves(state, metric), times], {
        Settings: run.options,
        'Data, versions, machine': madeBy(run, state, await secondsTaken(folder)),
      }),
    ],
    footer: `Made by Otzyv ${escapeHtml(card?.otzyvVersion ?? '')} from the files in the run's folder.`,
  };
}

/** What it was made from, by what, and how long that took, where it is known. */
export function madeBy(
  { data, startedAt, versions, git, machine }: RunFile,
  { engine }: Pick<RunState, 'engine'>,
  seconds: number | undefined,
): object {
  return {
    ...Object.fromEntries(Object.entries(data).map(([file, { sha256 }]) => [file, `sha256 ${sha256}`])),
    ...(startedAt !== undefined && { started: startedAt }),
    ...(seconds !== undefined && { took: duration(seconds * 1000) }),
    ...(engine !== null && { engine: `${engine.name}: ${engine.reason}` }),
    ...versions,
    ...(git && { commit: `${git.commit}${git.isDirty ? ', with changes' : ''}` }),
    ...machine,
  };
}

async function secondsTaken(folder: string): Promise<number | undefined> {
  return (await readPart(folder, 'train_results.json', z.looseObject({ train_runtime: z.number() })))
    ?.train_runtime;
}

/** In batches, while the validation texts were answered. */
export async function answersPerSecond(folder: string): Promise<number | undefined> {
  const measured = z.looseObject({ eval_samples_per_second: z.number().nullish() });
  return (await readPart(folder, 'eval_results.json', measured))?.eval_samples_per_second ?? undefined;
}

/** The report of an ensemble: what its members do together that none does alone. */
import { basename, join } from 'node:path';
import type { EnsembleFile } from '../inference/ensemble-file.ts';
import { readModelCard } from '../model/model-folder.ts';
import { readAnswerTimes } from '../training/answer-times.ts';
import type { EvaluationResult } from '../training/evaluate.ts';
import { readExamples } from '../training/examples.ts';
import { readPredictions } from '../training/predictions-file.ts';
import { readResults } from '../training/results.ts';
import { answerTimesChart } from './answer-times-chart.ts';
import { startDrawing } from './chart.ts';
import { confidenceFinding, confidenceOf, confidenceSection } from './confidence.ts';
import { errorsSection } from './errors.ts';
import { examplesSection } from './examples.ts';
import { errorFindings } from './findings.ts';
import { headlineOf, metricsSection, metricTitle, summarySentence } from './headline.ts';
import { escapeHtml, type Html, section, table } from './html.ts';
import { counted, score } from './numbers.ts';
import type { Page } from './page.ts';
import { answersPerSecond } from './run-page.ts';
import { reportSlices, sliceFindings, slicesSection } from './slices.ts';
import { trainingSection } from './training.ts';

const METRIC = 'f1_weighted';

export async function ensemblePage(folder: string, ensemble: EnsembleFile): Promise<Page> {
  const results = await readResults(folder);
  const card = await readModelCard(join(folder, 'best'));
  const predictions = await readPredictions(join(folder, 'validation_pred.csv'));
  const confidence = confidenceOf(predictions, card?.decision);
  const slices = await reportSlices(folder, predictions, confidence.confidences);
  const { members, weights, validationFile, createdAt, otzyvVersion } = ensemble;
  const draw = await startDrawing();
  return {
    kind: 'Otzyv · report of an ensemble',
    title: members.map(({ model }) => basename(model)).join(' + '),
    summary: summarySentence(results, METRIC, headlineOf(results, METRIC)),
    findings: [...errorFindings(results), ...sliceFindings(slices), confidenceFinding(confidence)],
    sections: [
      metricsSection(results, METRIC),
      membersSection(ensemble, results),
      errorsSection(draw, results),
      slicesSection(draw, slices),
      confidenceSection(draw, confidence),
      examplesSection(await readExamples(folder)),
      trainingSection(
        draw,
        [answerTimesChart(await readAnswerTimes(folder), await answersPerSecond(folder))],
        {
          'Data, versions': {
            ...{ weights, 'measured on': validationFile ?? 'the rows that all members held out' },
            ...{ made: createdAt, otzyv: otzyvVersion },
          },
        },
      ),
    ],
    footer: `Made by Otzyv ${escapeHtml(otzyvVersion)} from the files in the ensemble's folder.`,
  };
}

const SHOWN = ['f1_weighted', 'f1_macro', 'accuracy', 'log_loss'];

function membersSection({ members, weights }: EnsembleFile, together: EvaluationResult): Html {
  const scores = (metrics: Readonly<Record<string, number>> = {}) =>
    SHOWN.map((name) => score(metrics[name]));
  const rows = [
    ...members.map(({ model, weight, metrics }) => [escapeHtml(model), score(weight), ...scores(metrics)]),
    ['together', '', ...scores(together.metrics)].map((cell) => `<b>${cell}</b>`),
  ];
  const columns = ['weight', ...SHOWN.map(metricTitle)].map((title) => ({ title, isNumber: true }));
  const how =
    weights === 'learned'
      ? 'the weights were learned without the reviews that each is measured on'
      : 'the weights were given';
  return section(
    'members',
    'Together, and alone',
    `${counted(members.length, 'model')} on the same reviews; ${how}. A weight is the power of the model's probabilities in
their product; of log loss less is better.`,
    table('Members of the ensemble', [{ title: 'model' }, ...columns], rows, 'stacked'),
  );
}

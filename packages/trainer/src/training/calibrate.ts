/** Calibrates a model that is there already, by what its run measured or on a labelled file, and keeps it in its folder. */
import { OtzyvError, type OtzyvErrorCode } from '@otzyv/core';
import type { FetchOptions } from '../hub/fetch-model.ts';
import { loadClassifier, resolveModelFolder } from '../inference/classifier.ts';
import { type LabelledFile, readLabelledFile } from '../inference/evaluate-file.ts';
import { findHeldOut } from '../inference/held-out.ts';
import { rowsOf } from '../inference/probability-table.ts';
import type { Decision } from '../model/decision-schema.ts';
import { exists, type ModelCard, readModelCard, writeModelCard } from '../model/model-folder.ts';
import { type DecisionOptions, type FittedDecision, fitDecision, pick, type Scores } from './fit-decision.ts';
import { readPredictions } from './predictions-file.ts';

/** What to calibrate on, and how models are had. */
export interface CalibrateOptions extends DecisionOptions {
  /** Labelled texts that the model has not seen; absent: the predictions that its run left. */
  readonly validation?: LabelledFile | undefined;
  readonly fetch?: FetchOptions;
  readonly signal?: AbortSignal | undefined;
  /** Called with the number of texts answered, of so many. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

export interface CalibrationResult extends FittedDecision {
  /** The model's folder, whose `otzyv.json` holds the decision now. */
  readonly folder: string;
  readonly labels: readonly string[];
  /** What stood there before. */
  readonly previous: Decision | undefined;
}

/**
 * Calibrates a model in its folder anew. What is not asked for is no longer there: factors for classes, a least confidence.
 * @param nameOrPath a model's folder or a run's
 * @throws OtzyvError `model.*`, `options.missing`, `options.target-precision`, `labels.*`, `data.*`; nothing is written then
 */
export async function calibrateModel(
  nameOrPath: string,
  { validation, fetch = {}, signal, onProgress, ...options }: CalibrateOptions = {},
): Promise<CalibrationResult> {
  const folder = await resolveModelFolder(nameOrPath, fetch);
  const card = await readModelCard(folder);
  if (card === undefined || !(await exists(nameOrPath))) throw notOurs(nameOrPath);
  const file = validation?.file ?? (await runPredictions(nameOrPath));
  const scores =
    validation === undefined
      ? await ownPredictions(file, card)
      : await answered(folder, validation, { signal, onProgress });
  const fitted = fitDecision(scores, file, options);
  await writeModelCard(folder, { ...card, decision: fitted.decision });
  return { ...fitted, folder, labels: card.labels, previous: card.decision };
}

/** What a run left: made by the model as it was measured, so it counts also where that has learned from those rows since. */
async function runPredictions(source: string): Promise<string> {
  const found = await findHeldOut(source, undefined);
  if (typeof found === 'string') throw fileNeeded('options.missing', found);
  return found.file;
}

async function ownPredictions(file: string, { labels }: ModelCard): Promise<Scores> {
  const predictions = await readPredictions(file).catch((error: unknown) => {
    if (!(error instanceof OtzyvError) || error.code !== 'data.missing-column') throw error;
    throw fileNeeded(error.code, `${error.message}: an earlier version of Otzyv kept no scores`);
  });
  if (predictions.labels.join('\n') === labels.join('\n')) return predictions;
  throw fileNeeded(
    'labels.differ',
    `${file} has scores of ${predictions.labels.join(', ')}, and the model knows ${labels.join(', ')}`,
  );
}

async function answered(
  folder: string,
  validation: LabelledFile,
  { signal, onProgress }: Pick<CalibrateOptions, 'signal' | 'onProgress'>,
): Promise<Scores> {
  const classifier = await loadClassifier(folder, { isRaw: true });
  try {
    const { labels } = classifier;
    const { texts, labelIds } = await readLabelledFile(labels, validation);
    const { probabilities, empty } = await classifier.predict(texts, {
      signal,
      onProgress: (done) => onProgress?.(done, texts.length),
    });
    // a text with nothing in it is not answered by the model
    const rows = texts.flatMap((_, row) => (empty[row] ? [] : [row]));
    return {
      labels,
      labelIds: pick(labelIds, rows),
      probabilities: rowsOf(probabilities, rows, labels.length),
    };
  } finally {
    await classifier.dispose();
  }
}

function fileNeeded(code: OtzyvErrorCode, message: string): OtzyvError {
  return new OtzyvError(
    code,
    message,
    'Name a labelled file the model has not learned from: --validation-file FILE --text-column text --label-column label.',
  );
}

function notOurs(name: string): OtzyvError {
  return new OtzyvError(
    'model.not-ours',
    `${name} has no otzyv.json of its own to keep a calibration in`,
    "Name a model that Otzyv trained, by its folder or its run's.",
  );
}

/**
 * What several models answer to the same labelled texts: read from the files that their runs left, if those were measured
 * on the same rows, or asked anew.
 */
import { dirname, join } from 'node:path';
import { OtzyvError } from '@otzyv/core';
import { z } from 'zod';
import { fingerprintFile } from '../data/fingerprint.ts';
import { readJson } from '../files.ts';
import { type LabelledPredictions, readPredictions } from '../training/predictions-file.ts';
import { type ClassifierOptions, loadClassifier } from './classifier.ts';
import { type Candidate, checkLabels } from './ensemble-folder.ts';
import { type LabelledFile, readLabelledFile } from './evaluate-file.ts';
import { findHeldOut } from './held-out.ts';
import { reordered, rowsOf } from './probability-table.ts';

/** Answers of several models to the same texts. */
export interface CommonPredictions extends Omit<LabelledPredictions, 'probabilities'> {
  /** Each [rows × classes], in the order of the models. */
  readonly members: readonly Float32Array[];
  /** Share of texts that some model cut. */
  readonly truncatedShare: number;
  /** That answering took, of all models together; NaN where it is not known. */
  readonly seconds: number;
  /** Texts left out, since some model finds nothing in them. */
  readonly emptyTexts: number;
}

/**
 * Of runs that were validated on the same rows.
 * @returns a sentence about it where they were not, or a model has learned from them since
 */
export async function commonHeldOut(candidates: readonly Candidate[]): Promise<CommonPredictions | string> {
  const runs: LabelledPredictions[] = [];
  const results: { seconds: number; truncatedShare: number }[] = [];
  for (const { asked, card } of candidates) {
    const found = await findHeldOut(asked, card, ['validation_pred.csv', 'oof_pred.csv']);
    if (typeof found === 'string') return found;
    runs.push(byRow(await readPredictions(found.file)));
    results.push(await resultsBeside(found.file));
  }
  const [first, ...others] = runs as [LabelledPredictions, ...LabelledPredictions[]];
  checkLabels(runs.map(({ labels }, i) => ({ asked: candidates[i]?.asked as string, labels })));
  for (const [i, other] of others.entries()) {
    const difference = differenceOfRows(first, other);
    if (difference !== undefined)
      return `${candidates[0]?.asked} and ${candidates[i + 1]?.asked} were validated on different rows (${difference})`;
  }
  return {
    ...first,
    members: runs.map(({ probabilities, labels }) => reordered(probabilities, labels, first.labels)),
    truncatedShare: Math.max(...results.map(({ truncatedShare }) => truncatedShare)),
    seconds: results.reduce((sum, { seconds }) => sum + seconds, 0),
    emptyTexts: 0,
  };
}

export interface AskOptions {
  readonly fetch: ClassifierOptions;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((model: string, done: number, total: number) => void) | undefined;
}

/**
 * Of models that answer a labelled file, one model after the other.
 * @throws OtzyvError `options.validation` for the file that a model was trained on
 */
export async function askAll(
  candidates: readonly Candidate[],
  file: LabelledFile,
  { fetch, signal, onProgress }: AskOptions,
): Promise<CommonPredictions> {
  await refuseTrainingFile(candidates, file.file);
  const labels = candidates[0]?.labels ?? [];
  const { rows, texts, labelIds } = await readLabelledFile(labels, file);
  const [isEmpty, isTruncated] = [texts.map(() => false), texts.map(() => false)];
  const members: Float32Array[] = [];
  const started = performance.now();
  for (const { asked, path } of candidates) {
    const classifier = await loadClassifier(path, { ...fetch, isRaw: true }); // as they are pooled
    try {
      const answer = await classifier.predict(texts, {
        signal,
        onProgress: (done) => onProgress?.(asked, done, texts.length),
      });
      members.push(reordered(answer.probabilities, classifier.labels, labels));
      answer.empty.forEach((empty, i) => {
        if (empty) isEmpty[i] = true;
        if (answer.truncated[i]) isTruncated[i] = true;
      });
    } finally {
      await classifier.dispose();
    }
  }
  const kept = texts.flatMap((_, i) => (isEmpty[i] ? [] : [i]));
  const pick = <T>(items: readonly T[]) => kept.map((i) => items[i] as T);
  return {
    labels,
    rows: pick(rows),
    texts: pick(texts),
    labelIds: pick(labelIds),
    columns: {},
    members: members.map((member) => rowsOf(member, kept, labels.length)),
    truncatedShare: pick(isTruncated).filter(Boolean).length / Math.max(1, kept.length),
    seconds: (performance.now() - started) / 1000,
    emptyTexts: texts.length - kept.length,
  };
}

function byRow(predictions: LabelledPredictions): LabelledPredictions {
  const { labels, rows, texts, labelIds, probabilities, columns } = predictions;
  const order = rows.map((_, i) => i).sort((a, b) => (rows[a] as number) - (rows[b] as number));
  const pick = <T>(items: readonly T[]) => order.map((i) => items[i] as T);
  return {
    labels,
    rows: pick(rows),
    texts: pick(texts),
    labelIds: pick(labelIds),
    probabilities: rowsOf(probabilities, order, labels.length),
    columns: Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, pick(values)])),
  };
}

/** @returns undefined where both are the same texts with the same labels */
function differenceOfRows(a: LabelledPredictions, b: LabelledPredictions): string | undefined {
  if (a.rows.length !== b.rows.length) return `${a.rows.length} and ${b.rows.length}`;
  const at = a.rows.findIndex(
    (row, i) =>
      row !== b.rows[i] ||
      a.texts[i] !== b.texts[i] ||
      a.labels[a.labelIds[i] as number] !== b.labels[b.labelIds[i] as number],
  );
  if (at === -1) return undefined;
  return a.rows[at] === b.rows[at]
    ? `row ${a.rows[at]} has another text or label`
    : `row ${a.rows[at]} against row ${b.rows[at]}`;
}

const resultsSchema = z.looseObject({
  eval_runtime: z.number().catch(Number.NaN),
  truncated_share: z.number().catch(0),
});

/** What else is known of answers in a file. */
async function resultsBeside(file: string): Promise<{ seconds: number; truncatedShare: number }> {
  const json = await readJson(join(dirname(file), 'eval_results.json')).catch(() => ({}));
  const { eval_runtime: seconds, truncated_share: truncatedShare } = resultsSchema.parse(json);
  return { seconds, truncatedShare };
}

/** @throws OtzyvError `options.validation` for a file that one of the models was trained on */
export async function refuseTrainingFile(candidates: readonly Candidate[], file: string): Promise<void> {
  const { sha256 } = await fingerprintFile(file);
  const learned = candidates.find(({ card }) => card?.trainedOn.sha256 === sha256);
  if (learned === undefined) return;
  throw new OtzyvError(
    'options.validation',
    `${file} is what ${learned.asked} was trained on: a model is too sure of texts that it knows`,
    'Name a labelled file that no model has learned from.',
  );
}

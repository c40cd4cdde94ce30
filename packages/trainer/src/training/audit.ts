/**
 * Finding bad labels: rows whose label a model that had not seen them thinks improbable (confident learning), equal texts
 * under different labels, and texts that stand in both training and validation. Nothing is changed: what to do with each
 * is a person's to say, in the file that `writeAudit` makes.
 */
import { join } from 'node:path';
import {
  answers,
  classCounts,
  confidentJoint,
  conflictingTexts,
  encoderOf,
  type IssueFilter,
  type LabelledProbabilities,
  labelIssues,
  labelQuality,
  leakedTexts,
  OtzyvError,
} from '@otzyv/core';
import { encodeLabel, type Review, readReviews } from '../data/read.ts';
import { exists } from '../model/model-folder.ts';
import { type LabelledPredictions, readPredictions } from './predictions-file.ts';

/** Why a row is worth a look, in the order of how much it asks for one. */
export const FINDING_KINDS = ['label', 'conflict', 'leak'] as const;
export type FindingKind = (typeof FINDING_KINDS)[number];

export interface LabelledRow {
  readonly row: number;
  readonly label: string;
}

/** A row of the training file that is worth a look. */
export interface Finding extends LabelledRow {
  readonly kinds: readonly FindingKind[];
  readonly text: string;
  /** Absent where the label is the most probable one. */
  readonly suggestedLabel?: string;
  /** The probability of its label, by a model that had not seen the row; absent where nothing was predicted. */
  readonly quality?: number;
  /** With the same text, or nearly. */
  readonly otherRows: readonly LabelledRow[];
  readonly validationRows: readonly LabelledRow[];
  /** What is sure enough not to ask for; otherwise nothing. */
  readonly decision: 'exclude' | '';
}

export interface Audit {
  readonly rows: number;
  /** rows with out-of-fold predictions: only their labels were looked at */
  readonly predictedRows: number;
  /** Share of them that the model answers as they are labelled: with a low one, more of the findings are its own faults. */
  readonly agreement: number;
  /** Rows by kind, a row of two kinds twice, and how many of them are to be excluded. */
  readonly kinds: Readonly<Record<FindingKind, { readonly rows: number; readonly excluded: number }>>;
  /** The largest first. */
  readonly classes: readonly ClassNoise[];
  /** Worst first. */
  readonly findings: readonly Finding[];
}

/** How much of a class is doubtful. */
export interface ClassNoise {
  readonly label: string;
  readonly rows: number;
  readonly doubtful: number;
  /** What the doubtful ones probably are, the most frequent first. */
  readonly suggested: readonly { readonly label: string; readonly rows: number }[];
}

export interface AuditOptions {
  readonly trainFile: string;
  readonly validationFile?: string | undefined;
  readonly textColumn: string;
  readonly labelColumn: string;
  readonly skipBadRows?: boolean;
  readonly onBadRow?: (message: string) => void;
  /** What models that had not seen the rows say of them: a file, or the folder of a cross-validation. */
  readonly predictions: string;
  readonly filter?: IssueFilter;
}

/**
 * A label is left out, unless a person keeps it, where it is as improbable as this and another one is more probable than
 * all the rest: then it is more often wrong than the model is (node bench/label-errors.js). Not knowing a rare class, a
 * model finds none of its labels probable, and no other either.
 */
const SURE = { quality: 0.02, answer: 0.5 };
/** Of a class, whatever the model says: one that it has not understood is not to vanish. */
const MOST_EXCLUDED = 0.5;

/** @throws OtzyvError `data.other-file` when the predictions are of other rows, `labels.unknown` */
export async function auditFile(options: AuditOptions): Promise<Audit> {
  const { trainFile, validationFile } = options;
  const reviews = await readAll(trainFile, options);
  const validation = validationFile === undefined ? [] : await readAll(validationFile, options);
  const judgements = judge(reviews, await readPredictions(await predictionsIn(options.predictions)), options);
  const twins = twinsOf(reviews);
  const leaks = new Map(leakedTexts(textsOf(reviews), textsOf(validation)).map((leak) => [leak.row, leak]));

  const findings = reviews.flatMap((review, index): Finding[] => {
    const { isIssue = false, isSure = false, quality, answer } = judgements.byRow.get(review.row) ?? {};
    const others = twins.get(index) ?? [];
    const leak = leaks.get(index);
    const isKind = { label: isIssue, conflict: others.length > 0, leak: leak !== undefined };
    const kinds = FINDING_KINDS.filter((kind) => isKind[kind]);
    if (kinds.length === 0) return [];
    const suggested = isIssue ? answer : majorityLabel([review, ...others]);
    return [
      {
        kinds,
        ...labelled(review),
        text: review.text,
        ...(suggested !== undefined && suggested !== review.label && { suggestedLabel: suggested }),
        ...(quality !== undefined && { quality }),
        otherRows: others.map(labelled),
        validationRows: leak === undefined ? [] : [labelled(validation[leak.otherRow] as Review)],
        decision: isSure || leak?.isShort === false ? 'exclude' : '',
      },
    ];
  });
  return {
    rows: reviews.length,
    predictedRows: judgements.byRow.size,
    agreement: judgements.agreement,
    kinds: Object.fromEntries(FINDING_KINDS.map((kind) => [kind, countOf(findings, kind)])) as Audit['kinds'],
    classes: noiseOf(reviews, findings),
    findings: findings.sort((a, b) => (a.quality ?? 1) - (b.quality ?? 1) || a.row - b.row),
  };
}

/** @param path a table of predictions, or the folder of a cross-validation or of a run */
async function predictionsIn(path: string): Promise<string> {
  for (const name of ['oof_pred.csv', 'validation_pred.csv']) {
    if (await exists(join(path, name))) return join(path, name);
  }
  return path;
}

async function readAll(file: string, options: AuditOptions): Promise<Review[]> {
  const reviews: Review[] = [];
  for await (const review of readReviews(file, {
    textColumn: options.textColumn,
    labelColumn: options.labelColumn,
    skipBadRows: options.skipBadRows === true,
    onBadRow: ({ message }) => options.onBadRow?.(message),
  })) {
    if (review.text.trim() !== '' && review.synthetic === undefined) reviews.push(review);
  }
  return reviews;
}

interface Judgement {
  readonly isIssue: boolean;
  /** enough not to ask a person */
  readonly isSure: boolean;
  readonly quality: number;
  /** the most probable label */
  readonly answer: string;
}

/** What the predictions say of the labels that the file has now: some may have been corrected since. */
function judge(
  reviews: readonly Review[],
  { labels, rows, texts, probabilities }: LabelledPredictions,
  { trainFile, predictions, filter = 'both' }: AuditOptions,
): { readonly byRow: ReadonlyMap<number, Judgement>; readonly agreement: number } {
  const classes = labels.length;
  const places = new Map<number, number[]>(); // with --repeats a row has several predictions
  rows.forEach((row, place) => {
    places.set(row, [...(places.get(row) ?? []), place]);
  });
  const predicted = reviews.filter(({ row }) => places.has(row));
  const placesOf = ({ row }: Review) => places.get(row) as number[];
  const isOther = predicted.find((review) => placesOf(review).some((place) => texts[place] !== review.text));
  if (isOther !== undefined || predicted.length < places.size) {
    throw new OtzyvError(
      'data.other-file',
      isOther === undefined
        ? `${predictions} has rows that ${trainFile} has not`
        : `row ${isOther.row} of ${trainFile} is not the text that ${predictions} has`,
      `Make the predictions anew: otzyv crossval --train ${trainFile} …`,
    );
  }
  const encoder = encoderOf(labels);
  const data = {
    classes,
    labelIds: predicted.map((review) => encodeLabel(encoder, review, trainFile)),
    probabilities: Float64Array.from({ length: predicted.length * classes }, (_, at) => {
      const [review, id] = [predicted[Math.floor(at / classes)] as Review, at % classes];
      const given = placesOf(review).map((place) => probabilities[place * classes + id] as number);
      return given.reduce((sum, value) => sum + value, 0) / given.length;
    }),
  };
  const isIssue = labelIssues(data, confidentJoint(data), filter);
  const quality = labelQuality(data, 'self_confidence');
  const answered = answers(data.probabilities, classes);
  const isSure = surelyWrong(data, quality, answered, isIssue);
  const byRow = predicted.map(({ row }, i): [number, Judgement] => [
    row,
    {
      isIssue: isIssue[i] as boolean,
      isSure: isSure.has(i),
      quality: quality[i] as number,
      answer: labels[answered[i] as number] as string,
    },
  ]);
  const agreed = answered.filter((id, i) => id === data.labelIds[i]).length;
  return { byRow: new Map(byRow), agreement: agreed / Math.max(1, answered.length) };
}

/** @returns of the rows with doubtful labels those to leave out, of each class the worst first */
function surelyWrong(
  { labelIds, probabilities, classes }: LabelledProbabilities,
  quality: ArrayLike<number>,
  answered: readonly number[],
  isIssue: readonly boolean[],
): Set<number> {
  const left = classCounts(Array.from(labelIds), classes).map((rows) => Math.floor(rows * MOST_EXCLUDED));
  const sure = answered.flatMap((id, i) => {
    const certainty = probabilities[i * classes + id] as number;
    return isIssue[i] && (quality[i] as number) < SURE.quality && certainty > SURE.answer ? [i] : [];
  });
  const worstFirst = sure.sort((a, b) => (quality[a] as number) - (quality[b] as number));
  return new Set(
    worstFirst.filter((i) => {
      const id = labelIds[i] as number;
      const mayGo = (left[id] as number) > 0;
      left[id] = (left[id] as number) - 1;
      return mayGo;
    }),
  );
}

/** @returns by index of a row, the rows with its text and, some of them, other labels */
function twinsOf(reviews: readonly Review[]): Map<number, readonly Review[]> {
  const ids = new Map<string, number>();
  for (const { label } of reviews) if (!ids.has(label)) ids.set(label, ids.size);
  const labelIds = reviews.map(({ label }) => ids.get(label) as number);
  const groups = conflictingTexts(textsOf(reviews), labelIds).map(({ rows }) => rows);
  const others = (rows: readonly number[], one: number) =>
    rows.filter((row) => row !== one).map((row) => reviews[row] as Review);
  return new Map(groups.flatMap((rows) => rows.map((row) => [row, others(rows, row)] as const)));
}

/** @returns nothing where no label has more than half */
function majorityLabel(rows: readonly LabelledRow[]): string | undefined {
  const counts = tally(rows.map(({ label }) => label));
  return counts.find(({ rows: count }) => count * 2 > rows.length)?.label;
}

/** By descending count. */
function tally(labels: readonly string[]): { label: string; rows: number }[] {
  const counts = new Map<string, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return [...counts].map(([label, rows]) => ({ label, rows })).sort((a, b) => b.rows - a.rows);
}

function countOf(findings: readonly Finding[], kind: FindingKind): { rows: number; excluded: number } {
  const ofKind = findings.filter(({ kinds }) => kinds.includes(kind));
  return { rows: ofKind.length, excluded: ofKind.filter(({ decision }) => decision === 'exclude').length };
}

function noiseOf(reviews: readonly Review[], findings: readonly Finding[]): ClassNoise[] {
  return tally(reviews.map(({ label }) => label)).map(({ label, rows }) => {
    const doubtful = findings.filter((found) => found.label === label && found.kinds.includes('label'));
    const suggested = tally(doubtful.map(({ suggestedLabel = '' }) => suggestedLabel));
    return { label, rows, doubtful: doubtful.length, suggested };
  });
}

function textsOf(reviews: readonly Review[]): string[] {
  return reviews.map(({ text }) => text);
}

function labelled({ row, label }: LabelledRow): LabelledRow {
  return { row, label };
}

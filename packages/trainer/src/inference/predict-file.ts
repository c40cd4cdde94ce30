/**
 * Predicting a file: rows stream through in blocks, keep their columns and their order, and get `label` and
 * `confidence`; where not everything is answered, also the `guess` that a label of «не уверен» hides. Only the model's work is timed: cleaning, tokenising and computing, not the disk.
 */
import { realpath, stat } from 'node:fs/promises';
import { OtzyvError } from '@otzyv/core';
import { tableFormat } from '../data/format.ts';
import { requireColumn } from '../data/read.ts';
import { openTable, type TableRow } from '../data/table.ts';
import { freeColumnName, openTableWriter } from '../data/write.ts';
import { fileError } from '../files.ts';
import type { Classifier } from './classifier.ts';
import { type Answer, answerRule, type Caution, decide } from './decision.ts';
import { type LatencySummary, summarizeLatency } from './latency.ts';

const BLOCK_ROWS = 1024;
/** Texts timed one at a time, as a service would get them. */
const LATENCY_SAMPLE = 100;

/** What to read, what to write, and what to call on the way. */
export interface PredictFileOptions extends Caution {
  readonly input: string;
  readonly output: string;
  readonly textColumn: string;
  readonly skipBadRows?: boolean;
  /** One column `score_<label>` per class. */
  readonly allScores?: boolean;
  /** @param share of the file that was read */
  readonly onProgress?: (rows: number, share: number) => void;
  readonly onBadRow?: (message: string) => void;
  readonly signal?: AbortSignal;
}

/** What was answered, and how long it took: times are the model's, not the disk's. */
export interface PredictionSummary {
  readonly rows: number;
  readonly emptyTexts: number;
  readonly truncatedTexts: number;
  readonly badRows: number;
  /** answers by label, those that are none left out */
  readonly counts: Readonly<Record<string, number>>;
  /** the column that holds the answer: `label`, or `predicted_label` where the input has a `label` */
  readonly labelColumn: string;
  /** texts whose label is `uncertainLabel`, where answers below `minConfidence` are none */
  readonly uncertainTexts: number;
  readonly uncertainLabel: string;
  readonly minConfidence?: number;
  readonly totalMs: number;
  readonly meanMs: number;
  readonly examplesPerSecond: number;
  readonly latency: LatencySummary;
}

/** @throws OtzyvError `data.*`, `options.same-file`; the signal's reason when aborted. Nothing is written then. */
export async function predictFile(
  classifier: Classifier,
  options: PredictFileOptions,
): Promise<PredictionSummary> {
  const { input, output, textColumn, onProgress, onBadRow, signal } = options;
  await refuseSameFile(input, output);
  const rule = answerRule(classifier.card?.decision, options);
  const { size } = await stat(input).catch((error: unknown) => {
    throw fileError(error, input);
  });
  let badRows = 0;
  let read = 0;
  const table = await openTable(input, {
    textColumn,
    onRead: (bytes) => {
      read = bytes;
    },
    ...(options.skipBadRows !== undefined && { skipBadRows: options.skipBadRows }),
    onBadRow: (row) => {
      badRows++;
      onBadRow?.(row.message);
    },
  });
  requireColumn(table.columns, textColumn, input, '--text-column', 'texts');
  const labelColumn = freeColumnName(table.columns, 'label');
  const confidenceColumn = freeColumnName(table.columns, 'confidence');
  const guessColumns = rule.minConfidence === undefined ? [] : [freeColumnName(table.columns, 'guess')];
  const scoreColumns = options.allScores
    ? classifier.labels.map((label) => freeColumnName(table.columns, `score_${label}`))
    : [];
  const writer = await openTableWriter(output, [
    ...table.columns,
    labelColumn,
    confidenceColumn,
    ...guessColumns,
    ...scoreColumns,
  ]);

  const isJsonl = tableFormat(output) === 'jsonl';
  const asNumber = (value: number) => (isJsonl ? Number(value.toFixed(6)) : value.toFixed(6));
  const counts: Record<string, number> = Object.fromEntries(classifier.labels.map((label) => [label, 0]));
  const sample: string[] = [];
  let [rows, emptyTexts, truncatedTexts, uncertainTexts, totalMs] = [0, 0, 0, 0, 0];
  const classes = classifier.labels.length;

  const answerBlock = async (block: readonly TableRow[]) => {
    const texts = block.map(({ values }) => values[textColumn] ?? '');
    const started = performance.now();
    const { probabilities, truncated, empty } = await classifier.predict(texts, { signal });
    totalMs += performance.now() - started;
    const decided = decide(probabilities, classifier.labels, rule);
    const answered = block.map(({ original }, i) => {
      const { label, confidence, isUncertain } = decided[i] as Answer;
      if (isUncertain) uncertainTexts++;
      else counts[label] = (counts[label] ?? 0) + 1;
      if (truncated[i]) truncatedTexts++;
      if (empty[i]) emptyTexts++;
      else if (sample.length < LATENCY_SAMPLE) sample.push(texts[i] as string);
      const row: Record<string, unknown> = { ...original };
      row[labelColumn] = isUncertain ? rule.uncertainLabel : label;
      row[confidenceColumn] = asNumber(confidence);
      for (const column of guessColumns) row[column] = label;
      scoreColumns.forEach((column, id) => {
        row[column] = asNumber(probabilities[i * classes + id] as number);
      });
      return row;
    });
    await writer.write(...answered);
    rows += block.length;
    onProgress?.(rows, read / size);
    signal?.throwIfAborted();
  };

  try {
    await classifier.predict(['разогрев']); // the first call pays for what later ones find ready
    let block: TableRow[] = [];
    for await (const row of table.rows) {
      block.push(row);
      if (block.length < BLOCK_ROWS) continue;
      await answerBlock(block);
      block = [];
    }
    if (block.length > 0) await answerBlock(block);
    await writer.close();
  } catch (error) {
    await writer.discard();
    throw error;
  }

  return {
    rows,
    emptyTexts,
    truncatedTexts,
    badRows,
    counts,
    labelColumn,
    uncertainTexts,
    uncertainLabel: rule.uncertainLabel,
    ...(rule.minConfidence !== undefined && { minConfidence: rule.minConfidence }),
    totalMs,
    meanMs: rows === 0 ? 0 : totalMs / rows,
    examplesPerSecond: totalMs === 0 ? 0 : (rows / totalMs) * 1000,
    latency: await timeOneByOne(classifier, sample),
  };
}

async function refuseSameFile(input: string, output: string): Promise<void> {
  const [from, to] = await Promise.all([input, output].map((path) => realpath(path).catch(() => undefined)));
  if (from === undefined || from !== to) return;
  throw new OtzyvError(
    'options.same-file',
    `${output} is the file that is to be read`,
    'Name another --output: the input would be lost.',
  );
}

async function timeOneByOne(classifier: Classifier, texts: readonly string[]): Promise<LatencySummary> {
  const times: number[] = [];
  for (const text of texts) {
    const started = performance.now();
    await classifier.predict([text]);
    times.push(performance.now() - started);
  }
  return summarizeLatency(times);
}

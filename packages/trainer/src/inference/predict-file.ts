/**
 * Predicting a file, all of it or nothing: rows stream through in blocks. Only the model's work is timed: cleaning,
 * tokenising and computing, not the disk.
 */
import { stat } from 'node:fs/promises';
import { tableFormat } from '../data/format.ts';
import { openTableWriter } from '../data/write.ts';
import { fileError, refuseSameFile } from '../files.ts';
import type { Classifier } from './classifier.ts';
import type { Caution } from './decision.ts';
import { addToTally, emptyTally, type LabelTally, labelRows } from './label-rows.ts';
import { type LatencySummary, summarizeLatency, timeOneByOne } from './latency.ts';

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
export interface PredictionSummary extends LabelTally {
  readonly badRows: number;
  /** the column that holds the answer: `label`, or `predicted_label` where the input has a `label` */
  readonly labelColumn: string;
  readonly uncertainLabel: string;
  /** where answers below it are none */
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
  const { input, output, onProgress, onBadRow, signal } = options;
  await refuseSameFile(input, output);
  const { size } = await stat(input).catch((error: unknown) => {
    throw fileError(error, input);
  });
  let badRows = 0;
  let read = 0;
  const labelled = await labelRows(classifier, {
    ...options,
    format: tableFormat(output),
    onRead: (bytes) => {
      read = bytes;
    },
    onBadRow: (message) => {
      badRows++;
      onBadRow?.(message);
    },
  });
  const writer = await openTableWriter(output, labelled.columns);
  const sample: string[] = [];
  let tally = emptyTally(classifier.labels);
  let totalMs = 0;
  try {
    await classifier.predict(['разогрев']); // the first call pays for what later ones find ready
    for await (const block of labelled.blocks) {
      tally = addToTally(tally, block);
      totalMs += block.elapsedMs;
      const filled = block.texts.filter((_, i) => !block.empty[i]);
      sample.push(...filled.slice(0, LATENCY_SAMPLE - sample.length));
      await writer.write(...block.rows);
      onProgress?.(tally.rows, read / size);
      signal?.throwIfAborted();
    }
    await writer.close();
  } catch (error) {
    await writer.discard();
    throw error;
  }

  const { minConfidence, uncertainLabel } = labelled.rule;
  return {
    ...tally,
    badRows,
    labelColumn: labelled.labelColumn,
    uncertainLabel,
    ...(minConfidence !== undefined && { minConfidence }),
    totalMs,
    meanMs: tally.rows === 0 ? 0 : totalMs / tally.rows,
    examplesPerSecond: totalMs === 0 ? 0 : (tally.rows / totalMs) * 1000,
    latency: summarizeLatency(await timeOneByOne(classifier, sample)),
  };
}

/** Measures how a trained BERT, or an ensemble with one, answers fastest here, and remembers it in its folder. */
import { OtzyvError } from '@otzyv/core';
import { requireColumn } from '../data/read.ts';
import { openTable } from '../data/table.ts';
import { exists } from '../model/model-folder.ts';
import { type ClassifierOptions, loadClassifier, resolveModelFolder } from './classifier.ts';
import { resolveDtype } from './dtype.ts';
import { fastest, type Tuning, type TuningTrial, tryTunings, writeTuning } from './tuning.ts';

export interface TuneOptions extends ClassifierOptions {
  readonly signal?: AbortSignal;
  readonly onTrial?: (tuning: Tuning) => void;
}

/** What was measured, and what of it will be used. */
export interface TuneResult {
  readonly texts: number;
  readonly trials: readonly TuningTrial[];
  readonly best: TuningTrial;
  /** The folder that remembers it: models in the hub's cache do not, since others read that too. */
  readonly folder: string | undefined;
}

/** Each way is run for about as long. */
const TRIAL_MS = 1500;
const LEAST_ROUNDS = 3;

/**
 * @param nameOrPath a model's folder, a run's folder, or a hub id
 * @param texts      like those that it will answer
 * @throws OtzyvError `model.*`, `hub.*`, `options.*`; the signal's reason when aborted
 */
export async function tuneClassifier(
  nameOrPath: string,
  texts: readonly string[],
  { signal, onTrial, ...options }: TuneOptions = {},
): Promise<TuneResult> {
  if (texts.length === 0) throw noTexts();
  const folder = await resolveModelFolder(nameOrPath, options);
  const trials = await tryTunings(async (tuning) => {
    onTrial?.(tuning);
    const classifier = await loadClassifier(folder, { ...options, ...tuning });
    try {
      if (classifier.maxLength === undefined) throw nothingToChoose(nameOrPath); // no BERT in it
      await classifier.predict(texts.slice(0, tuning.batchSize), { signal }); // warm
      const begun = performance.now();
      let leastMs = Infinity; // of several rounds: whatever else runs here only ever makes one slower
      for (let round = 0; round < LEAST_ROUNDS || performance.now() - begun < TRIAL_MS; round++) {
        const started = performance.now();
        await classifier.predict(texts, { signal });
        leastMs = Math.min(leastMs, performance.now() - started);
      }
      return (1000 * texts.length) / leastMs;
    } finally {
      await classifier.dispose();
    }
  });
  const best = fastest(trials);
  const isOwn = await exists(nameOrPath);
  if (isOwn) await writeTuning(folder, resolveDtype(options.dtype ?? 'float32'), best);
  return { texts: texts.length, trials, best, folder: isOwn ? folder : undefined };
}

/** @returns the first texts of a file that have something in them */
export async function firstTexts(path: string, textColumn: string, count: number): Promise<string[]> {
  const table = await openTable(path, { textColumn });
  requireColumn(table.columns, textColumn, path, '--text-column', 'texts');
  const texts: string[] = [];
  for await (const { values } of table.rows) {
    const text = values[textColumn]?.trim() ?? '';
    if (text !== '') texts.push(text);
    if (texts.length >= count) break;
  }
  return texts;
}

function noTexts(): OtzyvError {
  return new OtzyvError(
    'data.empty',
    'there is no text to measure on',
    'Name a file with texts like those to come: --input FILE --text-column text.',
  );
}

function nothingToChoose(model: string): OtzyvError {
  return new OtzyvError(
    'options.linear',
    `${model} is no BERT, nor has it one: it has no threads or batches to choose`,
    'Use it as it is.',
  );
}

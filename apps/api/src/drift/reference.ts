/**
 * What a model answers to the texts that were held out when it was trained: `validation_pred.csv`, or of a cross-validation
 * `oof_pred.csv`, in the run's folder. A model that was moved away from its run has none.
 */
import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { answerRule, decide, openTable } from '@otzyv/trainer';
import type { BatchingQueue } from '../inference/batching-queue.ts';
import type { ServedModel } from '../inference/worker-messages.ts';
import type { TextAnswer } from '../inference/worker-pool.ts';
import { count, emptyTally, type Tally } from './tally.ts';

/** Texts answered, at most: it is done beside what clients ask, and costs as much. */
const MOST_TEXTS = 500;
const TEXTS_AT_ONCE = 16;
const TIMEOUT_MS = 60_000;

/**
 * @param folder as it was given: a run, or a model's folder
 * @param signal aborted: the model is given up
 * @returns undefined where there are no held-out texts of this model
 */
export async function referenceOf(
  folder: string,
  { labels, card }: Pick<ServedModel, 'labels' | 'card'>,
  ask: BatchingQueue<TextAnswer>['ask'],
  signal: AbortSignal,
): Promise<Tally | undefined> {
  const file = await heldOutFile(folder);
  if (file === undefined) return undefined;
  const { columns, rows } = await openTable(file, {});
  const isOwn = labels.every((label) => columns.includes(`score_${label}`));
  if (!isOwn) return undefined;
  const texts = await evenSample(rows, MOST_TEXTS);
  const rule = answerRule(card?.decision);
  const tally = emptyTally(labels.length);
  for (let start = 0; start < texts.length; start += TEXTS_AT_ONCE) {
    const block = texts.slice(start, start + TEXTS_AT_ONCE);
    const { answers } = await ask({ texts: block, client: 'drift', timeoutMs: TIMEOUT_MS, signal });
    for (const { probabilities, isEmpty, reading } of answers) {
      const [decided] = decide(probabilities, labels, rule);
      if (!isEmpty && decided !== undefined) count(tally, { ...decided, reading });
    }
  }
  return tally.tokens === 0 ? undefined : tally;
}

async function heldOutFile(folder: string): Promise<string | undefined> {
  const run = basename(folder) === 'best' ? dirname(folder) : folder;
  for (const name of ['validation_pred.csv', 'oof_pred.csv']) {
    const path = join(run, name);
    if (
      await stat(path).then(
        () => true,
        () => false,
      )
    )
      return path;
  }
  return undefined;
}

/** Each k-th row of all, k as small as can be: files may be sorted by class. */
async function evenSample(
  rows: AsyncIterable<{ values: Readonly<Record<string, string>> }>,
  most: number,
): Promise<string[]> {
  let sample: string[] = [];
  let step = 1;
  let row = 0;
  for await (const { values } of rows) {
    if (row++ % step !== 0) continue;
    sample.push(values['text'] ?? '');
    if (sample.length <= most) continue;
    sample = sample.filter((_, i) => i % 2 === 0);
    step *= 2;
  }
  return sample;
}

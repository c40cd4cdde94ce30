/** How long single answers of a run's model take, and for texts of which length: `answer_times.json`. */
import { join } from 'node:path';
import { z } from 'zod';
import { writeJson } from '../files.ts';
import type { Classifier } from '../inference/classifier.ts';
import { timeOneByOne } from '../inference/latency.ts';
import { readPart } from './run-parts.ts';

const FILE = 'answer_times.json';

const timeSchema = z.object({ words: z.int(), milliseconds: z.number() });

/** Of one text. */
export type AnswerTime = z.infer<typeof timeSchema>;

const SAMPLE = 100;

/**
 * Of up to a hundred texts, taken evenly from the whole.
 * @param deadline by `performance.now()`: no text is begun after it
 */
export async function timeAnswers(
  classifier: Classifier,
  texts: readonly string[],
  { signal, deadline }: { signal?: AbortSignal | undefined; deadline: number },
): Promise<AnswerTime[]> {
  const sampled = Math.min(SAMPLE, texts.length);
  const sample = Array.from(
    { length: sampled },
    (_, i) => texts[Math.floor((i * texts.length) / sampled)] as string,
  );
  await classifier.predict(sample.slice(0, 1), { signal });
  const times = await timeOneByOne(classifier, sample, { signal, deadline });
  return times.map((milliseconds, i) => ({
    words: (sample[i] as string).split(/\s+/).filter(Boolean).length,
    milliseconds: Number(milliseconds.toFixed(3)),
  }));
}

export function writeAnswerTimes(run: string, times: readonly AnswerTime[]): Promise<void> {
  return writeJson(join(run, FILE), { schemaVersion: 1, times });
}

/** @returns none where the run has no such file, as those of earlier versions */
export async function readAnswerTimes(run: string): Promise<AnswerTime[]> {
  return (await readPart(run, FILE, z.object({ times: z.array(timeSchema) })))?.times ?? [];
}

/**
 * How long single answers take, as a service would ask for them: one text at a time. `answer_times.json` of a run.
 */
import { join } from 'node:path';
import { z } from 'zod';
import { writeJson } from '../files.ts';
import type { Classifier } from '../inference/classifier.ts';
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
  const stride = Math.max(1, texts.length / SAMPLE);
  const times: AnswerTime[] = [];
  if (texts.length > 0) await classifier.predict(texts.slice(0, 1), { signal }); // the first call pays for what later ones find ready
  for (let at = 0; at < texts.length && performance.now() < deadline; at += stride) {
    const text = texts[Math.floor(at)] as string;
    const started = performance.now();
    await classifier.predict([text], { signal });
    const milliseconds = Number((performance.now() - started).toFixed(3));
    times.push({ words: text.split(/\s+/).filter(Boolean).length, milliseconds });
  }
  return times;
}

export function writeAnswerTimes(run: string, times: readonly AnswerTime[]): Promise<void> {
  return writeJson(join(run, FILE), { schemaVersion: 1, times });
}

/** @returns none where the run has no such file, as those of earlier versions */
export async function readAnswerTimes(run: string): Promise<AnswerTime[]> {
  return (await readPart(run, FILE, z.object({ times: z.array(timeSchema) })))?.times ?? [];
}

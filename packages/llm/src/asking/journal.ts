/**
 * The journal: every answer as it comes, a line each, never rewritten. Whoever begins again asks only what is not in it.
 * An answer is known by the text, the model and all that the model was told (instruction, labels, seed, temperature), so
 * one that was asked otherwise does not count. Lines reach the disk before they count, many at a time; what a killed
 * process left half-written is cut off.
 */
import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileError, makeFolder } from '@otzyv/trainer';
import { z } from 'zod';
import type { Question } from '../backend.ts';

const usageSchema = z.object({ prompt: z.number(), cached: z.number(), completion: z.number() });

const voteSchema = z.object({
  label: z.string(),
  confidence: z.number(),
  probabilities: z.array(z.number()).optional(),
});
const reviewSchema = z.object({ review: z.string() });

const entrySchema = z.object({
  /** Hash of the text. */
  text: z.string(),
  /** Hash of the model and of all it was told beside the text. */
  asked: z.string(),
  model: z.string(),
  seed: z.number(),
  /** Absent: there was no answer, and it is asked again the next time. */
  answer: z.union([voteSchema, reviewSchema]).optional(),
  failure: z.string().optional(),
  usage: usageSchema,
  retries: z.number(),
  unusableAnswers: z.number(),
  /** From the first time it was asked to the answer. */
  milliseconds: z.number(),
});

export type JournalEntry = z.infer<typeof entrySchema>;
export type KeptVote = z.infer<typeof voteSchema>;
/** A review that the model made up, as it came. */
export type WrittenReview = z.infer<typeof reviewSchema>;
/** What is kept of an answer. */
export type KeptAnswer = NonNullable<JournalEntry['answer']>;

export interface Journal {
  /** All there were when it was opened. */
  readonly entries: readonly JournalEntry[];
  /** Lines that could not be read: what they answered is asked again. */
  readonly damagedLines: number;
  /** Comes back when the entry is on the disk. */
  append(entry: JournalEntry): Promise<void>;
  close(): Promise<void>;
}

/** @throws OtzyvError `data.*`, `system.*` */
export async function openJournal(path: string): Promise<Journal> {
  await makeFolder(dirname(path));
  const orFileError = <T>(work: Promise<T>) =>
    work.catch((error: unknown) => {
      throw fileError(error, path);
    });
  const handle = await orFileError(open(path, 'a+'));
  try {
    const content = await orFileError(handle.readFile());
    const whole = content.subarray(0, content.lastIndexOf(0x0a) + 1);
    if (whole.length < content.length) await orFileError(handle.truncate(whole.length));
    const lines = whole.toString('utf8').split('\n').slice(0, -1);
    const entries = lines.map(parseEntry).filter((entry) => entry !== undefined);
    const append = groupedAppend((text) => orFileError(writeSynced(handle, text)));
    return {
      entries,
      damagedLines: lines.length - entries.length,
      append: (entry) => append(`${JSON.stringify(entry)}\n`),
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function parseEntry(line: string): JournalEntry | undefined {
  try {
    return entrySchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

async function writeSynced(handle: FileHandle, text: string): Promise<void> {
  await handle.appendFile(text);
  await handle.datasync();
}

/** What comes while the disk is busy is written together afterwards. */
function groupedAppend(write: (text: string) => Promise<void>): (line: string) => Promise<void> {
  let pending = '';
  let next: Promise<void> | undefined;
  let current: Promise<void> = Promise.resolve();
  return (line) => {
    pending += line;
    next ??= current.then(() => {
      const text = pending;
      pending = '';
      current = next as Promise<void>; // it is this
      next = undefined;
      return write(text);
    });
    return next;
  };
}

export function textKey(text: string): string {
  return hashOf(text);
}

/** @param model with everything a question has beside its text; one for a new review has no labels */
export function askedKey(
  model: string,
  {
    instruction,
    labels,
    seed,
    temperature,
  }: Pick<Question, 'instruction' | 'seed' | 'temperature'> & Partial<Pick<Question, 'labels'>>,
): string {
  return hashOf(JSON.stringify([model, instruction, labels, seed, temperature]));
}

/** 128 bits: no two texts of any file share them. */
function hashOf(content: string): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 32);
}

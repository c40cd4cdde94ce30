/**
 * A session on the disk: a file that only grows, one line a key. Each line is there before the screen shows what it
 * says, so that a process killed at any moment has lost nothing; a line that it left half-written is cut off. It begins with
 * the reviews in their order and what was suggested, and begins again, further down, where another model or another audit is
 * asked: then what was decided stays, and the order changes.
 */
import { closeSync, fstatSync, openSync, readFileSync, rmSync, truncateSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { OtzyvError } from '@otzyv/core';
import { z } from 'zod';
import { syncNow } from '../durability.ts';
import { fileError, makeFolder } from '../files.ts';
import type { LabellingAction } from './session.ts';

const verdictSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('label'), label: z.string() }),
  z.object({ kind: z.literal('exclude') }),
  z.object({ kind: z.literal('skip') }),
]);

const beginSchema = z.object({
  type: z.literal('begin'),
  /** of the journal's format */
  version: z.literal(1),
  /** of the file that is labelled */
  sha256: z.string(),
  /** by what the order and the suggestions were made */
  source: z.string(),
  classes: z.array(z.string()),
  items: z.array(
    z.object({
      row: z.int(),
      note: z.string(),
      labelProbability: z.number().nullable(),
      suggestions: z.array(z.object({ label: z.string(), probability: z.number().nullable() })),
    }),
  ),
});

const entrySchema = z.discriminatedUnion('type', [
  beginSchema,
  z.object({ type: z.literal('decide'), row: z.int(), verdict: verdictSchema, time: z.number() }),
  z.object({ type: z.literal('go'), row: z.int() }),
  z.object({ type: z.literal('undo') }),
  /** the file that is labelled was overwritten with its labels, and is now this */
  z.object({ type: z.literal('overwritten'), sha256: z.string() }),
]);

type Begin = z.infer<typeof beginSchema>;
export type JournalBegin = Readonly<Omit<Begin, 'classes'>> & { readonly classes: readonly string[] };
export type JournalEntry =
  | JournalBegin
  | LabellingAction
  | { readonly type: 'overwritten'; readonly sha256: string };

export interface Journal {
  /** what it held when it was opened */
  readonly entries: readonly JournalEntry[];
  /** On the disk when it returns. @throws OtzyvError `system.*` */
  append(entry: JournalEntry): void;
  /** One in which nothing was written goes again. */
  close(): void;
}

/** @param output the file that the session is to make */
export function journalPath(output: string): string {
  return `${output}.journal`;
}

/** @throws OtzyvError `data.bad-journal` with the line, `system.*` */
export async function openJournal(path: string): Promise<Journal> {
  await makeFolder(dirname(path));
  const { entries, bytes } = readEntries(path);
  const file = orFileError(path, () => {
    const opened = openSync(path, 'a');
    truncateSync(path, bytes);
    return opened;
  });
  return {
    entries,
    append: (entry) =>
      orFileError(path, () => {
        const line = Buffer.from(`${JSON.stringify(entry)}\n`);
        for (let written = 0; written < line.length; ) written += writeSync(file, line, written);
        // where a person merely looked is not worth the disk's time
        if (entry.type !== 'go') syncNow(file);
      }),
    close: () => {
      const isEmpty = fstatSync(file).size === 0;
      closeSync(file);
      if (isEmpty) rmSync(path);
    },
  };
}

/** From one beginning to the next: what a person did about the reviews in that order. */
export interface JournalStretch {
  readonly begin: JournalBegin;
  readonly actions: readonly LabellingAction[];
}

export function stretchesOf(entries: readonly JournalEntry[]): JournalStretch[] {
  const stretches: { begin: JournalBegin; actions: LabellingAction[] }[] = [];
  for (const entry of entries) {
    if (entry.type === 'begin') stretches.push({ begin: entry, actions: [] });
    else if (entry.type !== 'overwritten') stretches.at(-1)?.actions.push(entry);
  }
  return stretches;
}

/** @returns fingerprints of what the labelled file was overwritten with */
export function overwrittenBy(entries: readonly JournalEntry[]): string[] {
  return entries.flatMap((entry) => (entry.type === 'overwritten' ? [entry.sha256] : []));
}

/** @returns what is whole, and how long it is */
function readEntries(path: string): { entries: JournalEntry[]; bytes: number } {
  let content: Buffer;
  try {
    content = readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { entries: [], bytes: 0 };
    throw fileError(error, path);
  }
  const bytes = content.lastIndexOf('\n') + 1;
  const lines = content.toString('utf8', 0, bytes).split('\n').slice(0, -1);
  return { entries: lines.map((line, index) => parseEntry(line, path, index + 1)), bytes };
}

function parseEntry(line: string, path: string, number: number): JournalEntry {
  let fault: string;
  try {
    const parsed = entrySchema.safeParse(JSON.parse(line));
    if (parsed.success) return parsed.data;
    fault = z.prettifyError(parsed.error);
  } catch (error) {
    fault = (error as Error).message;
  }
  throw new OtzyvError(
    'data.bad-journal',
    `${path}, line ${number}: ${fault}`,
    'It was not written by this version of otzyv-tui, or was changed: restore it, or label into another --output.',
  );
}

function orFileError<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw fileError(error, path);
  }
}

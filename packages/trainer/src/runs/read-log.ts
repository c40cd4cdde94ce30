/**
 * A run's log, read from any place on while it is written: whole lines only, a bounded part at a time, and with nothing kept open
 * between two parts. A log is known by its first line, which tells when and with what the run was begun; so one that
 * was overwritten, moved or cut short is noticed, also after this program was started anew.
 */
import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { bytes as inWords } from '@otzyv/core';
import { EVENT_SCHEMA_VERSION } from '../training/events.ts';

/** Where in which log: opaque, and safe to be handed to others and back. */
export type LogPosition = string;

export interface LogPart {
  /** It is not the log that was read before: what was made of that is to be forgotten. */
  readonly isOther: boolean;
  /** Each with the place after it. */
  readonly lines: readonly { readonly text: string; readonly position: LogPosition }[];
  /** where to go on; null where there is no log yet */
  readonly position: LogPosition | null;
  /** Whether there was no more, but perhaps half a line. */
  readonly isAtEnd: boolean;
}

const PART_BYTES = 256 * 1024; // larger ones live longer than the garbage collector takes for short
const LONGEST_LINE_BYTES = 16 * 2 ** 20;
const KNOWN_BY_BYTES = 4096;
const NEWLINE = 10;

/** @param after where the part before it ended; null: from the beginning */
export async function readLogPart(run: string, after: LogPosition | null): Promise<LogPart> {
  const nothing = { isOther: after !== null, lines: [], position: null, isAtEnd: true };
  const file = await open(join(run, 'events.jsonl')).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  if (file === undefined) return nothing;
  try {
    const log = await nameOf(file);
    if (log === undefined) return nothing;
    const known = after === null ? undefined : await placeIn(file, log, after);
    const begin = known ?? 0;
    const { lines, length, isAtEnd } = await readLines(file, begin);
    return {
      isOther: after !== null && known === undefined,
      lines: lines.map(({ text, end }) => ({ text, position: `${log}-${begin + end}` })),
      position: `${log}-${begin + length}`,
      isAtEnd,
    };
  } finally {
    await file.close();
  }
}

async function nameOf(file: FileHandle): Promise<string | undefined> {
  const beginning = await readAt(file, 0, KNOWN_BY_BYTES);
  const end = beginning.indexOf(NEWLINE);
  if (end < 0 && beginning.length < KNOWN_BY_BYTES) return undefined; // half a line
  const line = end < 0 ? beginning : beginning.subarray(0, end);
  return createHash('sha256').update(line).digest('hex').slice(0, 12);
}

/** @returns undefined where it is not a place between two lines of this log */
async function placeIn(file: FileHandle, log: string, position: LogPosition): Promise<number | undefined> {
  const [, name, digits] = /^([0-9a-f]{12})-(\d{1,15})$/.exec(position) ?? [];
  const place = Number(digits);
  if (name !== log) return undefined;
  if (place === 0) return 0;
  return (await readAt(file, place - 1, 1))[0] === NEWLINE ? place : undefined;
}

interface Line {
  readonly text: string;
  /** the place after it */
  readonly end: number;
}

/** @returns whole lines, of `length` bytes together: more than a part only for a line that is longer */
async function readLines(
  file: FileHandle,
  begin: number,
): Promise<{ lines: readonly Line[]; length: number; isAtEnd: boolean }> {
  for (let length = PART_BYTES; length <= LONGEST_LINE_BYTES; length *= 2) {
    const bytes = await readAt(file, begin, length);
    const end = bytes.lastIndexOf(NEWLINE) + 1;
    const isAtEnd = bytes.length < length;
    if (end > 0 || isAtEnd) return { lines: linesOf(bytes.subarray(0, end)), length: end, isAtEnd };
  }
  const length = await lengthOfLine(file, begin);
  if (length === undefined) return { lines: [], length: 0, isAtEnd: true };
  const text = insteadOf(await readAt(file, begin, KNOWN_BY_BYTES));
  return { lines: [{ text, end: length }], length, isAtEnd: false };
}

/** @returns undefined while it is half a line */
async function lengthOfLine(file: FileHandle, begin: number): Promise<number | undefined> {
  for (let length = 0; ; ) {
    const bytes = await readAt(file, begin + length, PART_BYTES);
    const end = bytes.indexOf(NEWLINE) + 1;
    if (end > 0) return length + end;
    if (bytes.length === 0) return undefined;
    length += bytes.length;
  }
}

/** What is read for a line that is too long: that it was left out, as told when it was. Of what is no event, nothing. */
function insteadOf(beginning: Buffer): string {
  const [, time] = /^\{"v":\d+,"time":"([^"]+)"/.exec(beginning.toString()) ?? [];
  if (time === undefined) return '';
  const message = `a line of events.jsonl is longer than ${inWords(LONGEST_LINE_BYTES)}, and was left out`;
  return JSON.stringify({ v: EVENT_SCHEMA_VERSION, time, type: 'warning', message });
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}

function linesOf(bytes: Buffer): Line[] {
  const lines: Line[] = [];
  for (let begin = 0; begin < bytes.length; ) {
    const end = bytes.indexOf(NEWLINE, begin) + 1;
    lines.push({ text: bytes.toString('utf8', begin, end - 1), end });
    begin = end;
  }
  return lines;
}

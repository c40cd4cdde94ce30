/**
 * `control.jsonl` in a run's folder: what the process at work there is asked to do, a command a line. Each bears the token
 * of the lock that it was meant for, so what was asked of a process that died is never done by the next one.
 */
import { closeSync, openSync, readSync, rmSync, statSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { fileError } from '../files.ts';

/** What a run can be asked to do. `stop`: as Ctrl-C. */
export const RUN_COMMANDS = ['pause', 'resume', 'checkpoint', 'stop-after-epoch', 'stop'] as const;

export type RunCommand = (typeof RUN_COMMANDS)[number];

/** A line of the file: what is asked, or why it is not understood. */
export type Heard = { readonly command: RunCommand } | { readonly fault: string };

const lineSchema = z.object({ token: z.string(), command: z.string() });

const MOST_BYTES = 64 * 1024;
const NEWLINE = 10;

function pathIn(run: string): string {
  return join(run, 'control.jsonl');
}

/** One write at the end of the file, so that several who write at once do not mix. */
export async function appendCommand(run: string, token: string, command: RunCommand): Promise<void> {
  const path = pathIn(run);
  try {
    const file = await open(path, 'a+');
    try {
      // who wrote before may have died in the middle of a line
      const before = (await isTorn(file)) ? '\n' : '';
      await file.write(`${before}${JSON.stringify({ token, command })}\n`);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw fileError(error, path);
  }
}

async function isTorn(file: FileHandle): Promise<boolean> {
  const { size } = await file.stat();
  if (size === 0) return false;
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer[0] !== NEWLINE;
}

/** The file, read on by the one that the commands are meant for. */
export interface CommandFile {
  /** @returns what was written since the last look, in its order; half a line comes when it is whole */
  read(): Heard[];
  remove(): void;
}

/** It costs a look at the file's size where nothing was written. A file that cannot be read says nothing: no run fails by it. */
export function openCommandFile(run: string, token: string): CommandFile {
  const path = pathIn(run);
  let place = 0;
  return {
    read: () => {
      try {
        const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
        if (size < place) place = 0; // another file
        if (size === place) return [];
        const bytes = readFrom(path, place, Math.min(size - place, MOST_BYTES));
        const end = bytes.lastIndexOf(NEWLINE) + 1;
        place += end === 0 && bytes.length === MOST_BYTES ? MOST_BYTES : end;
        const lines = bytes.toString('utf8', 0, end).split('\n').slice(0, -1);
        return lines.flatMap((line) => heardIn(line, token));
      } catch {
        return [];
      }
    },
    remove: () => {
      try {
        rmSync(path, { force: true });
      } catch {
        return; // what is left is meant for a lock that is gone
      }
    },
  };
}

function readFrom(path: string, place: number, length: number): Buffer {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(length);
    return bytes.subarray(0, readSync(file, bytes, 0, length, place));
  } finally {
    closeSync(file);
  }
}

function heardIn(line: string, token: string): Heard[] {
  const parsed = lineSchema.safeParse(jsonOf(line));
  if (!parsed.success) return [{ fault: `control.jsonl: "${line.slice(0, 80)}" is no command` }];
  const { token: meantFor, command } = parsed.data;
  if (meantFor !== token) return [];
  const known = RUN_COMMANDS.find((one) => one === command);
  if (known !== undefined) return [{ command: known }];
  return [{ fault: `the command "${command.slice(0, 80)}" is unknown (known: ${RUN_COMMANDS.join(', ')})` }];
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

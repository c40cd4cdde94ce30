/** `events.jsonl`: what happened in a run, an event a line, by as many processes as it took. */
import { appendFileSync, closeSync, existsSync, fsyncSync, openSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError } from '../files.ts';
import { EVENT_SCHEMA_VERSION, type Listener, type LoggedEvent, type RunEvent } from './events.ts';

/** Events after which a run can be told to be so far: they are there after a loss of power, and all before them. */
const LASTING: readonly RunEvent['type'][] = ['checkpoint', 'run.interrupted', 'run.finished'];

/**
 * Writes every event as it happens, and hands it on. Lines are appended synchronously: what a killed process had told
 * is in the file.
 */
export function logEvents(folder: string, listen: Listener): Listener {
  const path = join(folder, 'events.jsonl');
  // a process that was killed, or a full disk, may have left half a line
  let isTorn = existsSync(path) && !/(^|\n)$/.test(readFileSync(path, 'utf8'));
  return (event) => {
    const line = JSON.stringify({ v: EVENT_SCHEMA_VERSION, time: new Date().toISOString(), ...event });
    try {
      appendFileSync(path, isTorn ? `\n${line}\n` : `${line}\n`);
      isTorn = false;
      if (LASTING.includes(event.type)) sync(path);
    } catch (error) {
      isTorn = true;
      throw fileError(error, path);
    }
    listen(event);
  };
}

function sync(path: string): void {
  const file = openSync(path, 'r+');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Lines that a killed process left half-written are left out. */
export async function readEvents(run: string): Promise<LoggedEvent[]> {
  const log = await readFile(join(run, 'events.jsonl'), 'utf8').catch(() => '');
  return log.split('\n').flatMap((line) => {
    try {
      return JSON.parse(line) as LoggedEvent;
    } catch {
      return [];
    }
  });
}

/** @returns how the run in the folder came to its end; undefined where something is left to do */
export async function finishedEvent(run: string): Promise<FinishedEvent | undefined> {
  const last = (await readEvents(run)).at(-1);
  return last?.type === 'run.finished' ? last : undefined;
}

type FinishedEvent = Extract<LoggedEvent, { type: 'run.finished' }>;

/** @returns for how long the processes that were at work on the run until now have been telling of it, in milliseconds */
export async function elapsedBefore(run: string): Promise<number> {
  const events = await readEvents(run);
  return events.reduce((sum, event, i) => {
    const before = events[i - 1];
    const isAnotherProcess = before === undefined || event.type === 'run.resumed';
    return isAnotherProcess ? sum : sum + Math.max(0, Date.parse(event.time) - Date.parse(before.time));
  }, 0);
}

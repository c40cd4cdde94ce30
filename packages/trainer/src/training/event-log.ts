/** `events.jsonl`: what happened in a run, an event a line, by as many processes as it took. */
import { appendFileSync, closeSync, existsSync, fstatSync, fsyncSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { fileError } from '../files.ts';
import { INITIAL_RUN_STATE, parseEvent, type RunState, reduceRun } from '../run-state/index.ts';
import { type LogPosition, readLogPart } from '../runs/read-log.ts';
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
  let isTorn = endsInHalfALine(path);
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

function endsInHalfALine(path: string): boolean {
  if (!existsSync(path)) return false;
  const last = Buffer.alloc(1);
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    return size > 0 && readSync(file, last, 0, 1, size - 1) === 1 && last.toString() !== '\n';
  } finally {
    closeSync(file);
  }
}

function sync(path: string): void {
  const file = openSync(path, 'r+');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Event by event, of a log of any length; lines that a killed process left half-written are left out. */
export async function* readEvents(run: string): AsyncGenerator<LoggedEvent, void> {
  let after: LogPosition | null = null;
  for (;;) {
    const { lines, position, isAtEnd } = await readLogPart(run, after);
    for (const { text } of lines) {
      const event = parseEvent(text);
      if (event !== undefined) yield event;
    }
    if (isAtEnd || position === after) return;
    after = position;
  }
}

/** @returns where the run stands, by its log */
export async function readRunState(run: string): Promise<RunState> {
  let state = INITIAL_RUN_STATE;
  for await (const event of readEvents(run)) state = reduceRun(state, event);
  return state;
}

/** @returns how the run in the folder came to its end; undefined where something is left to do, as in one that was stopped */
export async function finishedEvent(run: string): Promise<FinishedEvent | undefined> {
  let last: LoggedEvent | undefined;
  for await (const event of readEvents(run)) last = event;
  return last?.type === 'run.finished' && last.status !== 'stopped' ? last : undefined;
}

type FinishedEvent = Extract<LoggedEvent, { type: 'run.finished' }>;

/**
 * @returns for how long the processes that were at work on the run until now have been telling of it, without their pauses,
 * in milliseconds
 */
export async function elapsedBefore(run: string): Promise<number> {
  return (await readRunState(run)).elapsedMs;
}

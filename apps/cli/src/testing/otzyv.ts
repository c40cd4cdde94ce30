/** The real binary, run in a temporary folder of each test file. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'csv-parse/sync';
import { afterAll } from 'vitest';

const BIN = fileURLToPath(new URL('../../bin/otzyv.js', import.meta.url));
const REVIEWS = fileURLToPath(new URL('../../../../test-fixtures/reviews/', import.meta.url));

/** The reviews that come with the repository: labelled, unlabelled, and the unlabelled ones with their labels. */
export const [TRAIN, TEST, LABELLED] = ['train.csv', 'test.csv', 'test-labelled.csv'].map((name) =>
  join(REVIEWS, name),
) as [string, string, string];

const folder = mkdtempSync(join(tmpdir(), 'otzyv-cli-'));
afterAll(() => rm(folder, { recursive: true }));

/** A path in the folder that commands run in. */
export const at = (...parts: string[]) => join(folder, ...parts);
export const json = (path: string) => JSON.parse(readFileSync(path, 'utf8'));
export const rowsOf = (path: string) =>
  parse(readFileSync(path), { columns: true, bom: true }) as Record<string, string>[];

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
  /** What it has said on stderr so far. */
  heard(): string;
}

export const start = (...args: string[]) => startWith({}, ...args);

/** @param env beside the test's own @param cwd within the folder of the test file */
export function startWith(
  { env = {}, cwd = '.' }: { env?: Readonly<Record<string, string>>; cwd?: string },
  ...args: string[]
): Started {
  const child = spawn(process.execPath, [BIN, ...args], {
    cwd: at(cwd),
    env: { ...process.env, NO_COLOR: '1', ...env },
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  return { process: child, ended, heard: () => stderr };
}

export const otzyv = (...args: string[]) => start(...args).ended;

/** Whether a run has made its first step. */
export function hasStepped(run: string): boolean {
  const log = at(run, 'events.jsonl');
  return existsSync(log) && readFileSync(log, 'utf8').includes('"type":"step"');
}

export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** A training in a process of its own, by the real command line: a tiny BERT that makes many steps a second. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const REVIEWS = here('../../../../test-fixtures/reviews/train.csv');
const MODEL = here('../../../../test-fixtures/goldens/folder');

export const OTZYV = here('../../../cli/bin/otzyv.js');
export const OTZYV_TUI = here('../../bin/otzyv-tui.js');

/** @returns a folder with a few labelled reviews in `small.csv` */
export function workFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'otzyv-tui-test-'));
  const rows = readFileSync(REVIEWS, 'utf8')
    .split('\n')
    .filter((line) => /^"[^"]*",[^",]+$/.test(line));
  writeFileSync(join(folder, 'small.csv'), ['text,label', ...rows.slice(0, 80), ''].join('\n'));
  return folder;
}

/** The arguments of a training that goes on until it is stopped. */
export function trainArguments(output: string): string[] {
  const model = [
    '--model',
    MODEL,
    '--max-length',
    '32',
    '--lr',
    '0.001',
    '--epochs',
    '5000',
    '--threads',
    '1',
  ];
  return ['train', '--train', 'small.csv', ...model, '--output', output];
}

export interface Training {
  readonly process: ChildProcess;
  readonly ended: Promise<unknown>;
}

export function startTraining(cwd: string, output: string): Training {
  const child = spawn(process.execPath, [OTZYV, ...trainArguments(output)], { cwd, stdio: 'ignore' });
  return { process: child, ended: once(child, 'close') };
}

/** What a run has told so far. */
export function eventsIn(run: string): string {
  const log = join(run, 'events.jsonl');
  return existsSync(log) ? readFileSync(log, 'utf8') : '';
}

export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(50);
}

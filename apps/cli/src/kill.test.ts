/**
 * Runs that are killed at random moments and at chosen operations on the file system, by the real binary: gone on with
 * as the program says, they end as one that was never stopped, byte for byte, and leave nothing else behind.
 *
 * A few kills each time; many with OTZYV_KILL_ROUNDS=50 (and a seed in OTZYV_KILL_SEED), every operation of every
 * journey with OTZYV_KILL_EVERY=1.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { createRandom } from '@otzyv/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { at, type Ended, json, otzyv, removeFolder, startWith, TRAIN } from './testing/otzyv.ts';

const MODEL = fileURLToPath(new URL('../../../test-fixtures/goldens/folder', import.meta.url));
const DIE_AT_OPERATION = fileURLToPath(new URL('testing/die-at-operation.js', import.meta.url));

const rounds = Number(process.env['OTZYV_KILL_ROUNDS'] ?? 1);
const seed = Number(process.env['OTZYV_KILL_SEED'] ?? Date.now() % 1_000_000);
const isExhaustive = process.env['OTZYV_KILL_EVERY'] !== undefined;
const LONG = 10 * 60_000 * (isExhaustive ? 12 : Math.max(1, rounds / 10));
const random = createRandom(seed, 'kills');

afterAll(removeFolder);

beforeAll(async () => {
  const rows = readFileSync(TRAIN, 'utf8')
    .split('\n')
    .filter((line) => /^"[^"]*",[^",]+$/.test(line));
  await writeFile(at('small.csv'), ['text,label', ...rows.slice(0, 80), ''].join('\n'));
  await writeFile(at('test.csv'), ['text,label', ...rows.slice(80, 90), ''].join('\n'));
});

const bert = ['--model', MODEL, '--max-length', '32', '--epochs', '2', '--lr', '0.01', '--save-steps', '3'];
const JOURNEYS = {
  'bert, refitted': ['train', '--train', 'small.csv', ...bert, '--refit'],
  'linear, refitted': ['train', '--train', 'small.csv', '--refit'],
  'the whole job': ['run', '--train', 'small.csv', '--test', 'test.csv', ...bert],
} as const satisfies Record<string, readonly string[]>;
type Journey = keyof typeof JOURNEYS;

describe.each(Object.keys(JOURNEYS) as Journey[])('%s', (journey) => {
  const begin = (run: string) => [...JOURNEYS[journey], '--output', run];
  const whole = `whole ${journey}`;
  let operations: number;
  let durationMs: number;
  beforeAll(async () => {
    const started = performance.now();
    const { code, stderr } = await startWith(dying(0), ...begin(whole)).ended;
    expect(code, stderr).toBe(0);
    durationMs = performance.now() - started;
    operations = Number(/(\d+) operations\n$/.exec(stderr)?.[1]);
    expect(operations).toBeGreaterThan(20);
  });

  test(
    'killed at random moments',
    async () => {
      for (let round = 0; round < rounds; round++) {
        const run = `random ${journey} ${round}`;
        const kills: number[] = [];
        for (let args = begin(run), left = 1 + random.integer(3); ; left--) {
          const { process: child, ended } = startWith({}, ...args);
          const moment = random.integer(Math.ceil(durationMs));
          if (left > 0) {
            await Promise.race([sleep(moment), ended]);
            child.kill('SIGKILL');
            kills.push(moment);
          }
          const end = await ended;
          if (end.code !== null) {
            await expectSame(run, whole, end, `seed ${seed}, round ${round}, killed after ${kills} ms`);
            break;
          }
          args = goOn(journey, run, begin(run));
        }
      }
    },
    LONG,
  );

  test(
    'killed at an operation on the file system',
    async () => {
      if (isExhaustive) console.log(`${journey}: ${operations} operations`);
      const every = Array.from({ length: operations }, (_, i) => i + 1);
      const chosen = isExhaustive
        ? every
        : Array.from({ length: rounds }, () => 1 + random.integer(operations));
      for (const operation of chosen) {
        const run = `operation ${journey} ${operation}`;
        const dead = await startWith(dying(operation), ...begin(run)).ended;
        if (dead.code !== null) continue; // the log of a slower run has other lines
        const end = await otzyv(...goOn(journey, run, begin(run)));
        await expectSame(run, whole, end, dead.stderr.trimEnd().split('\n').at(-1) as string);
      }
    },
    LONG,
  );
});

function dying(operation: number) {
  const preload = `--import=${pathToFileURL(DIE_AT_OPERATION).href}`;
  return { env: { DIE_AT: String(operation), NODE_OPTIONS: preload } };
}

/** What a user types next: a run that had not begun is begun again. */
function goOn(journey: Journey, run: string, begin: string[]): string[] {
  if (journey === 'the whole job') return [...begin, '--resume'];
  return existsSync(at(run, 'run.json')) ? ['train', '--resume', run] : begin;
}

async function expectSame(run: string, whole: string, end: Ended, when: string): Promise<void> {
  if (end.code === 2 && end.stderr.includes('run.finished')) end = { ...end, code: 0 };
  expect(end.code, `${when}\n${end.stderr}`).toBe(0);
  const files = (folder: string) =>
    readdirSync(at(folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(at(folder).length + 1))
      .sort();
  expect(files(run), when).toEqual(files(whole));
  for (const file of files(whole))
    expect(content(run, file), `${file}, ${when}`).toEqual(content(whole, file));
  await rm(at(run), { recursive: true });
}

/** What has to be the same; not how long it took, or when. */
function content(run: string, file: string): unknown {
  if (['events.jsonl', 'report.html', 'run.json', 'train_results.json'].includes(file)) return undefined;
  if (file === 'eval_results.json') {
    const { eval_runtime: _, eval_samples_per_second: __, ...results } = json(at(run, file));
    return results;
  }
  if (file.endsWith('otzyv.json')) return { ...json(at(run, file)), createdAt: '' };
  return readFileSync(at(run, file)).toString('base64');
}

/**
 * Work that is killed at random moments and at chosen operations on the file system, by the real binary: gone on with as
 * the program says, it ends as work that was never stopped, byte for byte, and leaves nothing else behind.
 *
 * A kill or two of each kind in an ordinary run of the tests; OTZYV_KILLS=50 does it fifty times in a row (from a seed,
 * OTZYV_KILL_SEED), OTZYV_KILL_EVERY=1 at every operation there is.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { createRandom } from '@otzyv/core';
import { beforeAll, describe, expect, test } from 'vitest';
import { at, type Ended, otzyv, startWith, TEST, TRAIN } from './testing/otzyv.ts';

const MODEL = fileURLToPath(new URL('../../../test-fixtures/goldens/folder', import.meta.url));
const DIE_AT_OPERATION = fileURLToPath(new URL('testing/die-at-operation.js', import.meta.url));

const rounds = Number(process.env['OTZYV_KILLS'] ?? 1);
const isMany = rounds > 1;
const seed = Number(process.env['OTZYV_KILL_SEED'] ?? Date.now() % 1_000_000);
const isExhaustive = process.env['OTZYV_KILL_EVERY'] !== undefined;
const LONG = 10 * 60_000 * (isExhaustive ? 12 : Math.max(1, rounds / 5));
const random = createRandom(seed, 'kills');

beforeAll(async () => {
  const rows = readFileSync(TRAIN, 'utf8')
    .split('\n')
    .filter((line) => /^"[^"]*",[^",]+$/.test(line));
  await writeFile(at('small.csv'), ['text,label', ...rows.slice(0, 80), ''].join('\n'));
  await writeFile(at('test.csv'), ['text,label', ...rows.slice(80, 90), ''].join('\n'));
  await writeFile(at('space.yaml'), 'learning_rate: [0.01, 0.02]\n');
  const { code, stderr } = await otzyv(...begin('train'), ...bert, '--output', 'labelled');
  expect(code, stderr).toBe(0);
}, LONG);

const begin = (command: string) => [command, '--train', 'small.csv'];
const bert = ['--model', MODEL, '--max-length', '32', '--epochs', '2', '--lr', '0.01', '--save-steps', '3'];
const again = (args: string[]) => [...args, '--resume'];
/** A run that had not begun is begun again. */
const goOnWithRun = (args: string[], run: string) =>
  existsSync(at(run, 'run.json')) ? ['train', '--resume', run] : args;

interface Journey {
  readonly args: readonly string[];
  /** What a user types next. */
  readonly goOn: (args: string[], run: string) => string[];
}

const JOURNEYS: Record<string, Journey> = {
  'bert, refitted': { args: [...begin('train'), ...bert, '--refit'], goOn: goOnWithRun },
  'linear, refitted': { args: [...begin('train'), '--refit'], goOn: goOnWithRun },
  'the whole job': {
    args: [...begin('run'), '--test', 'test.csv', '--model', 'linear'],
    goOn: again,
  },
  'a cross-validation': {
    args: [...begin('crossval'), '--folds', '2', '--jobs', '2', ...bert],
    goOn: again,
  },
  'a self-training': {
    args: ['pseudo-label', '--run', 'labelled', '--input', TEST, '--min-confidence', '0', '--rounds', '2'],
    goOn: (args, run) =>
      existsSync(at(run, 'pseudo-label.json')) ? ['pseudo-label', '--resume', run] : args,
  },
  'a search': {
    args: [...begin('tune'), '--space', 'space.yaml', '--trials', '2', '--min-epochs', '2', ...bert].filter(
      (arg) => arg !== '--lr' && arg !== '0.01',
    ),
    goOn: again,
  },
};

describe.each(Object.entries(JOURNEYS))('%s', (journey, { args, goOn }) => {
  const beginIn = (run: string) => [...args, '--output', run];
  const whole = `whole ${journey}`;
  let operations: number;
  let durationMs: number;
  beforeAll(async () => {
    const started = performance.now();
    const { code, stderr } = await startWith(dying(0), ...beginIn(whole)).ended;
    expect(code, stderr).toBe(0);
    durationMs = performance.now() - started;
    operations = Number(/(\d+) operations\n$/.exec(stderr)?.[1]);
    expect(operations).toBeGreaterThan(20);
  }, LONG);

  test(
    'killed at random moments',
    async () => {
      let all = 0;
      for (let round = 0; round < rounds; round++) {
        const run = `random ${journey} ${round}`;
        const kills: number[] = [];
        let typed = beginIn(run);
        for (let left = isMany ? 1 + random.integer(3) : 1; ; left--) {
          const { process: child, ended } = startWith({}, ...typed);
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
          all++;
          typed = goOn(beginIn(run), run);
        }
      }
      if (isMany) tell(`${journey}: ${rounds} times killed at random moments, ${all} kills`);
    },
    LONG,
  );

  test(
    'killed at an operation on the file system',
    async () => {
      const every = Array.from({ length: operations }, (_, i) => i + 1);
      const chosen = isExhaustive
        ? every
        : Array.from({ length: rounds }, () => 1 + random.integer(operations));
      let all = 0;
      for (const operation of chosen) {
        const run = `operation ${journey} ${operation}`;
        // with a cross-validation, also the processes of its folds die there
        const dead = await startWith(dying(operation), ...beginIn(run)).ended;
        const when = /died at operation .*/.exec(dead.stderr)?.[0] ?? `operation ${operation}`;
        const end = dead.code === 0 ? dead : await otzyv(...goOn(beginIn(run), run));
        await expectSame(run, whole, end, when);
        if (dead.code !== 0) all++;
      }
      if (isMany || isExhaustive) tell(`${journey}: killed at ${all} of ${operations} operations`);
    },
    LONG,
  );
});

function tell(what: string): void {
  process.stderr.write(`${what}; each ended as if unbroken (seed ${seed})\n`);
}

function dying(operation: number) {
  const preload = `--import=${pathToFileURL(DIE_AT_OPERATION).href}`;
  return { env: { DIE_AT: String(operation), NODE_OPTIONS: preload } };
}

async function expectSame(run: string, whole: string, end: Ended, when: string): Promise<void> {
  const code = end.code === 2 && end.stderr.includes('run.finished') ? 0 : end.code;
  expect(code, `${when}\n${end.stderr}`).toBe(0);
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

/** When it was, how long it took, and where, with what was done for as long as there was time: all else has to be the same. */
const OTHER =
  /(^|\/)(events\.jsonl|report\.html|(run|crossval|tune|pseudo-label)\.json|train_results\.json|(examples|answer_times)\.json)$/;
const TIMES = ['createdAt', 'elapsedMs', 'eval_runtime', 'eval_samples_per_second'];

function content(run: string, file: string): unknown {
  if (OTHER.test(file)) return undefined;
  const bytes = readFileSync(at(run, file));
  return file.endsWith('.json')
    ? JSON.parse(bytes.toString().replaceAll(run, 'RUN'), (name, value) =>
        TIMES.includes(name) ? undefined : value,
      )
    : bytes.toString('base64');
}

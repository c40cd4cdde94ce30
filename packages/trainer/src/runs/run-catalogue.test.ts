import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ImaginedRun, logOf } from '../testing/run-logs.ts';
import type { LoggedEvent } from '../training/events.ts';
import { withRunLock } from '../training/run-lock.ts';
import { followRun, type RunChange } from './follow-run.ts';
import { openRunCatalogue } from './run-catalogue.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'otzyv-runs-'));
});
afterEach(() => rm(folder, { recursive: true }));

const at = (...parts: string[]) => join(folder, ...parts);
const imagined = (changes: Partial<ImaginedRun> = {}): LoggedEvent[] =>
  logOf({ epochs: 2, stepsPerEpoch: 3, losses: [1], scores: [0.5, 0.6], kills: [], end: 'none', ...changes });
const linesOf = (events: readonly LoggedEvent[]) =>
  events.map((event) => `${JSON.stringify(event)}\n`).join('');
const makeRun = (name: string, events: readonly LoggedEvent[] = imagined({ end: 'run.finished' })) => {
  mkdirSync(at(name), { recursive: true });
  writeFileSync(at(name, 'run.json'), '{}');
  writeFileSync(at(name, 'events.jsonl'), linesOf(events));
};
const tell = (name: string, events: readonly LoggedEvent[]) =>
  appendFileSync(at(name, 'events.jsonl'), linesOf(events));

describe('the runs of a folder', () => {
  test('are found below it too, but not in themselves, in hidden folders or behind links', async () => {
    for (const name of ['one', 'cv/fold-1', 'cv/fold-10', 'cv/fold-2', 'tune/trials/001']) makeRun(name);
    for (const name of ['one/best', 'one/.previous', '.hidden', 'a/b/c/d/e']) makeRun(name);
    symlinkSync(at('one'), at('link'));
    const ids = (await openRunCatalogue(folder).list()).map(({ id }) => id);
    expect(ids).toEqual(['cv:fold-1', 'cv:fold-2', 'cv:fold-10', 'one', 'tune:trials:001']);
    expect(await openRunCatalogue(at('one')).list()).toMatchObject([{ id: 'one' }]);
    expect(await openRunCatalogue(at('nowhere')).list()).toEqual([]);
  });

  test('are known by their ids only', async () => {
    makeRun('runs/one');
    const { find, read } = openRunCatalogue(at('runs'));
    expect(await find('one')).toMatchObject({ id: 'one', status: 'finished' });
    for (const id of ['../runs/one', 'runs:one', at('runs/one'), './one', 'one/', '..', '', 'one\0'])
      expect([await find(id), await read(id)], id).toEqual([undefined, undefined]);
  });

  test('come with those first that go on, then with the latest', async () => {
    makeRun('finished');
    makeRun('killed', imagined({ kills: [2] }));
    makeRun('live');
    writeFileSync(at('live/events.jsonl'), linesOf(imagined().slice(0, 5)));
    const catalogue = openRunCatalogue(folder);
    const statuses = async () => (await catalogue.list()).map(({ id, status }) => `${id} ${status}`);
    await withRunLock(at('live'), async () => {
      expect(await statuses()).toEqual(['live running', 'killed killed', 'finished finished']);
    });
    expect(await statuses()).toEqual(['killed killed', 'finished finished', 'live killed']);
  });

  test('are looked at again for what is new, anew where they were overwritten, and go when they are gone', async () => {
    const events = imagined({ end: 'run.finished' });
    makeRun('one', events.slice(0, 6));
    const { list, read } = openRunCatalogue(folder);
    const stateOf = async () => (await list())[0]?.state;
    expect(await stateOf()).toMatchObject({ step: 2 });
    tell('one', events.slice(6));
    expect(await stateOf()).toMatchObject({ step: 6, end: { status: 'completed' } });
    expect((await read('one'))?.state.curve.points).toHaveLength(6);
    makeRun(
      'one',
      imagined({ epochs: 1 }).map((event) => ({ ...event, time: '2027-01-01T00:00:00.000Z' })),
    );
    expect(await stateOf()).toMatchObject({ step: 3, end: null });
    rmSync(at('one'), { recursive: true });
    expect(await list()).toEqual([]);
  });
});

describe('a run that is followed', () => {
  const quick = { pollMs: 5, processMs: 5, quietMs: 40 };
  /** What it tells, until enough. */
  const follow = async (
    isEnough: (changes: readonly RunChange[]) => boolean | Promise<boolean>,
    after: string | null = null,
  ) => {
    const ending = new AbortController();
    const changes: RunChange[] = [];
    for await (const some of followRun(at('one'), { ...quick, after, signal: ending.signal })) {
      changes.push(...some);
      if (await isEnough(changes)) ending.abort();
    }
    return changes;
  };
  const eventsIn = (changes: readonly RunChange[]) =>
    changes.flatMap((change) => (change.kind === 'event' ? [change.event] : []));

  test('tells all its events, half a line only when it is whole, and ends when the run is finished', async () => {
    const events = imagined({ end: 'run.finished' });
    makeRun('one', events.slice(0, 5));
    const [next = '', ...others] = events.slice(5).map((event) => `${JSON.stringify(event)}\n`);
    appendFileSync(at('one/events.jsonl'), next.slice(0, 20));
    let isTold = false;
    const changes = await follow(async (so) => {
      if (so.at(-1)?.kind === 'quiet' && !isTold) {
        expect(eventsIn(so)).toEqual(events.slice(0, 5));
        isTold = true;
        appendFileSync(at('one/events.jsonl'), next.slice(20) + others.join(''));
      }
      return false;
    });
    expect(eventsIn(changes)).toEqual(events);
    const tenth = changes.filter(({ kind }) => kind === 'event')[9] as Extract<RunChange, { kind: 'event' }>;
    expect(eventsIn(await follow(() => false, tenth.position))).toEqual(events.slice(10));
  });

  test('says when it was overwritten, and tells the new one from its beginning', async () => {
    const fresh = imagined({ epochs: 1 }).map((event) => ({ ...event, time: '2027-01-01T00:00:00.000Z' }));
    makeRun('one', imagined());
    const changes = await follow((so) => {
      const isReset = so.some(({ kind }) => kind === 'reset');
      if (!isReset && so.at(-1)?.kind === 'quiet') makeRun('one', fresh);
      return isReset && so.at(-1)?.kind === 'quiet';
    });
    const reset = changes.findIndex(({ kind }) => kind === 'reset');
    expect(eventsIn(changes.slice(reset))).toEqual(fresh);
  });

  test('says when its process is killed', async () => {
    makeRun('one', imagined());
    const lock = new URL('../../dist/training/run-lock.js', import.meta.url);
    const script = `const { withRunLock } = await import(process.argv[1]);
      await withRunLock(process.argv[2], () => { console.log('locked'); return new Promise(() => setInterval(() => {}, 1000)); });`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script, lock.href, at('one')]);
    await once(child.stdout, 'data');
    const changes = await follow((so) => {
      if (so.some(({ kind }) => kind === 'process')) child.kill('SIGKILL');
      return so.filter(({ kind }) => kind === 'process').length === 2;
    });
    expect(changes.filter(({ kind }) => kind === 'process')).toEqual([
      { kind: 'process', runningSince: expect.stringMatching(/^\d{4}-/) },
      { kind: 'process', runningSince: null },
    ]);
    expect(await openRunCatalogue(folder).find('one')).toMatchObject({ status: 'killed' });
  });
});

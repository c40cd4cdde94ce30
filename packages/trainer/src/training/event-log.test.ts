import {
  appendFileSync,
  closeSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { elapsedBefore, finishedEvent, logEvents, readEvents } from './event-log.ts';
import type { LoggedEvent } from './events.ts';

let run: string;
beforeEach(async () => {
  run = await mkdtemp(join(tmpdir(), 'otzyv-events-'));
});
afterEach(() => rm(run, { recursive: true }));

const log = () => join(run, 'events.jsonl');
const write = (...lines: string[]) => writeFileSync(log(), lines.join('\n'));
const at = (second: number, type: string, more: object = {}) =>
  JSON.stringify({ v: 1, time: new Date(second * 1000).toISOString(), type, ...more });
async function told() {
  const events: LoggedEvent[] = [];
  for await (const event of readEvents(run)) events.push(event);
  return events;
}
const silent = () => undefined;

test('the time of a run is that of all its processes, without the time between them', async () => {
  write(
    ...[at(0, 'warning'), at(5, 'step'), at(7, 'step')],
    '{"v":1,"time":"19',
    ...[at(1000, 'run.resumed'), at(1001, 'step'), at(1003, 'run.interrupted', { elapsedMs: 10_000 })],
    ...[at(5000, 'run.resumed'), ''],
  );
  expect(await elapsedBefore(run)).toBe(10_000);
});

test('a pause is no time of a run, also one that was killed in it', async () => {
  write(
    ...[at(0, 'warning'), at(5, 'step'), at(6, 'run.paused'), at(60, 'checkpoint'), at(99, 'run.unpaused')],
    ...[at(100, 'step'), at(101, 'run.paused'), at(500, 'run.resumed'), at(502, 'step'), ''],
  );
  expect(await elapsedBefore(run)).toBe((6 + 2 + 2) * 1000);
});

test('a run that was stopped after an epoch has something left to do', async () => {
  write(at(0, 'run.started'), at(9, 'run.finished', { status: 'early-stopped' }), '');
  expect(await finishedEvent(run)).toMatchObject({ status: 'early-stopped' });
  write(at(0, 'run.started'), at(9, 'run.finished', { status: 'stopped' }), '');
  expect(await finishedEvent(run)).toBeUndefined();
});

test('a run has come to its end where that is the last it told, in full', async () => {
  write(at(0, 'run.started'), at(9, 'run.finished'), '');
  expect(await finishedEvent(run)).toMatchObject({ type: 'run.finished' });
  write(at(0, 'run.started'), at(9, 'run.finished').slice(0, -3));
  expect(await finishedEvent(run)).toBeUndefined();
  write(at(9, 'run.finished'), at(10, 'run.resumed'), '');
  expect(await finishedEvent(run)).toBeUndefined();
});

test('after half a line, of a process that was killed, the next event has a line of its own', async () => {
  write(at(0, 'run.started'), '{"v":1,"ti');
  logEvents(run, silent)({ type: 'warning', message: 'careful' });
  expect((await told()).map(({ type }) => type)).toEqual(['run.started', 'warning']);
});

test('a log that is longer than any string is read, and written on', async () => {
  write(at(0, 'run.started'), '');
  const file = openSync(log(), 'r+');
  for (let end = 2 ** 23; end <= 2 ** 29; end += 2 ** 23) writeSync(file, '\n', end); // the rest of it takes no room
  closeSync(file);
  appendFileSync(log(), `${at(5, 'warning')}\n`);
  logEvents(run, silent)({ type: 'run.failed', code: 'x', message: 'y' });
  expect((await told()).map(({ type }) => type)).toEqual(['run.started', 'warning', 'run.failed']);
});

test.skipIf(process.platform !== 'linux')(
  'a disk that is full is told of; with space again, it goes on',
  async () => {
    const tell = logEvents(run, silent);
    tell({ type: 'warning', message: 'first' });
    const before = readFileSync(log(), 'utf8');
    rmSync(log());
    symlinkSync('/dev/full', log());
    expect(() => tell({ type: 'warning', message: 'lost' })).toThrow(
      /events.jsonl: no space left on the device/,
    );
    rmSync(log());
    writeFileSync(log(), before);
    appendFileSync(log(), '{"v":1,"ti'); // as much of it as there was space for
    tell({ type: 'warning', message: 'second' });
    expect(await told()).toMatchObject([{ message: 'first' }, { message: 'second' }]);
  },
);

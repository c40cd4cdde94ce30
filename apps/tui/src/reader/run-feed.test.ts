/** Runs that are followed: from files as they are written, and over HTTP. */

import { once } from 'node:events';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { INITIAL_RUN_STATE, reduceEvents } from '@otzyv/trainer/run-state';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { eventsOf, FINISHED } from '../testing/runs.ts';
import { apiRuns } from './api-runs.ts';
import { fileRuns } from './file-runs.ts';
import { followFeed, type RunFeed, type WatchedRun } from './run-feed.ts';
import type { RunSource } from './run-source.ts';

const folder = mkdtempSync(join(tmpdir(), 'otzyv-feed-'));
afterAll(() => rmSync(folder, { recursive: true }));

let ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends) end();
  ends = [];
});

/** Listens, and counts how often it was told of something. */
function listen(source: RunSource, id: string) {
  const feed: RunFeed = followFeed(source, id);
  let told = 0;
  ends.push(
    feed.subscribe(() => {
      told++;
    }),
  );
  const until = async (isSo: (run: WatchedRun) => boolean) => {
    while (!isSo(feed.current())) await new Promise((resolve) => setTimeout(resolve, 5));
    return feed.current();
  };
  return { until, told: () => told };
}

const lines = (events: readonly object[]) => events.map((event) => `${JSON.stringify(event)}\n`).join('');

function makeRun(name: string, log: string): string {
  const run = join(folder, name);
  mkdirSync(run, { recursive: true });
  writeFileSync(join(run, 'run.json'), '{}');
  writeFileSync(join(run, 'events.jsonl'), log);
  return run;
}

describe('a run in a folder', () => {
  const all = eventsOf();

  test('has the state that the shared reducer gives, and grows with its log', async () => {
    const run = makeRun('grows', lines(all.slice(0, 20)));
    const { until } = listen(fileRuns([run]), 'grows');
    expect((await until(({ isRead }) => isRead)).state).toEqual(reduceEvents(all.slice(0, 20)));
    // half a line is none
    const [next = '', ...rest] = lines(all.slice(20)).split(/(?<=\n)/);
    appendFileSync(join(run, 'events.jsonl'), next.slice(0, 30));
    appendFileSync(join(run, 'events.jsonl'), next.slice(30) + rest.join(''));
    expect((await until(({ state }) => state.step === 30)).state).toEqual(reduceEvents(all));
  });

  test('a log that is overwritten or cut short counts anew', async () => {
    const run = makeRun('replaced', lines(all));
    const { until } = listen(fileRuns([run]), 'replaced');
    await until(({ state }) => state.step === 30);
    const other = eventsOf({ epochs: 1, learningRate: 1e-2 });
    writeFileSync(join(run, 'events.jsonl'), lines(other));
    expect((await until(({ state }) => state.step === 10)).state).toEqual(reduceEvents(other));
    truncateSync(join(run, 'events.jsonl'), 0);
    await until(({ state }) => state.step === 0);
  });

  test('a long log is told of once, when it is read', async () => {
    const long = eventsOf({ epochs: 200, stepsPerEpoch: 100 });
    const begun = performance.now();
    const { until, told } = listen(fileRuns([makeRun('long', lines(long))]), 'long');
    const { state } = await until(({ isRead }) => isRead);
    expect(state.step).toBe(20_000);
    expect(state.curve.points.length).toBeLessThanOrEqual(512);
    expect(state.log.length).toBeLessThanOrEqual(200);
    // while it is read, once a second at most
    expect(told()).toBeLessThanOrEqual(1 + (performance.now() - begun) / 1000);
  });

  test('one whose process is gone without a word was killed', async () => {
    const run = makeRun('killed', lines(all));
    const { until } = listen(fileRuns([run]), 'killed');
    expect((await until(({ isRead }) => isRead)).status).toBe('killed');
    const [listed] = await fileRuns([run]).list();
    expect(listed).toMatchObject({ id: 'killed', status: 'killed', step: 30, best: 0.81 });
  });

  test('a command to one that nobody works on is refused', async () => {
    const source = fileRuns([makeRun('idle', lines(all))]);
    await expect(source.send('idle', 'pause')).rejects.toMatchObject({ code: 'run.not-running' });
    await expect(source.send('nowhere', 'pause')).rejects.toMatchObject({ code: 'run.unknown' });
  });

  test('runs of several folders have the folder in their names, and are gone on with where they lie', async () => {
    const [one, other] = [makeRun('a/same', lines(all)), makeRun('b/same', lines(all))];
    const source = fileRuns([one, other]);
    expect((await source.list()).map(({ id }) => id).sort()).toEqual([one, other]);
    expect(source.resumeCommand(one, reduceEvents(all))).toBe(`npx otzyv train --resume ${one}`);
  });

  test('what is typed to go on is quoted where a shell would take it apart', async () => {
    const run = makeRun("it's mine", lines(all));
    const source = fileRuns([run]);
    await source.list();
    expect(source.resumeCommand("it's mine", INITIAL_RUN_STATE)).toBe(
      `npx otzyv train --resume '${run.replace("'", "'\\''")}'`,
    );
  });
});

/** As otzyv-api answers, but with a connection that breaks after every few events. */
async function flakyApi(events: readonly object[], { perConnection = 7, apiKey = 'secret' } = {}) {
  const asked: string[] = [];
  const known = 5;
  const answer = (response: ServerResponse, status: number, body: unknown) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  };
  const handle = (request: IncomingMessage, response: ServerResponse) => {
    asked.push(`${request.method} ${request.url} ${request.headers['last-event-id'] ?? ''}`.trim());
    if (request.headers.authorization !== `Bearer ${apiKey}`)
      return answer(response, 401, { code: 'request.unauthorized', detail: 'a key is needed' });
    if (request.url === '/v1/runs') return answer(response, 200, { object: 'list', data: [] });
    if (request.url === '/v1/runs/a%3Ab') {
      const state = reduceEvents(events.slice(0, known) as never);
      return answer(response, 200, {
        running_since: '2026-01-01T00:00:00Z',
        last_event_id: `log-${known}`,
        state,
      });
    }
    if (request.url === '/v1/runs/a%3Ab/commands')
      return answer(response, 409, {
        code: 'run.not-running',
        detail: 'nobody is at work',
        hint: 'go on with it',
      });
    if (request.url !== '/v1/runs/a%3Ab/events')
      return answer(response, 404, { code: 'run.unknown', detail: 'there is no such run', hint: 'look' });
    const after = Number((request.headers['last-event-id'] as string).replace('log-', ''));
    if (after === events.length) {
      response.writeHead(204);
      return response.end();
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const part = events.slice(after, after + perConnection);
    for (const [i, event] of part.entries())
      response.write(`id: log-${after + i + 1}\ndata: ${JSON.stringify(event)}\n\n`);
    response.write(': still here\n\nda'); // and breaks in the middle of the next
    setTimeout(() => response.destroy(), 10);
  };
  const server = createServer(handle).listen(0, '127.0.0.1');
  await once(server, 'listening');
  ends.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, asked };
}

describe('a run of another machine', () => {
  const all = eventsOf({ last: [FINISHED] });

  test('comes whole over a connection that breaks: nothing is missed, nothing twice', async () => {
    const { url, asked } = await flakyApi(all);
    const source = apiRuns(url, { apiKey: 'secret', waitMs: 1, longestWaitMs: 5 });
    const { until } = listen(source, 'a:b');
    const run = await until(({ status }) => status === 'finished');
    expect(run.state).toEqual(reduceEvents(all));
    const streams = asked.filter((line) => line.includes('/events'));
    expect(streams.slice(0, 3)).toEqual(['5', '12', '19'].map((at) => `GET /v1/runs/a%3Ab/events log-${at}`));
    await until(({ isBroken }) => !isBroken);
  });

  test('a refusal is told in its own words', async () => {
    const { url } = await flakyApi(all);
    await expect(apiRuns(url).list()).rejects.toMatchObject({ code: 'options.api-key' });
    const source = apiRuns(url, { apiKey: 'secret' });
    await expect(source.send('a:b', 'pause')).rejects.toMatchObject({
      ...{ code: 'run.not-running', message: 'nobody is at work', hint: 'go on with it' },
    });
    const { until } = listen(source, 'other');
    expect((await until(({ error }) => error !== undefined)).error).toMatchObject({ code: 'run.unknown' });
  });

  test('an address where nobody answers is named', async () => {
    await expect(apiRuns('http://127.0.0.1:1').list()).rejects.toMatchObject({
      ...{ code: 'system.unreachable', message: expect.stringContaining('http://127.0.0.1:1') },
    });
  });

  test('what answers otherwise is no otzyv-api', async () => {
    const server = createServer((_, response) => response.end('<html>')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    ends.push(() => server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await expect(apiRuns(url).list()).rejects.toMatchObject({ code: 'system.unreachable' });
  });
});

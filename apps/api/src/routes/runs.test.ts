/** Trainings over HTTP: real ones, in processes of their own, as clients follow them. */
import { createHash } from 'node:crypto';
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { INITIAL_RUN_STATE, parseEvent, type RunState, reduceRun } from '@otzyv/trainer/run-state';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createClient } from '../client.ts';
import { DEFAULT_LIMITS } from '../request-limits.ts';
import { startServer } from '../server.ts';
import { post, QUEUE, type Served, serveLinear } from '../testing/served.ts';
import { startTraining } from '../testing/training.ts';
import { until } from '../testing/until.ts';

let served: Served;
beforeAll(async () => {
  served = await serveLinear();
}, 60_000);
afterAll(() => served?.stop());

const api = () => createClient(served.server.url);
const listed = async () => {
  const response = await api().v1.runs.$get();
  return response.ok ? (await response.json()).data : [];
};
const read = async (id: string) => {
  const response = await api().v1.runs[':id'].$get({ param: { id } });
  if (!response.ok) throw new Error(`${response.status}`);
  return response.json();
};
const streamUrl = (id: string) => `${served.server.url}/v1/runs/${id}/events`;

/** As a page does: what is told becomes a state, and after a break it goes on after the last id. */
function follower(id: string) {
  let [state, lastId]: [RunState, string | undefined] = [INITIAL_RUN_STATE, undefined];
  let status = 0;
  const seen: string[] = [];
  return {
    seen,
    state: () => state,
    status: () => status,
    /** Follows until enough is seen, or the stream ends. */
    until: async (isEnough: () => boolean) => {
      const gone = new AbortController();
      const headers = lastId === undefined ? {} : { 'last-event-id': lastId };
      const response = await fetch(streamUrl(id), { headers, signal: gone.signal });
      status = response.status;
      if (response.body === null) return;
      const messages = response.body
        .pipeThrough(new TextDecoderStream())
        .pipeThrough(new EventSourceParserStream());
      for await (const { id: messageId, event: name, data } of messages) {
        const event = name === undefined ? parseEvent(data) : undefined;
        if (event !== undefined) state = reduceRun(state, event);
        if (name === 'reset') state = INITIAL_RUN_STATE;
        lastId = messageId ?? lastId;
        seen.push(event?.type ?? `${name} ${data}`);
        if (isEnough()) break;
      }
      gone.abort();
    },
  };
}

test('a run that is over is listed, told with its state, and its stream ends', async () => {
  expect(await listed()).toMatchObject([
    { id: 'run', object: 'run', status: 'finished', model: 'linear', metric: 'f1_weighted', progress: 1 },
  ]);
  const run = await read('run');
  expect(run.best?.metrics['f1_weighted']).toBeGreaterThan(0.5);
  const watched = follower('run');
  await watched.until(() => false);
  expect(watched.seen).toContain('run.finished');
  expect(watched.state()).toEqual(run.state);
  // who comes back is told not to
  await watched.until(() => false);
  expect(watched.status()).toBe(204);
  expect((await fetch(`${streamUrl('run')}?after=${run.last_event_id}`)).status).toBe(204);
});

test('a training is followed live, killed, resumed and followed to its end, without an event lost or doubled', async () => {
  const output = join(served.folder, 'search', 'trials', '001');
  const first = startTraining(output, true);
  const id = 'search:trials:001';
  await until(async () => (await listed()).some((run) => run.id === id));
  const watched = follower(id);
  await watched.until(() => watched.seen.includes('checkpoint') && watched.seen.at(-1) === 'step');
  expect((await listed())[0]).toMatchObject({ id, status: 'running', model: 'micro', epochs: 1 });
  first.process.kill('SIGKILL');
  await first.ended;
  await watched.until(() => watched.seen.at(-1) === 'process {"runningSince":null}');
  expect(await read(id)).toMatchObject({ status: 'killed', state: watched.state(), time_left_ms: null });

  const second = startTraining(output, false);
  await watched.until(() => watched.seen.includes('run.resumed'));
  await watched.until(() => false);
  await second.ended;
  const run = await read(id);
  expect(run).toMatchObject({ status: 'finished', progress: 1, state: { resumptions: 1 } });
  expect(watched.state()).toEqual(run.state);
  expect(run.state.curve.points.map(({ step }) => step)).toEqual(
    Array.from({ length: run.total_steps ?? 0 }, (_, i) => i + 1),
  );
}, 120_000);

describe('a training that goes on', () => {
  const command = (id: string, body: unknown, headers: Record<string, string> = {}) =>
    post(`${served.server.url}/v1/runs/${id}/commands`, body, headers);

  test('is paused, saved, let go on and stopped from here, and tells so', async () => {
    const training = startTraining(join(served.folder, 'steered'), false, 1000);
    while (!(await listed()).some(({ id, step }) => id === 'steered' && step > 0));
    const watched = follower('steered');
    expect(await command('steered', { command: 'pause' })).toMatchObject({
      status: 202,
      body: { id: 'steered', object: 'run.command', command: 'pause' },
    });
    await watched.until(() => watched.seen.includes('run.paused'));
    const { step } = await read('steered');
    const checkpoints = watched.seen.filter((type) => type === 'checkpoint').length;
    expect((await listed())[0]).toMatchObject({ id: 'steered', status: 'running', is_paused: true, step });
    // one that was just saved for its step is not saved again
    if (watched.state().checkpoint?.step !== step) {
      await command('steered', { command: 'checkpoint' });
      await watched.until(() => watched.seen.filter((type) => type === 'checkpoint').length > checkpoints);
    }
    expect((await read('steered')).state).toMatchObject({ step, isPaused: true, checkpoint: { step } });
    await command('steered', { command: 'resume' });
    await watched.until(() => watched.seen.at(-1) === 'step' && watched.seen.includes('run.unpaused'));
    await command('steered', { command: 'stop-after-epoch' });
    await watched.until(() => watched.seen.includes('run.finished'));
    await training.ended;
    expect(await read('steered')).toMatchObject({
      status: 'finished',
      is_paused: false,
      state: { end: { status: 'stopped' }, curve: { points: expect.anything() } },
    });
    const { state } = await read('steered');
    expect(state.confusion?.labels).toEqual(state.best?.perClass?.map(({ label }) => label));
    expect(state.hardest).toHaveLength(10);
    expect(await command('steered', { command: 'pause' })).toMatchObject({
      status: 409,
      body: { code: 'run.not-running', detail: 'no process is at work on the run "steered"' },
    });
  }, 120_000);

  test('is told nothing that it would not understand', async () => {
    expect(await command('run', { command: 'explode' })).toMatchObject({ status: 422 });
    expect(await command('run', {})).toMatchObject({ status: 422 });
    expect(await command('nowhere', { command: 'pause' })).toMatchObject({ status: 404 });
    // a page of another origin may send this without being asked to show that it may
    expect(await command('run', '{"command":"stop"}', { 'content-type': 'text/plain' })).toMatchObject({
      status: 415,
    });
  });

  test('is steered by those with a key only, where keys are needed', async () => {
    const keys = [{ name: 'shop', sha256: createHash('sha256').update('secret').digest('hex') }];
    const guarded = await serveLinear({ keys });
    const url = `${guarded.server.url}/v1/runs/run/commands`;
    expect((await post(url, { command: 'pause' })).status).toBe(401);
    expect((await post(url, { command: 'pause' }, { 'x-api-key': 'secret' })).status).toBe(409);
    await guarded.stop();
  });
});

describe('a log that is not one', () => {
  const make = (name: string, log: string) => {
    mkdirSync(join(served.folder, name), { recursive: true });
    writeFileSync(join(served.folder, name, 'run.json'), '{}');
    writeFileSync(join(served.folder, name, 'events.jsonl'), log);
  };
  const warning = (message: string) =>
    `${JSON.stringify({ v: 1, time: '2026-01-01T00:00:00.000Z', type: 'warning', message })}\n`;

  test('tells what can be read of it, and that it was replaced', async () => {
    make('odd', `${warning('one')}{"half": \n\0\0\0\n${warning('two')}{"v":1,"ti`);
    const watched = follower('odd');
    const texts = () => watched.state().log.map(({ text }) => text);
    await watched.until(() => texts().length === 2);
    expect(texts()).toEqual(['one', 'two']);
    make('odd', warning('three'));
    await watched.until(() => watched.seen.at(-1) === 'warning');
    expect(texts()).toEqual(['three']);
    appendFileSync(join(served.folder, 'odd', 'events.jsonl'), warning('four'));
    await watched.until(() => texts().length === 2);
    expect(texts()).toEqual(['three', 'four']);
  });
});

test('a client that goes is let go', async () => {
  mkdirSync(join(served.folder, 'quiet'));
  writeFileSync(join(served.folder, 'quiet', 'run.json'), '{}');
  const gone = new AbortController();
  const streams = await Promise.all(
    Array.from({ length: 3 }, () => fetch(streamUrl('quiet'), { signal: gone.signal })),
  );
  const open = async () =>
    /otzyv_run_streams (\d+)/.exec(await (await fetch(`${served.server.url}/metrics`)).text())?.[1];
  for (const { body } of streams) await body?.getReader().read();
  expect(await open()).toBe('3');
  gone.abort();
  await until(async () => (await open()) === '0');
  expect((await fetch(streamUrl('quiet'), { method: 'HEAD' })).status).toBe(200);
  expect(await open()).toBe('0');
});

test.each(['nowhere', '..%2Frun', '%2Fetc', 'run%00', encodeURIComponent('search/trials/001')])(
  'there is no run %s',
  async (id) => {
    for (const path of [`/v1/runs/${id}`, `/v1/runs/${id}/events`]) {
      const response = await fetch(`${served.server.url}${path}`);
      expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([
        404,
        'run.unknown',
      ]);
    }
  },
);

test('a server that follows no trainings says so; one that ends ends its streams', async () => {
  const options = {
    models: [{ name: 'reviews', folder: served.run, workers: 1, limits: QUEUE }],
    limits: DEFAULT_LIMITS,
    ...{ host: '127.0.0.1', port: 0, refreshMs: 1000, graceMs: 20_000, listen: () => undefined },
  };
  const without = await startServer(options);
  expect((await createClient(without.url).v1.runs.$get()).status).toBe(404);
  await without.close();

  const ending = await startServer({ ...options, runs: served.folder });
  mkdirSync(join(served.folder, 'waiting'));
  writeFileSync(join(served.folder, 'waiting', 'run.json'), '{}');
  const response = await fetch(`${ending.url}/v1/runs/waiting/events`);
  const told = response.text();
  await ending.close();
  expect(await told).toContain('event: process\ndata: {"runningSince":null}');
});

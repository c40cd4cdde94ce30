/** How a server ends: who is waited for, and who is not. */
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { Agent, get as httpGet, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DEFAULT_LIMITS } from './request-limits.ts';
import { type ServerOptions, startServer } from './server.ts';
import { holdTexts } from './testing/hold-texts.ts';
import { post, QUEUE, queuedTexts, type Served, serveLinear } from './testing/served.ts';
import { until } from './testing/until.ts';

let served: Served;
beforeAll(async () => {
  served = await serveLinear();
});
afterAll(() => served.stop());

const start = (options: Partial<ServerOptions>) =>
  startServer({
    models: [{ name: 'reviews', folder: served.run, workers: 1, limits: QUEUE }],
    ...{ limits: DEFAULT_LIMITS, runs: served.folder, listen: () => undefined },
    ...{ host: '127.0.0.1', port: 0, refreshMs: 1000 },
    ...options,
  });

async function opened(url: string, sent: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.on('error', () => undefined); // cut
  await once(socket, 'connect');
  socket.write(sent);
  return socket;
}

/** By an end or by a reset: `once` would fail at the latter. */
const cutOff = (socket: Socket) => new Promise((resolve) => socket.once('close', resolve));

const FOR_EVER = 3_600_000;

test('nobody is waited for who asks nothing: silent, idle and half-begun connections, and streams, which end in good order', async () => {
  const { url, close } = await start({ graceMs: FOR_EVER });
  mkdirSync(join(served.folder, 'quiet'));
  writeFileSync(join(served.folder, 'quiet', 'run.json'), '{}');
  const stream = await fetch(`${url}/v1/runs/quiet/events`);
  const idle = new Agent({ keepAlive: true });
  const [answer] = (await once(httpGet(`${url}/healthz`, { agent: idle }), 'response')) as [IncomingMessage];
  answer.resume();
  await once(answer, 'end');
  const sockets = await Promise.all(
    ['', 'POST /v1/predict HTTP/1.1\r\nHost:'].map((sent) => opened(url, sent)),
  );
  const cut = Promise.all(sockets.map((socket) => cutOff(socket)));
  await Promise.all([close(), close()]);
  await cut;
  expect(await stream.text()).toContain('event: process');
  idle.destroy();
});

test('a request that was taken in is answered, however long it takes; a body that does not come is not waited for', async () => {
  const { url, close } = await start({ graceMs: 50 });
  const gate = holdTexts((text) => text === 'придержать');
  const asked = post(`${url}/v1/predict`, { text: 'придержать' });
  await until(async () => (await queuedTexts(url)) > 0);
  await until(gate.isHolding);
  const begun = await opened(
    url,
    'POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"te',
  );
  const cut = cutOff(begun);
  const closed = close();
  await cut;
  gate.release();
  expect(await asked).toMatchObject({ status: 200 });
  await closed;
});

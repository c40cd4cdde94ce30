/** The real binary, killed in the middle of a batch. */
import { cpSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, inject, test } from 'vitest';
import { killAll, startApi } from '../testing/api-binary.ts';
import { finished, manyReviews, outputOf, predicted, send, waitFor } from '../testing/batches.ts';

const folder = mkdtempSync(join(tmpdir(), 'otzyv-api-kill-'));
const at = (name: string) => join(folder, name);
beforeAll(() => cpSync(inject('trainedRun'), at('model'), { recursive: true }));
afterEach(killAll);
afterAll(() => rm(folder, { recursive: true }));

test('after kill -9, twice, a batch goes on and ends with the same file as an unbroken one', async () => {
  const content = manyReviews(5000);
  const start = () =>
    startApi(['--model', 'model', '--data', 'data', '--port', '0', '--batch-tokens', '16'], folder);
  let api = start();
  let url = await api.ready;
  const { id } = (await send(url, content)).body;
  let reached = 0;
  for (let kills = 0; kills < 2; kills++) {
    const { progress, status } = await waitFor(url, id, ({ progress: { rows } }) => rows > reached);
    expect(status).toBe('running');
    api.process.kill('SIGKILL');
    await api.ended;
    reached = progress.rows;
    api = start();
    url = await api.ready;
  }
  const done = await finished(url, id);
  expect(done).toMatchObject({ status: 'done', progress: { rows: 5000 } });
  writeFileSync(at('input.csv'), content);
  const paths = { input: at('input.csv'), output: at('expected.csv') };
  expect(await outputOf(url, id)).toBe(await predicted(at('model'), paths));
  api.process.kill('SIGTERM');
  expect(await api.ended).toMatchObject({ code: 0, stderr: '' });
});

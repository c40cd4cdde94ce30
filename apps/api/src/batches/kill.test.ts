/** The real binary, killed in the middle of a batch. */
import { cpSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, inject, test } from 'vitest';
import { killAll, startApi } from '../testing/api-binary.ts';
import { finished, manyReviews, outputOf, predicted, send, statusOf, waitFor } from '../testing/batches.ts';

const folder = mkdtempSync(join(tmpdir(), 'otzyv-api-kill-'));
const at = (name: string) => join(folder, name);
beforeAll(() => cpSync(inject('trainedRun'), at('model'), { recursive: true }));
afterEach(killAll);
afterAll(() => rm(folder, { recursive: true }));

test('after kill -9, twice, a batch goes on and ends with the same file as an unbroken one', async () => {
  const content = manyReviews(5000);
  /** A block is 1,024 rows: the batch stands still in the one that has this row. */
  const start = (heldRow?: number) =>
    startApi(
      ['--model', 'model', '--data', 'data', '--port', '0'],
      folder,
      heldRow === undefined ? undefined : `, "${heldRow}"`,
    );
  let api = start(1500);
  let url = await api.ready;
  const { id } = (await send(url, content)).body;
  for (const [reached, nextHeld] of [
    [1024, 3500],
    [3072, undefined],
  ] as const) {
    const { status } = await waitFor(url, id, ({ progress: { rows } }) => rows === reached);
    expect(status).toBe('running');
    api.process.kill('SIGKILL');
    await api.ended;
    api = start(nextHeld);
    url = await api.ready;
    expect((await statusOf(url, id)).progress.rows).toBeGreaterThanOrEqual(reached);
  }
  const done = await finished(url, id);
  expect(done).toMatchObject({ status: 'done', progress: { rows: 5000 } });
  writeFileSync(at('input.csv'), content);
  const paths = { input: at('input.csv'), output: at('expected.csv') };
  expect(await outputOf(url, id)).toBe(await predicted(at('model'), paths));
  api.process.kill('SIGTERM');
  expect(await api.ended).toMatchObject({ code: 0, stderr: '' });
});

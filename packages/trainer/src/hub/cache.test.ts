import { lstat, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { linkBlob } from './cache.ts';

it('a blob is copied into the snapshot where links are not allowed', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'otzyv-cache-'));
  const forbidden = () => Promise.reject(Object.assign(new Error('no links'), { code: 'EPERM' }));
  await writeFile(join(folder, 'blob'), 'content');
  await linkBlob(join(folder, 'blob'), join(folder, 'snapshot', 'config.json'), forbidden);
  expect(await readFile(join(folder, 'snapshot', 'config.json'), 'utf8')).toBe('content');
  expect((await lstat(join(folder, 'snapshot', 'config.json'))).isSymbolicLink()).toBe(false);
  await rm(folder, { recursive: true });
});

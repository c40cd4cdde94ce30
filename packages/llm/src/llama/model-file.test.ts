import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type FakeHub, startFakeHub } from '../../../trainer/src/testing/fake-hub.ts';
import { type TemporaryFolder, temporaryFolder } from '../testing/temporary-folder.ts';
import { findModel } from './model-file.ts';

let folder: TemporaryFolder;
let hub: FakeHub;
beforeEach(async () => {
  folder = await temporaryFolder();
  await mkdir(folder.at('hub'));
  hub = await startFakeHub(folder.at('hub'));
});
afterEach(async () => {
  await hub.close();
  await folder.remove();
});

async function repository(id: string, ...files: string[]): Promise<void> {
  for (const file of files) {
    const path = folder.at('hub', id, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, `weights of ${file}`);
  }
}

const find = (spec: string, options = {}) =>
  findModel(spec, { endpoint: hub.endpoint, cacheDir: folder.at('cache'), environment: {}, ...options });
const contentOf = async (spec: string, options = {}) => readFile(await find(spec, options), 'utf8');

it('a file here is taken as it is', async () => {
  await writeFile(folder.at('model.gguf'), 'x');
  expect(await find(folder.at('model.gguf'))).toBe(folder.at('model.gguf'));
  expect(hub.requests).toEqual([]);
});

it('of a repository, the file that is named is downloaded, and no other', async () => {
  await repository('o/model-GGUF', 'model-q4_k_m.gguf', 'model-q8_0.gguf', 'README.md');
  expect(await contentOf('o/model-GGUF/model-q8_0.gguf')).toBe('weights of model-q8_0.gguf');
  expect(hub.requests.filter(({ path }) => path.includes('q4_k_m'))).toEqual([]);
});

it('without a name, the one with 4-bit weights, or the only one', async () => {
  await repository('o/model-GGUF', 'model-q2_k.gguf', 'model-Q4_K_M.gguf', 'model-q8_0.gguf');
  expect(await contentOf('o/model-GGUF')).toBe('weights of model-Q4_K_M.gguf');
  await repository('o/single', 'only-f16.gguf');
  expect(await contentOf('o/single')).toBe('weights of only-f16.gguf');
});

it('a model in parts comes whole, and its first part is opened', async () => {
  const parts = [1, 2, 3].map((part) => `m-q4_k_m-0000${part}-of-00003.gguf`);
  await repository('o/large', ...parts);
  expect(await contentOf('o/large')).toBe(`weights of ${parts[0]}`);
  for (const part of parts) expect(hub.requests.map(({ path }) => path).join()).toContain(part);
});

it('what was downloaded once is found without a network', async () => {
  await repository('o/model-GGUF', 'model-q4_k_m.gguf', 'model-q8_0.gguf');
  const path = await find('o/model-GGUF');
  expect(await find('o/model-GGUF', { offline: true })).toBe(path);
  await expect(find('o/model-GGUF/model-q8_0.gguf', { offline: true })).rejects.toMatchObject({
    code: 'hub.offline',
  });
});

it('a choice that is not clear is left to people, with the names', async () => {
  await repository('o/two', 'a-q2_k.gguf', 'a-q8_0.gguf');
  await expect(find('o/two')).rejects.toMatchObject({
    code: 'llm.no-gguf',
    message: expect.stringContaining('a-q2_k.gguf, a-q8_0.gguf'),
  });
  await repository('o/none', 'config.json');
  await expect(find('o/none')).rejects.toMatchObject({ code: 'llm.no-gguf' });
});

it('a name that leads out of the folder is never taken', async () => {
  await repository('o/evil', 'README.md');
  hub.faults.extraFiles = ['../../../evil-q4_k_m.gguf', '/tmp/evil-q4_k_m.gguf'];
  await expect(find('o/evil')).rejects.toMatchObject({ code: 'llm.no-gguf' });
});

it.each(['model.gguf', 'folder/model.gguf', 'a model'])(
  '%s, which is not there, is told of',
  async (spec) => {
    await expect(find(spec)).rejects.toMatchObject({ code: 'data.missing-file' });
  },
);

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeSafetensors } from './safetensors.ts';
import { readWeights } from './weights-file.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'otzyv-weights-'));
});
afterEach(() => rm(folder, { recursive: true }));

const put = (name: string, content = 'x') => writeFile(join(folder, name), content);
const putTensor = (name: string, value: number) =>
  writeSafetensors(join(folder, name), new Map([['a', { shape: [1], data: Float32Array.of(value) }]]));
const putIndex = (shard: string) => put('model.safetensors.index.json', `{"weight_map": {"a": "${shard}"}}`);
const first = async () => {
  const { tensors, file } = await readWeights(folder);
  return [tensors.get('a')?.data[0], file];
};

it('model.safetensors is taken before shards and pytorch_model.bin', async () => {
  await putTensor('model.safetensors', 1);
  await putTensor('model-00001-of-00001.safetensors', 2);
  await putIndex('model-00001-of-00001.safetensors');
  await put('pytorch_model.bin');
  expect(await first()).toEqual([1, join(folder, 'model.safetensors')]);
});

it('shards are taken before pytorch_model.bin', async () => {
  await putTensor('model-00001-of-00001.safetensors', 2);
  await putIndex('model-00001-of-00001.safetensors');
  await put('pytorch_model.bin');
  expect(await first()).toEqual([2, join(folder, 'model.safetensors.index.json')]);
});

it('weights of another framework are named, with the way out', async () => {
  await put('config.json');
  await put('tf_model.h5');
  await expect(readWeights(folder)).rejects.toMatchObject({
    code: 'model.no-weights',
    message: expect.stringContaining('found: config.json, tf_model.h5'),
    hint: expect.stringContaining('tf_model.h5 is of another framework'),
  });
});

it('an empty folder is called empty, a missing one missing', async () => {
  await mkdir(join(folder, 'empty'));
  await expect(readWeights(join(folder, 'empty'))).rejects.toThrow('it is empty');
  await expect(readWeights(join(folder, 'nowhere'))).rejects.toMatchObject({ code: 'data.missing-file' });
});

it('what git leaves without git-lfs is recognised', async () => {
  await put('model.safetensors', 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n');
  await expect(readWeights(folder)).rejects.toMatchObject({
    code: 'model.git-pointer',
    hint: expect.stringContaining('git lfs pull'),
  });
});

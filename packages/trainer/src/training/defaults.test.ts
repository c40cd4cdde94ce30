import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { resolveRunOptions } from './options.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'otzyv-defaults-'));
});
afterEach(() => rm(folder, { recursive: true }));

const optionsOf = (model: string) =>
  resolveRunOptions({ model, trainFile: 'train.csv', output: join(folder, 'run') });
const pretrainedFrom = (model: string) =>
  writeFile(join(folder, 'pretrain.json'), JSON.stringify({ options: { model } }));

test('a model that exists is trained as the notebook trains it', () => {
  for (const model of ['cointegrated/rubert-tiny2', folder]) {
    expect(optionsOf(model)).toMatchObject({ learningRate: 2e-5, epochs: 15, classWeights: 'balanced' });
  }
});

test('micro is trained as what it is also after it was pre-trained, only for longer and on its words as they are', async () => {
  const { model: _, epochs, subwordDropout, ...others } = optionsOf('micro');
  await pretrainedFrom('micro');
  for (const model of [folder, join(folder, 'best')]) {
    expect(optionsOf(model)).toEqual({
      ...others,
      ...{ model, epochs: 8, subwordDropout: 0 },
    });
  }
  expect({ epochs, subwordDropout }).toEqual({ epochs: 6, subwordDropout: 0.1 });
  expect(others).toMatchObject({ learningRate: 3e-4 });
});

test.each([['cointegrated/rubert-tiny2'], [join('models', 'micro')]])(
  'a model pre-trained from %s is one that exists',
  async (model) => {
    await pretrainedFrom(model);
    expect(optionsOf(folder)).toMatchObject({ learningRate: 2e-5, epochs: 15, classWeights: 'balanced' });
  },
);

test('a folder with a broken file is told of when it is loaded, not here', async () => {
  await writeFile(join(folder, 'pretrain.json'), '{');
  expect(optionsOf(folder).learningRate).toBe(2e-5);
});

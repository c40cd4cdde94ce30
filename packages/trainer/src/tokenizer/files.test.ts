import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { newTokenizerFiles, readTokenizerFiles, writeTokenizerFiles } from './files.ts';
import { loadTokenizer } from './load.ts';

const GOLDENS = fileURLToPath(new URL('../../../../test-fixtures/goldens/tokenizer/', import.meta.url));
const vocabulary = readFileSync(`${GOLDENS}vocab.txt`, 'utf8').trimEnd().split('\n');
const cased = newTokenizerFiles(vocabulary, { lowercase: false });

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'otzyv-tokenizer-files-'));
});
afterEach(() => rm(folder, { recursive: true }));

const write = (name: string, content: object) => writeFile(join(folder, name), JSON.stringify(content));

describe('a repository with vocab.txt, special tokens of other names, and tokens added later', () => {
  const { cases }: { cases: { text: string; ids: number[] }[] } = JSON.parse(
    readFileSync(`${GOLDENS}old-repository/expected.json`, 'utf8'),
  );

  test('gives the ids that Python gives', async () => {
    const tokenizer = await loadTokenizer(`${GOLDENS}old-repository`);
    for (const { text, ids } of cases) expect(tokenizer.encode(text, 512).ids, text).toEqual(ids);
  });

  test('gives them again from what is written of it', async () => {
    await writeTokenizerFiles(await readTokenizerFiles(`${GOLDENS}old-repository`), folder, 64);
    const tokenizer = await loadTokenizer(folder);
    for (const { text, ids } of cases) expect(tokenizer.encode(text, 512).ids, text).toEqual(ids);
  });
});

describe('a vocabulary of pieces with scores, as XLM-RoBERTa and multilingual-e5 have it', () => {
  const { cases }: { cases: { text: string; ids: number[] }[] } = JSON.parse(
    readFileSync(`${GOLDENS}unigram/expected.json`, 'utf8'),
  );

  test('gives the ids that Python gives', async () => {
    const tokenizer = await loadTokenizer(`${GOLDENS}unigram`);
    expect(tokenizer).toMatchObject({ padTokenId: 1, unknownTokenId: 3, maskTokenId: 4 });
    for (const { text, ids } of cases) expect(tokenizer.encode(text, 512).ids, text).toEqual(ids);
  });

  test('gives them again from what is written of it, without a vocab.txt, which could not hold it', async () => {
    await writeTokenizerFiles(await readTokenizerFiles(`${GOLDENS}unigram`), folder, 64);
    const tokenizer = await loadTokenizer(folder);
    for (const { text, ids } of cases) expect(tokenizer.encode(text, 512).ids, text).toEqual(ids);
    expect(await readdir(folder)).toEqual(['tokenizer.json', 'tokenizer_config.json']);
  });

  test('is named a class that Python can load it with where its configuration names none', async () => {
    await write('tokenizer.json', JSON.parse(readFileSync(`${GOLDENS}unigram/tokenizer.json`, 'utf8')));
    expect((await readTokenizerFiles(folder)).config).toMatchObject({
      tokenizer_class: 'PreTrainedTokenizerFast',
    });
  });
});

test('what is read alone from tokenizer.json is written into the configuration too', async () => {
  await write('tokenizer.json', cased.json);
  expect((await readTokenizerFiles(folder)).config).toMatchObject({
    tokenizer_class: 'BertTokenizer',
    do_lower_case: false,
    strip_accents: null,
    tokenize_chinese_chars: true,
    cls_token: '[CLS]',
  });
});

test('where the two files contradict each other, the configuration is right, as in Python', async () => {
  await write('tokenizer.json', cased.json);
  await write('tokenizer_config.json', { do_lower_case: true });
  expect((await readTokenizerFiles(folder)).json).toMatchObject({ normalizer: { lowercase: true } });
  const tokenizer = await loadTokenizer(folder);
  expect(tokenizer.encode('РАЗМЕР', 8).ids).toEqual(tokenizer.encode('размер', 8).ids);
});

test('a class that takes tokenizer.json as it is gets it as it is', async () => {
  const { json } = newTokenizerFiles(vocabulary, { lowercase: true, foldYo: true });
  await write('tokenizer.json', json);
  const files = await readTokenizerFiles(folder);
  expect(files.json).toEqual(json);
  expect(files.config).toMatchObject({ tokenizer_class: 'PreTrainedTokenizerFast' });
});

test('the length at which a run cut its texts is written for other readers', async () => {
  await writeTokenizerFiles({ ...cased, config: { ...cased.config, model_max_length: 1e30 } }, folder, 48);
  expect(JSON.parse(readFileSync(join(folder, 'tokenizer_config.json'), 'utf8')).model_max_length).toBe(48);
});

test('a byte order mark before JSON is no fault', async () => {
  await writeFile(join(folder, 'tokenizer.json'), `\ufeff${JSON.stringify(cased.json)}`);
  await expect(loadTokenizer(folder)).resolves.toBeDefined();
});

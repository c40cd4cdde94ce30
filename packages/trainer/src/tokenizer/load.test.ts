import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newTokenizerFiles } from './files.ts';
import { createTokenizer, loadTokenizer, type Tokenizer } from './load.ts';

const GOLDENS = fileURLToPath(new URL('../../../../test-fixtures/goldens/tokenizer/', import.meta.url));
const vocabulary = readFileSync(`${GOLDENS}vocab.txt`, 'utf8').trimEnd().split('\n');

interface Golden {
  options: { do_lower_case: boolean; strip_accents?: boolean };
  cases: { text: string; ids: number[]; truncated: number[] }[];
}

describe.each(['cased', 'uncased', 'uncased-keep-accents'])(
  '%s: token ids are those of BertTokenizer',
  (name) => {
    const { options, cases }: Golden = JSON.parse(readFileSync(`${GOLDENS}${name}.json`, 'utf8'));
    let folder: string;
    let fromVocabulary: Tokenizer;
    let fromJson: Tokenizer;
    let fromPython: Tokenizer;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'otzyv-tokenizer-'));
      await writeFile(join(folder, 'vocab.txt'), `${vocabulary.join('\n')}\n`);
      await writeFile(join(folder, 'tokenizer_config.json'), JSON.stringify(options));
      fromVocabulary = await loadTokenizer(folder);
      const { do_lower_case: lowercase, strip_accents: stripAccents } = options;
      fromJson = await createTokenizer(newTokenizerFiles(vocabulary, { lowercase, stripAccents }), 'new');
      fromPython = await loadTokenizer(`${GOLDENS}${name}`);
    });
    afterAll(() => rm(folder, { recursive: true }));

    test.each(cases)('$text', ({ text, ids, truncated }) => {
      expect(fromVocabulary.encode(text, 512).ids).toEqual(ids);
      expect(fromJson.encode(text, 512).ids).toEqual(ids);
      expect(fromPython.encode(text, 512).ids).toEqual(ids);
      expect(fromJson.encode(text, 16)).toEqual({
        ids: truncated,
        tokens: ids.length,
        isTruncated: ids.length > 16,
      });
    });
  },
);

describe('a folder whose tokenizer cannot be used', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'otzyv-tokenizer-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test('says which files are missing', async () => {
    await expect(loadTokenizer(folder)).rejects.toMatchObject({
      code: 'model.no-tokenizer',
      message: expect.stringContaining('neither tokenizer.json nor vocab.txt'),
    });
  });

  test('says that a file is broken', async () => {
    await writeFile(join(folder, 'tokenizer.json'), '{"version": "1.0", "model": {"type": "Nonsense"}}');
    await expect(loadTokenizer(folder)).rejects.toMatchObject({ code: 'model.broken-tokenizer' });
    await writeFile(join(folder, 'tokenizer.json'), '{"version": ');
    await expect(loadTokenizer(folder)).rejects.toMatchObject({ code: 'data.bad-json' });
    await rm(join(folder, 'tokenizer.json'));
  });

  test('says that a vocabulary lacks its special tokens', async () => {
    await writeFile(join(folder, 'vocab.txt'), 'а\nб\n');
    await expect(loadTokenizer(folder)).rejects.toMatchObject({
      code: 'model.broken-tokenizer',
      message: expect.stringContaining('[CLS]'),
    });
  });

  test('says what is wrong with its configuration', async () => {
    await writeFile(join(folder, 'vocab.txt'), vocabulary.join('\n'));
    await writeFile(join(folder, 'tokenizer_config.json'), '{"do_lower_case": "yes"}');
    await expect(loadTokenizer(folder)).rejects.toMatchObject({
      code: 'model.broken-tokenizer',
      message: expect.stringMatching(/tokenizer_config\.json.*do_lower_case/s),
    });
  });
});

test('a tokenizer says how many embeddings its ids need', async () => {
  const files = newTokenizerFiles(vocabulary, { lowercase: true });
  expect(await createTokenizer(files, 'new')).toMatchObject({
    vocabularySize: vocabulary.length,
    padTokenId: 0,
  });
});

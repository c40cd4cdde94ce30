/** Words in other pieces, as laws, over a vocabulary that was learned. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createRandom } from '@otzyv/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { newTokenizerFiles } from './files.ts';
import { createTokenizer, loadTokenizer } from './load.ts';
import { checkSubwordDropout, piecesWithin, readings, splitAnew } from './subword-dropout.ts';

const GOLDENS = fileURLToPath(new URL('../../../../test-fixtures/goldens/tokenizer/', import.meta.url));
const vocabulary = readFileSync(`${GOLDENS}vocab.txt`, 'utf8').trimEnd().split('\n');
const tokenizer = await createTokenizer(newTokenizerFiles(vocabulary, { lowercase: true }), 'new');
const idsOf = (text: string) => [...tokenizer.encode(text, 512).ids];
const tokensOf = (ids: readonly number[]) => ids.map((id) => vocabulary[id] as string);
/** As a reader would put the pieces together. */
const joined = (ids: readonly number[]) => tokensOf(ids).join(' ').replaceAll(' ##', '');

const characters = fc.constantFrom(...'куртка тёплая рукава короткие, размер 42! 你👍ъ');
const texts = fc.string({ unit: characters, maxLength: 60 }).map(idsOf);
const dropouts = fc.double({ min: 0, max: 0.99, noNaN: true });

describe('a text in other pieces', () => {
  test('has the same words, with special tokens where they were', () => {
    fc.assert(
      fc.property(texts, dropouts, fc.integer(), (ids, dropout, seed) => {
        expect(joined(splitAnew(ids, tokenizer, dropout, createRandom(seed)))).toBe(joined(ids));
      }),
    );
  });

  test('is the tokenizer’s own where no piece is passed over', () => {
    fc.assert(
      fc.property(texts, (ids) => {
        expect(splitAnew(ids, tokenizer, 0, createRandom(1))).toEqual(ids);
      }),
    );
  });

  test('has nothing but characters where every piece is', () => {
    const always = { ...createRandom(1), uniform: () => 0 };
    expect(tokensOf(splitAnew(idsOf('Платье, рукава'), tokenizer, 0.5, always))).toEqual([
      '[CLS]',
      ...['п', '##л', '##а', '##т', '##ь', '##е'],
      ',',
      ...['р', '##у', '##к', '##а', '##в', '##а'],
      '[SEP]',
    ]);
  });

  test('has pieces that are shorter the more are passed over', () => {
    const ids = idsOf('куртка тёплая, рукава короткие. спасибо продавцу, доставка быстрая, рекомендую');
    const lengths = [0, 0.1, 0.3, 0.6, 0.9].map((dropout) => {
      const random = createRandom(1);
      return Array.from({ length: 50 }, () => splitAnew(ids, tokenizer, dropout, random).length).reduce(
        (a, b) => a + b,
      );
    });
    expect(lengths).toEqual(lengths.toSorted((a, b) => a - b));
    expect(new Set(lengths).size).toBe(lengths.length);
  });

  test('has none but those that are said to be possible', () => {
    fc.assert(
      fc.property(texts, dropouts, fc.integer(), (ids, dropout, seed) => {
        const possible = piecesWithin([ids], tokenizer);
        const split = splitAnew(ids, tokenizer, dropout, createRandom(seed));
        for (const id of split) if (tokenizer.roleOf(id) !== 'special') expect(possible).toContain(id);
      }),
    );
  });

  test('keeps a word that the vocabulary has no single characters for', async () => {
    const poor = await createTokenizer(
      newTokenizerFiles(['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'кур', '##тка', 'к'], {
        lowercase: true,
      }),
      'poor',
    );
    const ids = poor.encode('куртка', 8).ids;
    const always = { ...createRandom(1), uniform: () => 0 };
    expect(splitAnew(ids, poor, 0.5, always)).toEqual(ids);
  });
});

describe('what is read in an epoch', () => {
  const tokenIds = ['куртка тёплая, рукава короткие', 'платье село отлично'].map(idsOf);
  const options = { subwordDropout: 0.3, seed: 1, maxLength: 64 };

  test('follows from seed, epoch and text alone', () => {
    const read = readings(tokenIds, tokenizer, options);
    const epochs = [0, 1, 2, 3].map((epoch) => read(0, epoch));
    expect(new Set(epochs.map(String)).size).toBeGreaterThan(1);
    expect(readings(tokenIds, tokenizer, options)(0, 3)).toEqual(epochs[3]);
    const others = readings(tokenIds, tokenizer, { ...options, seed: 2 });
    expect([0, 1, 2, 3].map((epoch) => others(0, epoch))).not.toEqual(epochs);
  });

  test('is cut at the length that the model reads, and closed', () => {
    const read = readings(tokenIds, tokenizer, { ...options, subwordDropout: 0.9, maxLength: 12 });
    const ids = read(0, 0);
    expect(ids).toHaveLength(12);
    expect(tokensOf(ids).at(-1)).toBe('[SEP]');
  });

  test('is the text as it is without dropout', () => {
    expect(readings(tokenIds, tokenizer, { ...options, subwordDropout: 0 })(1, 5)).toBe(tokenIds[1]);
  });
});

test('a tokenizer that is no WordPiece is refused, but not where nothing was asked for', async () => {
  const unigram = await loadTokenizer(`${GOLDENS}unigram`);
  const check = (subwordDropout: number) =>
    checkSubwordDropout({ subwordDropout, model: 'some/e5' }, unigram);
  expect(() => check(0)).not.toThrow();
  expect(() => check(0.1)).toThrow(expect.objectContaining({ code: 'options.subword-dropout' }));
});

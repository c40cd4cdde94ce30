import fc from 'fast-check';
import { expect, test } from 'vitest';
import { newTokenizerFiles } from './files.ts';
import { createTokenizer } from './load.ts';
import { learnWordPieces, SPECIAL_TOKENS } from './wordpiece-learner.ts';

const options = { size: 200, lowercase: true, foldYo: true };
const TEXTS = ['Куртка, куртки, курткой!', 'куртка тёплая', 'Ёлка и ёжик', 'чайник чайники чайником'];

test('special tokens come first, then characters, then pieces by frequency', () => {
  const vocabulary = learnWordPieces(TEXTS, options);
  expect(vocabulary.slice(0, 5)).toEqual([...SPECIAL_TOKENS]);
  expect(vocabulary).toEqual(expect.arrayContaining(['к', '##к', '!', 'куртк', 'чайник']));
  expect(vocabulary).not.toContain('ё');
  expect(new Set(vocabulary).size).toBe(vocabulary.length);
});

test('frequent words become one piece, and the size is kept', () => {
  const texts = Array.from({ length: 50 }, () => 'размер подошёл').concat(TEXTS);
  expect(learnWordPieces(texts, options)).toEqual(expect.arrayContaining(['размер', 'подошел']));
  expect(learnWordPieces(texts, { ...options, size: 60 }).length).toBeLessThanOrEqual(60);
});

test('the same texts give the same vocabulary, in any order', () => {
  const text = fc.string({ unit: fc.constantFrom(...'абвгд ё!') });
  fc.assert(
    fc.property(fc.array(text), (texts) => {
      expect(learnWordPieces(texts, options)).toEqual(learnWordPieces(texts.toReversed(), options));
    }),
  );
});

test('what the tokenizer drops, splits or gives up on teaches nothing', () => {
  const learn = (text: string) => learnWordPieces([`${text} ${text}`], options);
  expect(learn('кур\u00adт\u200bка\ufeff')).toEqual(learn('куртка'));
  expect(learn('чай你好чай')).toEqual(learn('чай 你 好 чай'));
  expect(learn(`куртка ${'а'.repeat(101)}`)).toEqual(learn('куртка'));
});

test('nothing of what was learned from is unknown to the tokenizer made from it', async () => {
  const vocabulary = learnWordPieces(TEXTS, options);
  const tokenizer = await createTokenizer(
    newTokenizerFiles(vocabulary, { lowercase: true, stripAccents: false, foldYo: true }),
    'new',
  );
  const unknown = vocabulary.indexOf('[UNK]');
  for (const text of TEXTS) expect(tokenizer.encode(text, 64).ids).not.toContain(unknown);
  expect(tokenizer.encode('ёлка', 64).ids).toEqual(tokenizer.encode('ЕЛКА', 64).ids);
  expect(tokenizer.encode('й', 64).ids).not.toEqual(tokenizer.encode('и', 64).ids);
});

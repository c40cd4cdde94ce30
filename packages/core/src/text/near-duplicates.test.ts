import { describe, expect, test } from 'vitest';
import { createNearDuplicateIndex, minHash, type Signature } from './near-duplicates.ts';

const TEXT = Uint32Array.from({ length: 64 }, (_, n) => n + 1);

/** TEXT's signature with some hashes changed, to ones that no other signature has. */
let unlike = 1000;
function changed(isChanged: (n: number) => boolean): Signature {
  return TEXT.map((hash, n) => (isChanged(n) ? unlike++ : hash));
}

describe('an index of near-duplicates', () => {
  test('finds what has four hashes in five in common, and nothing below', () => {
    const index = createNearDuplicateIndex();
    index.add(1, TEXT);
    expect(index.find(changed((n) => n < 12))).toEqual({ id: 1, similarity: 52 / 64 });
    expect(index.find(changed((n) => n < 13))).toBeUndefined();
  });

  test('takes another threshold, itself included', () => {
    const index = createNearDuplicateIndex(0.5);
    index.add(1, TEXT);
    expect(index.find(changed((n) => n < 32))).toEqual({ id: 1, similarity: 0.5 });
    expect(index.find(changed((n) => n < 33))).toBeUndefined();
  });

  test('gives the most similar text, and of equals the first', () => {
    const index = createNearDuplicateIndex();
    const twins = [8, 4, 4, 10].map((hashes) => changed((n) => n >= 64 - hashes));
    for (const [id, twin] of twins.entries()) index.add(id, twin);
    expect(index.find(TEXT)).toEqual({ id: 1, similarity: 60 / 64 });
  });

  test.each([
    [49, { id: 49, similarity: 52 / 64 }],
    [50, undefined],
  ])('looks at no more than fifty texts that share a phrase: a twin after %i of them', (texts, found) => {
    // the phrase is the last four of the sixteen bands
    const index = createNearDuplicateIndex();
    const isPhrase = (n: number) => n >= 48;
    const others = Array.from({ length: texts }, () => changed((n) => !isPhrase(n)));
    for (const [id, other] of others.entries()) index.add(id, other);
    const twin = changed((n) => !isPhrase(n) && n % 4 === 0);
    index.add(texts, twin);
    expect(index.find(TEXT)).toEqual(found);
  });
});

test('texts under 25 characters are too short to compare', () => {
  expect(minHash('а'.repeat(24))).toBeUndefined();
  expect(minHash('а'.repeat(25))).toHaveLength(64);
});

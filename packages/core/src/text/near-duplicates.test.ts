import fc from 'fast-check';
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

  test('gives what looking at all texts that share a band gives, however many there are', () => {
    const signature = fc
      .array(fc.integer({ min: 1, max: 3 }), { minLength: 16, maxLength: 16 })
      .map((bands) => Uint32Array.from({ length: 64 }, (_, n) => (bands[n >> 2] as number) * 64 + n));
    const bandsInCommon = (a: Signature, b: Signature) => {
      let common = 0;
      for (let n = 0; n < 64; n += 4) if (a[n] === b[n]) common++;
      return common;
    };
    fc.assert(
      fc.property(fc.array(signature, { maxLength: 40 }), signature, (texts, asked) => {
        const index = createNearDuplicateIndex(0.5);
        const fillers = Array.from({ length: 30 }, () => changed(() => true));
        for (const [id, text] of [...texts, ...fillers].entries()) index.add(id, text);
        const best = Math.max(0, ...texts.map((text) => bandsInCommon(text, asked) / 16));
        const found = index.find(asked);
        expect(found?.similarity).toBe(best >= 0.5 ? best : undefined);
        if (found) expect(bandsInCommon(texts[found.id] as Signature, asked) / 16).toBe(best);
      }),
    );
  });
});

test('texts under 25 characters are too short to compare', () => {
  expect(minHash('а'.repeat(24))).toBeUndefined();
  expect(minHash('а'.repeat(25))).toHaveLength(64);
});

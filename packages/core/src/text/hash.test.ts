import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hashText } from './hash.ts';

const hashOf = (text: string, ...rest: [start?: number, end?: number, seed?: number]) => {
  const hash = new Uint32Array(2);
  hashText(hash, text, ...rest);
  return [...hash] as [number, number];
};

/** Texts that differ as little as texts can: by digits in the middle. */
const ALIKE = Array.from({ length: 300_000 }, (_, i) => hashOf(`Чайник ${i} раз закипел, заказ ${i % 7}`));

test.each([
  ['the low half', ([low]: [number, number]) => low],
  ['the high half', ([, high]: [number, number]) => high],
  ['both folded', ([low, high]: [number, number]) => (low ^ high) >>> 0],
  ['the middle bits', ([low, high]: [number, number]) => ((low >>> 16) | (high << 16)) >>> 0],
])('%s collides as seldom as chance has it', (_, half) => {
  const collisions = ALIKE.length - new Set(ALIKE.map(half)).size;
  // n² / 2³³ are expected, and counts of so rare events scatter by their square root
  const expected = ALIKE.length ** 2 / 2 ** 33;
  expect(Math.abs(collisions - expected)).toBeLessThan(5 * Math.sqrt(expected));
});

test('a part of a text has the hash of that part alone, and another with another seed', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.string(), (before, text, after) => {
      const part = hashOf(before + text + after, before.length, before.length + text.length);
      expect(part).toEqual(hashOf(text));
      expect(hashOf(text, 0, text.length, 1)).not.toEqual(part);
    }),
  );
});

test('what is not there differs from a NUL', () => {
  const zeros = ['', '\0', '\0\0', '\0\0\0', '\0\0\0\0', '\0\0\0\0\0'].map((text) => hashOf(text).join());
  expect(new Set(zeros).size).toBe(zeros.length);
});

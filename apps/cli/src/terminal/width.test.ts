import fc from 'fast-check';
import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import { cut, wrapped } from './width.ts';

const texts = fc
  .array(fc.oneof(fc.string({ unit: 'grapheme' }), fc.lorem({ maxCount: 3 })))
  .map((all) => all.join(' '));

test('a text is cut to the width, at a word where one ends near', () => {
  expect(cut('плед мягкий', 11)).toBe('плед мягкий');
  expect(cut('плед мягкий и тёплый', 14)).toBe('плед мягкий…');
  expect(cut('плед, мягкий', 8)).toBe('плед…');
  expect(cut('я пододеяльник', 8)).toBe('я подод…');
});

test('what is cut is no wider than asked, and begins as the text does', () => {
  fc.assert(
    fc.property(texts, fc.integer({ min: 1, max: 40 }), (text, width) => {
      const short = cut(text, width);
      expect(stringWidth(short)).toBeLessThanOrEqual(width);
      expect(text.startsWith(short.replace(/…$/, ''))).toBe(true);
    }),
  );
});

test('lines break between words and lose none', () => {
  expect(wrapped('  ! один два три', 9, '    ')).toBe('  ! один\n    два\n    три');
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[а-я]{1,12}$/)), (words) => {
      const lines = wrapped(words.join(' '), 16, '  ').split('\n');
      expect(lines.flatMap((line) => line.trim().split(' '))).toEqual(words.length > 0 ? words : ['']);
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(16);
    }),
  );
});

/** Reviews on a screen: nothing wider than it, nothing lost, nothing that a terminal would obey. */
import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { themeOf } from '../terminal/theme.ts';
import { reviewLines } from './review-text.ts';

const plain = themeOf({ hasUnicode: true, colors: 'none' });
const colored = themeOf({ hasUnicode: true, colors: '16' });
// biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control characters
const bare = (line: string) => line.replace(/\x1b\[\d+m/g, '');

const anyText = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        'куртка',
        'жмёт',
        ' ',
        '\n',
        '👍🏽',
        '👨‍👩‍👧',
        'ё',
        'е\u0308',
        '漢字',
        '\x1b[2J',
        '\u202e',
        '\r\n',
        '-',
      ),
      fc.string({ unit: 'grapheme', maxLength: 12 }),
    ),
    { maxLength: 30 },
  )
  .map((parts) => parts.join(''));

test('no line is wider than the screen, and no character is lost but spaces', () => {
  fc.assert(
    fc.property(anyText, fc.integer({ min: 4, max: 40 }), (text, width) => {
      const lines = reviewLines(text, [], width, plain);
      for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(width);
      const letters = (of: string) => plain.plain(of).replace(/\s+/g, '');
      expect(letters(lines.join(''))).toBe(letters(text));
    }),
  );
});

test('nothing in a review is obeyed by the terminal', () => {
  const [line] = reviewLines('до\x1b[31m\x07после\u202e\x9bm', [], 40, plain);
  expect(line).toBe('до [31m после  m');
});

test('words are kept whole where they fit, lines of the review stay lines', () => {
  expect(reviewLines('Куртка тёплая,\nно рукава короткие', [], 12, plain)).toEqual([
    'Куртка',
    'тёплая,',
    'но рукава',
    'короткие',
  ]);
  expect(reviewLines('сверхдлинноеслово', [], 7, plain)).toEqual(['сверхдл', 'инноесл', 'ово']);
  expect(reviewLines('👍👍👍👍👍', [], 4, plain)).toEqual(['👍👍', '👍👍', '👍']);
  expect(reviewLines('', [], 10, plain)).toEqual(['']);
});

describe('the words that mattered', () => {
  const text = 'Чайник течёт,\nне греет';
  const weight = (word: string, of: number) => {
    const start = text.indexOf(word);
    return { word, start, end: start + word.length, weight: of };
  };
  const weights = [weight('Чайник', 0.4), weight('течёт', 0.001), weight('греет', -0.2)];

  test('are painted where they stand, also across a break', () => {
    const lines = reviewLines(text, weights, 20, colored);
    expect(lines.map(bare)).toEqual(['Чайник течёт,', 'не греет']);
    expect(lines[0]).toBe(`${colored.bold(colored.good('Чайник'))} течёт,`);
    expect(lines[1]).toBe(`не ${colored.bold(colored.bad('греет'))}`);
    expect(reviewLines(text, weights, 4, colored).map(bare)).toEqual(reviewLines(text, [], 4, plain));
  });

  test('change no line, whatever they are', () => {
    fc.assert(
      fc.property(
        anyText,
        fc.array(fc.tuple(fc.nat(40), fc.nat(9), fc.double({ min: -1, max: 1 }))),
        (any, places) => {
          const words = places
            .map(([start, length, of]) => ({ word: '', start, end: start + length, weight: of }))
            .sort((a, b) => a.start - b.start);
          for (const line of reviewLines(any, words, 20, colored))
            expect(stringWidth(bare(line))).toBeLessThanOrEqual(20);
        },
      ),
    );
  });
});

test('a review of a book’s length is cut, and says so', () => {
  const lines = reviewLines('слово '.repeat(10_000), [], 60, plain);
  expect(lines.length).toBeLessThan(400);
  expect(lines.at(-1)).toBe('…');
});

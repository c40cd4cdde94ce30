import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CLEANING_RULES, type CleaningSpec, cleaner, cleanText } from './clean.ts';

describe('preset notebook does what the notebook did', () => {
  const clean = cleaner({ preset: 'notebook' });
  test.each([
    ['  два   пробела\nи строка ', 'два пробела и строка'],
    ['см. https://example.com/a?b=1, норм', 'см. норм'],
    ['<b>жирно</b><br/>конец', 'жирно конец'],
    ['пишите на a.b@example.com!', 'пишите на'],
    ['звоните +7 900 000-00-01 вечером', 'звоните вечером'],
    ['супер 👍🏽🔥', 'супер'],
    ['ёжик!!!!!!', 'ёжик!!!!!!'],
    ['а\u0085б\u001fв\ufeff', 'а б в\ufeff'],
    ['١٢٣٤٥٦٧٨ да', 'да'],
    ['HTTPS://example.com @ x@ @y a@b', 'HTTPS://example.com @ x@ @y'],
    ['123-456 и 123-4567', 'и'],
    ['12-34 12345', ''],
    ['123456 да', '123456 да'],
    [`a${' '.repeat(200_000)}b `, 'a b'],
  ])('%j → %j', (text, expected) => {
    expect(clean(text)).toBe(expected);
  });

  test('its fault is kept: dates and long article numbers go as if they were phones', () => {
    expect(clean('получила 14-10-2017, артикул 123456789')).toBe('получила , артикул');
  });
});

describe('preset standard', () => {
  test.each([
    ['получила 14-10-2017 или 31.05.2024', 'получила 14-10-2017 или 31.05.2024'],
    ['артикул 123456789012', 'артикул 123456789012'],
    ['+1000000 вам в карму, +100 000 000 руб', '+1000000 вам в карму, +100 000 000 руб'],
    ['параметры (170) 90-60-90', 'параметры (170) 90-60-90'],
    ['размеры 8 104 88 92 96', 'размеры 8 104 88 92 96'],
    ['взяла 8 284955370 и 7 500-120000', 'взяла 8 284955370 и 7 500-120000'],
    ['артикул 89123456789, арт.: 89123456789', 'артикул 89123456789, арт.: 89123456789'],
    ['с +7 900 000-00-01 42 размер', 'с 42 размер'],
    ['+375 29 000-00-01 и +49 30 00000001', 'и'],
    ['8-800-2000-600, 8 (4852) 00-00-01, (495) 000-00-01', ', ,'],
    ['★★★★★ 5***** ☆☆☆☆', '★★★★★ 5***** ☆☆☆☆'],
    ['http\u200b://example.com/x a@\u200bexample.ru', ''],
    ['и\u200b\u0306', 'й'],
    ['а\u0085б\u001fв', 'а б в'],
    ['👩\u200d🦰 и ✈\ufe0f', 'и'],
    ['размер 42-44-46, цена 1 299,00', 'размер 42-44-46, цена 1 299,00'],
    ['звоните +7 900 000-00-01', 'звоните'],
    ['тел. 8(900)0000002 или 89000000003', 'тел. или'],
    ['тел. 8–900–000–00–01 или 8\u2011900\u2011000\u201100\u201101', 'тел. или'],
    ['8 800 000-35-35 горячая', 'горячая'],
    ['Куртка&nbsp;<b>огонь</b> &quot;да&quot;', 'Куртка огонь "да"'],
    ['рост <170, вес >60', 'рост <170, вес >60'],
    ['&lt;br&gt;строка', 'строка'],
    ['&amp;amp;lt;b&amp;gt;трижды&#38;#59; &неизвестно; &foo;', 'трижды; &неизвестно; &foo;'],
    ['почта a.b@example.com.', 'почта .'],
    ['смотрите www.example.ru/x, там', 'смотрите , там'],
    ['смотрите example.ru/x, там (example.ru/y)', 'смотрите , там ( )'],
    ['заказ на example.ru пришел', 'заказ на пришел'],
    ['размер.Ткань', 'размер.Ткань'],
    ['ого!!!!!!!!', 'ого!!!'],
    ['ну...)))))', 'ну...)))'],
    ['всё ещё Ёлка', 'все еще Елка'],
    ['и\u0306 е\u0308ж', 'й еж'],
    ['сло\u200bво\u00ad и\ufeff', 'слово и'],
    ['a\u0000b\u0007', 'ab'],
    ['👨‍👩‍👧 семья 🇷🇺 1️⃣ ❤️ ☺', 'семья'],
    ['© ™ #1 * 5', '© ™ #1 * 5'],
    ['марка™\ufe0f ©\ufe0f', 'марка™ ©'],
    ['не\u00a0разрывный', 'не разрывный'],
  ])('%j → %j', (text, expected) => {
    expect(cleanText(text)).toBe(expected);
  });
});

test('each rule can be switched on and off', () => {
  expect(cleanText('👍 да!!!!!', { preset: 'standard', rules: { emoji: false, repeats: false } })).toBe(
    '👍 да!!!!!',
  );
  expect(cleanText(' ёж  👍', { preset: 'none', rules: { yo: true } })).toBe(' еж  👍');
  expect(cleanText(' ёж  👍', { preset: 'none' })).toBe(' ёж  👍');
});

const pieces = fc.constantFrom(
  ...[
    '<',
    '>',
    '</b>',
    '<b',
    '&amp;',
    '&lt;',
    'amp;',
    '@',
    '.',
    'ru',
    'example',
    '+7',
    '900',
    '8',
    '(',
    ')',
    '-',
    ' ',
    '\n',
  ],
  ...[
    '👍',
    '\u200d',
    '\ufe0f',
    'ё',
    'е\u0308',
    '!',
    'http://',
    'www.',
    '\u0000',
    '\u00ad',
    'слово',
    '1',
    '🇷',
    '🇺',
  ],
);
const nasty = fc.oneof(
  fc.array(pieces, { maxLength: 30 }).map((parts) => parts.join('')),
  fc.string({ unit: 'grapheme' }),
);

test('cleaning twice equals cleaning once', () => {
  fc.assert(
    fc.property(nasty, fc.subarray([...CLEANING_RULES]), (text, off) => {
      const spec: CleaningSpec = {
        preset: 'standard',
        rules: Object.fromEntries(off.map((rule) => [rule, false])),
      };
      const once = cleanText(text, spec);
      expect(cleanText(once, spec)).toBe(once);
    }),
    { numRuns: 500 },
  );
});

test('a text escaped many times is decoded to the end, at once', () => {
  expect(cleanText(`&${'amp;'.repeat(50)}lt;3 люблю`)).toBe('<3 люблю');
  expect(cleanText(`&${'#38;'.repeat(50)}#x43f;`)).toBe('п');
});

test('long nonsense is cleaned without taking quadratic time', () => {
  // 200,000 characters: quadratic patterns need minutes, and the test runs into its time limit
  for (const piece of [
    '<',
    '1',
    '@',
    'a',
    'a@',
    '&',
    '&amp;',
    '#38;',
    '(',
    ' ',
    '\u0308',
    'http://',
    'a.ru/',
    '1-',
    '+7 ',
    '!',
    'a.',
    '<a',
  ]) {
    const text = `&${piece.repeat(200_000 / piece.length)}`;
    cleanText(text);
    cleanText(text, { preset: 'notebook' });
  }
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { glance, HAS } from './glance.ts';
import { type CleaningRule, NOTEBOOK, STANDARD, type Step, TRIGGERS } from './rules.ts';

test.each([
  ['Хорошая куртка, «тёплая» — беру №2', HAS.yo | HAS.digit],
  ['а,б', 0],
  ['', 0],
  ['а  б', HAS.oddSpace],
  [' а', HAS.oddSpace],
  ['а ', HAS.oddSpace],
  ['а\nб', HAS.oddSpace],
  ['да!!!', 0],
  ['да!!!!', HAS.repeatedMark],
  ['длинношеее 11', HAS.digit],
  ['a@b <c> &d', HAS.latin | HAS.at | HAS.lessThan | HAS.ampersand],
  ['👍', HAS.rare],
  ['и\u0306', HAS.rare],
  ['не\u00a0надо', HAS.rare],
])('%j', (text, bits) => {
  expect(glance(text)).toBe(bits);
});

const pieces = fc.constantFrom(
  ...['а', 'ё', ' ', '  ', '\n', '\t', '!', '!!!!', '....', '*', '8', '8 (900) 000-00-02', '+79000000001'],
  ...['<b>', '<', '>', '&', '&amp;', '&#33;', 'lt;', ';', '@', 'a@b.ru', 'a.ru', 'www.x', 'https://x', '.ru'],
  ...[
    '👍',
    '\ufe0f',
    '\u200b',
    '\u0306',
    '\u00a0',
    '\u212a',
    'é',
    '№',
    '…',
    '—',
    '#',
    '\u20e3',
    '14-10-2017',
  ],
);
const texts = fc.oneof(
  fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join('')),
  fc.string({ unit: 'binary' }),
);
const rules = [...STANDARD, ...(Object.entries(NOTEBOOK) as [CleaningRule, Step][])];

test.each(rules)('a text without what sets off the rule %s is left alone by it', (rule, step) => {
  fc.assert(
    fc.property(texts, (text) => {
      if ((glance(text) & TRIGGERS[rule]) === 0) expect(step(text)).toBe(text);
    }),
    { numRuns: 500 },
  );
});

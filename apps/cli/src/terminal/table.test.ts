import fc from 'fast-check';
import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import { table } from './table.ts';

test('columns are as wide as their widest cell, numbers stand to the right', () => {
  expect(
    table(
      ['класс', 'rows'],
      [
        ['шуба', '5'],
        ['плед 🧶', '1,200'],
      ],
    ),
  ).toBe(['класс     rows', '───────  ─────', 'шуба         5', 'плед 🧶  1,200'].join('\n'));
});

test('in a narrow terminal the widest column of text is cut, numbers never', () => {
  const rows = [['пододеяльники и наволочки', 'мягкий, тёплый, без запаха', '12,345']];
  expect(table(['class', 'words', 'rows'], rows, 40)).toBe(
    [
      'class            words              rows',
      '───────────────  ───────────────  ──────',
      'пододеяльники…   мягкий, тёплый…  12,345',
    ].join('\n'),
  );
});

test('in a narrow terminal what stands above numbers is cut, too', () => {
  const rows = [['accuracy', '0.701 [0.680, 0.722]', '0.366']];
  expect(table(['metric', 'model', 'always the largest class'], rows, 46)).toBe(
    [
      'metric                   model     always the…',
      '────────  ────────────────────  ──────────────',
      'accuracy  0.701 [0.680, 0.722]           0.366',
    ].join('\n'),
  );
});

test('a row is a line, whatever stands in it, and fits', () => {
  const cell = fc.string({ unit: 'grapheme', maxLength: 60 });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(cell, cell), { maxLength: 5 }),
      fc.integer({ min: 14, max: 80 }),
      (rows, width) => {
        const lines = table(['a', 'b'], rows, width).split('\n');
        expect(lines).toHaveLength(rows.length + 2);
        for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(width);
      },
    ),
  );
});

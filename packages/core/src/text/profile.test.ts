import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findLeakage } from './leakage.ts';
import { profileDataset } from './profile.ts';

const numbered = (rows: { text: string; label?: string }[]) => rows.map((row, i) => ({ ...row, row: i + 1 }));
const LONG = 'Платье село отлично, ткань плотная, не просвечивает, размер подошел идеально';

test('rows, lengths and classes are counted', () => {
  const profile = profileDataset(
    numbered([
      { text: 'Отличная куртка', label: 'одежда' },
      { text: 'Чайник', label: 'техника' },
      { text: 'Куртка греет хорошо', label: 'одежда' },
    ]),
  );
  expect(profile.rows).toBe(3);
  expect(profile.words).toEqual({ min: 1, mean: 2, median: 2, p95: 3, max: 3 });
  expect(profile.classes).toEqual([
    { label: 'одежда', count: 2, share: 2 / 3 },
    { label: 'техника', count: 1, share: 1 / 3 },
  ]);
  expect(profile.majorityShare).toBeCloseTo(2 / 3);
  expect(profile.topTokens[0]).toEqual({ token: 'куртка', count: 2 });
  expect(profile.topTokensByClass['техника']).toEqual([{ token: 'чайник', count: 1 }]);
});

test('what spoils a training is found: empty texts, missing labels, doubled classes, contradictions', () => {
  const profile = profileDataset(
    numbered([
      { text: '  ', label: 'обувь' },
      { text: 'Кроссовки!', label: 'Обувь ' },
      { text: 'кроссовки', label: 'обувь' },
      { text: 'Кроссовки', label: 'одежда' },
      { text: 'Туфли', label: '' },
      { text: 'Ёлка', label: 'ёлки' },
      { text: 'Елка зеленая', label: 'елки' },
    ]),
  );
  expect(profile.emptyTexts).toEqual({ count: 1, rows: [1] });
  expect(profile.missingLabels).toEqual({ count: 1, rows: [5] });
  expect(profile.doubledLabels).toEqual([
    ['обувь', 'Обувь '],
    ['ёлки', 'елки'],
  ]);
  expect(profile.duplicates).toMatchObject({ texts: 1, surplusRows: 2 });
  expect(profile.conflicts.examples[0]).toMatchObject({
    rows: [2, 3, 4],
    labels: ['Обувь ', 'обувь', 'одежда'],
  });
});

test('a text with a word changed is a near-duplicate; short praise is not', () => {
  const profile = profileDataset(
    numbered([
      { text: LONG },
      { text: `${LONG}!` },
      { text: `${LONG.replace('Платье', 'Платьице')} :)` },
      { text: 'Всё хорошо' },
      { text: 'Все хорошо))' },
      { text: 'Посылка шла месяц, трек не отслеживался, деньги вернули после спора' },
    ]),
  );
  expect(profile.nearDuplicates.pairs).toBe(1);
  expect(profile.nearDuplicates.examples[0]).toMatchObject({ row: 3, otherRow: 1 });
  expect(profile.nearDuplicates.comparedRows).toBe(4);
});

test('leakage between two sets is found, exact and near', () => {
  const leakage = findLeakage(
    ['Совсем другой отзыв', LONG],
    [`${LONG.toUpperCase()}!!!`, LONG.replace('Платье', 'Платьице'), 'Новый текст', ''],
  );
  expect(leakage).toMatchObject({ exact: 1, near: 1 });
  expect(leakage.examples.map(({ row, otherRow }) => [row, otherRow])).toEqual([
    [1, 2],
    [2, 2],
  ]);
});

test('texts without a letter or digit are not leakage', () => {
  expect(findLeakage(['', '!!!'], ['', '???', '  '])).toEqual({ exact: 0, near: 0, examples: [] });
});

test('counts add up, whatever the texts', () => {
  const rows = fc.array(
    fc.record({ text: fc.string({ unit: 'grapheme' }), label: fc.constantFrom('а', 'б', '') }),
  );
  fc.assert(
    fc.property(rows, (sample) => {
      const profile = profileDataset(numbered(sample));
      const labelled = profile.classes.reduce((sum, { count }) => sum + count, 0);
      expect(labelled + profile.missingLabels.count).toBe(profile.rows);
      const shares = profile.classes.reduce((sum, { share }) => sum + share, 0);
      expect(shares).toBeCloseTo(labelled > 0 ? 1 : 0, 12);
      expect(profile.words.min).toBeLessThanOrEqual(profile.words.max);
    }),
  );
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ProfileRow, RepeatedText } from './dataset-profile.ts';
import { findLeakage } from './leakage.ts';
import { normalizedForComparison } from './letters.ts';
import { createProfiler, profileDataset } from './profile.ts';

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
  expect(findLeakage(['', '!!!'], ['', '!!!', '  '])).toMatchObject({
    rows: 3,
    exact: 0,
    near: 0,
    examples: [],
  });
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

/** Few enough words that texts are often the same, in several spellings. */
const words = fc.constantFrom('ёлка', 'Елка', 'чай', 'плед', '!', '№');
const someText = fc.array(words, { maxLength: 3 }).map((all) => all.join(' '));
const someRows = fc
  .array(fc.record({ text: someText, label: fc.constantFrom('а', 'б', 'в', '', undefined) }), {
    maxLength: 120,
  })
  .map((rows): ProfileRow[] => numbered(rows as { text: string; label?: string }[]));

const keyOf = (text: string) => normalizedForComparison(text) || text.trim();

/** What a profile says of repetitions, from all the texts at once. */
function repetitions(rows: readonly ProfileRow[]) {
  const byText = new Map<string, ProfileRow[]>();
  for (const row of rows) {
    const key = keyOf(row.text);
    if (key !== '') byText.set(key, [...(byText.get(key) ?? []), row]);
  }
  const texts = [...byText].map(([key, same]) => ({
    key,
    count: same.length,
    rows: same.slice(0, 5).map(({ row }) => row),
    labels: [...new Set(same.flatMap(({ label }) => label || []))].sort(),
  }));
  const repeated = texts.filter(({ count }) => count > 1).sort((a, b) => b.count - a.count);
  return { texts, repeated, conflicting: repeated.filter(({ labels }) => labels.length > 1) };
}

const byKey = (examples: readonly RepeatedText[]) =>
  examples.map(({ text, ...rest }) => ({ key: keyOf(text), ...rest }));

test('duplicates and conflicts are those of texts that are all kept and compared', () => {
  fc.assert(
    fc.property(someRows, (rows) => {
      const { texts, repeated, conflicting } = repetitions(rows);
      const { distinctTexts, duplicates, conflicts } = profileDataset(rows);
      expect(distinctTexts).toBe(texts.length);
      expect(duplicates.texts).toBe(repeated.length);
      expect(duplicates.surplusRows).toBe(repeated.reduce((sum, { count }) => sum + count - 1, 0));
      expect(byKey(duplicates.examples)).toEqual(repeated.slice(0, 5));
      expect(conflicts.texts).toBe(conflicting.length);
      expect(byKey(conflicts.examples)).toEqual(conflicting.slice(0, 5));
    }),
    { numRuns: 500 },
  );
});

test('classes and words are those of texts that are all kept and counted', () => {
  fc.assert(
    fc.property(someRows, (rows) => {
      const { classes, topTokens, topTokensByClass, topTokensError } = profileDataset(rows);
      const tokens = (some: readonly ProfileRow[]) => {
        const counts = new Map<string, number>();
        for (const [token] of some.flatMap(({ text }) => [...text.toLowerCase().matchAll(/\p{L}{2,}/gu)]))
          counts.set(token, (counts.get(token) ?? 0) + 1);
        return [...counts]
          .map(([token, count]) => ({ token, count }))
          .sort((a, b) => b.count - a.count || (a.token < b.token ? -1 : 1));
      };
      expect(topTokens).toEqual(tokens(rows));
      for (const { label, count } of classes) {
        const own = rows.filter((row) => row.label === label);
        expect(count).toBe(own.length);
        expect(topTokensByClass[label]).toEqual(tokens(own));
        expect(topTokensError.byClass[label]).toBe(0);
      }
    }),
  );
});

test('leakage is that of texts that are all kept and looked through, and a profile finds the same', () => {
  fc.assert(
    fc.property(someRows, fc.array(someText), (rows, other) => {
      const known = rows.map(({ text }) => normalizedForComparison(text));
      const leaked = other
        .map((text, i) => ({ row: i + 1, otherRow: known.indexOf(normalizedForComparison(text)) + 1, text }))
        .filter(({ otherRow, text }) => otherRow > 0 && normalizedForComparison(text) !== '');
      const leakage = findLeakage(
        rows.map(({ text }) => text),
        other,
      );
      expect(leakage).toMatchObject({
        exact: leaked.length,
        near: 0,
        examples: leaked.slice(0, 5),
        isComplete: true,
      });

      const profiler = createProfiler();
      for (const row of rows) profiler.add(row);
      const finder = profiler.leakageFinder();
      for (const [i, text] of other.entries()) finder.add(text, i + 1);
      expect(finder.leakage()).toMatchObject({ exact: leaked.length, near: 0, examples: leaked.slice(0, 5) });
    }),
  );
});

test('a profile says where it is not of all rows', () => {
  const profiler = createProfiler({ mostCompared: 2, mostTokens: 6, mostLabels: 2 });
  const rows = ['чай', 'плед', 'шуба', 'мех', 'зонт', 'утюг', 'фен'].map((text, i) => ({
    text,
    label: `${i}`,
  }));
  for (const row of numbered([...rows, { text: LONG, label: '1' }, { text: `${LONG} да`, label: '9' }]))
    profiler.add(row);
  const profile = profiler.profile();
  expect(profile.distinctTexts).toBe(9);
  expect(profile.nearDuplicates).toMatchObject({ pairs: 0, comparedRows: 2, isComplete: false });
  expect(profile.classes.map(({ label }) => label)).toEqual(['1', '0']);
  expect(profile.uncountedLabels).toEqual({ count: 6, rows: [3, 4, 5, 6, 7] });
  expect(profile.topTokensError.all).toBeGreaterThan(0);
  expect(profiler.leakageFinder().leakage()).toMatchObject({ comparedTexts: 2, isComplete: false });
});

test('a text with more labels than are listed still lists the first hundred', () => {
  const rows = Array.from({ length: 300 }, (_, i) => ({ text: 'Чайник', label: String(i).padStart(3, '0') }));
  const [example] = profileDataset(numbered(rows)).conflicts.examples;
  expect(example).toMatchObject({ count: 300, rows: [1, 2, 3, 4, 5] });
  expect(example?.labels.slice(0, 100)).toEqual(rows.slice(0, 100).map(({ label }) => label));
});

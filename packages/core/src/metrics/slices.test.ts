import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRandom } from '../random.ts';
import { evaluateProbabilities } from './registry.ts';
import { type Slice, sliceReport } from './slices.ts';
import { byConfidence, byLength } from './slicings.ts';

/** Two classes; a row is answered rightly with the probability of its slice. */
function answered(rightly: readonly number[], seed: number) {
  const random = createRandom(seed, 'answered');
  const truth = rightly.map(() => random.integer(2));
  const probabilities = rightly.flatMap((p, row) => {
    const isRight = random.uniform() < p;
    const answer = isRight ? truth[row] : 1 - (truth[row] as number);
    return answer === 0 ? [0.8, 0.2] : [0.2, 0.8];
  });
  return { truth, probabilities };
}

const times = <T>(n: number, one: T): T[] => new Array<T>(n).fill(one);

describe('slices', () => {
  test('are measured as the rows alone would be, the largest first; tiny ones together', () => {
    const sliceOf = [...times(25, 'б'), ...times(40, 'а'), ...times(3, 'в'), ...times(2, 'г')];
    const { truth, probabilities } = answered(times(70, 0.7), 1);
    const { groups, whole } = sliceReport(truth, probabilities, 2, [{ by: 'товар', sliceOf }], {
      samples: 100,
    });
    const [{ slices, others }] = groups as [(typeof groups)[0]];
    expect(slices.map(({ name, rows }) => [name, rows])).toEqual([
      ['а', 40],
      ['б', 25],
    ]);
    expect(others).toMatchObject({ rows: 5, values: 2 });
    expect(whole).toMatchObject({ rows: 70, share: 1 });
    const own = sliceOf.flatMap((name, row) => (name === 'а' ? [row] : []));
    expect(slices[0]?.metrics).toEqual(
      evaluateProbabilities(
        own.map((row) => truth[row]!),
        own.flatMap((row) => probabilities.slice(2 * row, 2 * row + 2)),
        2,
      ).metrics,
    );
  });

  test('together have the accuracy of the whole, whatever the slices', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(5), { minLength: 1, maxLength: 80 }), fc.nat(100), (names, seed) => {
        const { truth, probabilities } = answered(times(names.length, 0.6), seed);
        const { groups, whole } = sliceReport(
          truth,
          probabilities,
          2,
          [{ by: 'x', sliceOf: names.map(String) }],
          { minRows: 8, samples: 2 },
        );
        const all = groups.flatMap(({ slices, others }) => (others ? [...slices, others] : slices));
        const mean = all.reduce((sum, { share, metrics }) => sum + share * metrics.accuracy, 0);
        expect(mean).toBeCloseTo(whole.metrics.accuracy, 10);
        expect(all.reduce((sum, { rows }) => sum + rows, 0)).toBe(names.length);
      }),
      { numRuns: 30 },
    );
  });

  test('that are really worse are named, the surest first, and not a small one that had bad luck', () => {
    const sliceOf = [
      ...times(2000, 'sound'),
      ...times(300, 'weak'),
      ...times(300, 'weaker'),
      ...times(8, 'few'),
    ];
    const rightly = [...times(2000, 0.9), ...times(300, 0.75), ...times(300, 0.5), ...times(8, 0)];
    const { truth, probabilities } = answered(rightly, 3);
    const { worst } = sliceReport(truth, probabilities, 2, [{ by: 'product', sliceOf }], { samples: 100 });
    expect(worst.map(({ name }) => name)).toEqual(['weaker', 'weak']);
    for (const { surely, elsewhere, value } of worst) {
      expect(surely).toBeGreaterThan(0);
      expect(surely).toBeLessThan(elsewhere - value);
    }
  });

  test.each([0.2, 0.5, 0.85])(
    'of %d of all rows are held against the others with the chance that those have',
    (share) => {
      const size = 2000 * share;
      const sliceOf = [...times(size, 'weak'), ...times(2000 - size, 'sound')];
      const { truth, probabilities } = answered([...times(size, 0.6), ...times(2000 - size, 0.75)], 3);
      const { groups, worst } = sliceReport(truth, probabilities, 2, [{ by: 'x', sliceOf }], { samples: 2 });
      const named = (name: string) => groups[0]?.slices.find((one) => one.name === name) as Slice;
      const [weak, sound] = [named('weak'), named('sound')];
      const { surely, value, elsewhere } = worst[0]!;
      const ofTwo = 2.2414 / 1.96; // Bonferroni's, of the normal distribution's quantiles
      const expected =
        elsewhere -
        value -
        ofTwo *
          Math.hypot(
            weak.intervals.accuracy.high - value,
            sound.metrics.accuracy - sound.intervals.accuracy.low,
          );
      expect(elsewhere).toBe(sound.metrics.accuracy);
      expect(Math.abs(surely - expected)).toBeLessThan(0.006);
    },
  );

  test('by log loss, the greater are the worse', () => {
    const sliceOf = [...times(300, 'sound'), ...times(300, 'weak')];
    const { truth, probabilities } = answered([...times(300, 0.9), ...times(300, 0.5)], 3);
    const { worst } = sliceReport(truth, probabilities, 2, [{ by: 'x', sliceOf }], {
      metric: 'log_loss',
      samples: 200,
    });
    expect(worst.map(({ name }) => name)).toEqual(['weak']);
  });

  test('of a model that is equally good everywhere are named in fewer than one report of twenty', () => {
    const sliceOf = Array.from({ length: 200 }, (_, row) => String(row % 5));
    let reports = 0;
    for (let seed = 0; seed < 100; seed++) {
      const { truth, probabilities } = answered(times(200, 0.7), seed);
      const { worst } = sliceReport(truth, probabilities, 2, [{ by: 'x', sliceOf }], { samples: 2 });
      if (worst.length > 0) reports++;
    }
    expect(reports).toBeLessThan(8); // 2.5 expected
  });
});

describe('ready ways to slice', () => {
  test('quarters by length hold every text, and name their bounds', () => {
    const texts = ['а', 'бб', 'ввв', 'гггг', 'ддддд', '😀😀😀😀😀😀', 'жжжжжжж', 'зззззззз'];
    expect(byLength(texts)).toEqual({
      by: 'characters',
      sliceOf: ['1–2', '1–2', '3–4', '3–4', '5–6', '5–6', '7–8', '7–8'],
      order: ['1–2', '3–4', '5–6', '7–8'],
    });
    expect(byLength(['да', 'да', 'да', 'хорошо']).order).toEqual(['2–2', '3–6']);
    expect(byLength([]).sliceOf).toEqual([]);
  });

  test('by confidence every row has its place, and no slice is named as worse: they differ by nature', () => {
    const { truth } = answered(times(200, 0.5), 1);
    const confidences = truth.map((_, row) => (row < 100 ? 0.55 : 0.95));
    const probabilities = confidences.flatMap((confidence) => [confidence, 1 - confidence]);
    const slicing = byConfidence(confidences);
    const { groups, worst } = sliceReport(truth, probabilities, 2, [slicing], { samples: 50 });
    expect(groups[0]?.slices.map(({ name, rows }) => [name, rows])).toEqual([
      ['0.5–0.7', 100],
      ['0.9–1', 100],
    ]);
    expect(worst).toEqual([]);
  });
});

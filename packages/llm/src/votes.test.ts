import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCategories } from './categories.ts';
import { verdictOf } from './votes.ts';

const CATEGORIES = parseCategories(
  ['одежда', 'обувь', 'посуда'].map((name) => ({ name })),
  'here',
);
const boosted = (boost: number) => [CATEGORIES[0]!, { ...CATEGORIES[1]!, boost }, CATEGORIES[2]!];

describe('votes', () => {
  it('are decided by the mean of what they are sure of: one sure vote outweighs two doubtful ones', () => {
    const votes = [
      { label: 'одежда', confidence: 0.4 },
      { label: 'одежда', confidence: 0.4 },
      { label: 'обувь', confidence: 1 },
    ];
    const { label, probabilities } = verdictOf(votes, CATEGORIES, 'claimed');
    expect(label).toBe('обувь');
    expect(probabilities).toEqual([0.8 / 3, 1.6 / 3, 0.6 / 3].map((p) => expect.closeTo(p)));
  });

  it('count by their tokens where these are known, unless the claim is to count', () => {
    const votes = [{ label: 'одежда', confidence: 0.9, probabilities: [0.3, 0.5, 0.2] }];
    expect(verdictOf(votes, CATEGORIES, 'tokens')).toMatchObject({ label: 'обувь', confidence: 0.5 });
    expect(verdictOf(votes, CATEGORIES, 'claimed')).toMatchObject({ label: 'одежда', confidence: 0.9 });
  });

  it('may favour a rare class', () => {
    const votes = [{ label: 'одежда', confidence: 1, probabilities: [0.5, 0.4, 0.1] }];
    expect(verdictOf(votes, boosted(1.2), 'tokens').label).toBe('одежда');
    expect(verdictOf(votes, boosted(1.3), 'tokens').label).toBe('обувь');
  });

  it('give probabilities that sum to one, whatever they say; the label is the likeliest', () => {
    const vote = fc.record({
      label: fc.constantFrom('одежда', 'обувь', 'посуда'),
      confidence: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    const positive = fc.double({ min: 0.01, max: 100, noNaN: true });
    fc.assert(
      fc.property(fc.array(vote, { minLength: 1, maxLength: 5 }), positive, (votes, boost) => {
        const { label, confidence, probabilities } = verdictOf(votes, boosted(boost), 'claimed');
        expect(probabilities.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1);
        expect(confidence).toBe(Math.max(...probabilities));
        expect(probabilities[CATEGORIES.findIndex(({ name }) => name === label)]).toBe(confidence);
      }),
    );
  });
});

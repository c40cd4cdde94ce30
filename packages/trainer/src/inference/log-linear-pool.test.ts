import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { learnWeights, logProbabilities, pooled, poolLoss } from './log-linear-pool.ts';

const golden: {
  truth: number[];
  members: number[][];
  fits: { members: number[]; weights: number[]; loss: number }[];
} = JSON.parse(readFileSync(new URL('../../../../test-fixtures/goldens/pool.json', import.meta.url), 'utf8'));
const CLASSES = 3;

/** What some members answer to texts of three classes, and the truth. */
const answered = (least: number, most: number) =>
  fc
    .tuple(fc.integer({ min: least, max: most }), fc.integer({ min: 8, max: 30 }))
    .chain(([members, rows]) => {
      const scores = fc.array(fc.double({ min: -4, max: 4, noNaN: true }), {
        ...{ minLength: rows * CLASSES, maxLength: rows * CLASSES },
      });
      return fc.record({
        truth: fc.array(fc.nat(CLASSES - 1), { minLength: rows, maxLength: rows }),
        members: fc.array(scores.map(softmax), { minLength: members, maxLength: members }),
      });
    });

function softmax(scores: readonly number[]): Float32Array {
  const powers = scores.map(Math.exp);
  return Float32Array.from(powers, (power, i) => {
    const first = i - (i % CLASSES);
    return power / powers.slice(first, first + CLASSES).reduce((sum, one) => sum + one);
  });
}

const lossOf = (members: readonly ArrayLike<number>[], truth: readonly number[], weights: number[]) =>
  poolLoss(members.map(logProbabilities), truth, CLASSES, weights).value;

test.each(golden.fits)('the weights of members $members are those of SciPy', ({ members, weights, loss }) => {
  const chosen = members.map((m) => golden.members[m] as number[]);
  const learned = learnWeights(chosen, golden.truth, 4);
  weights.forEach((weight, m) => {
    expect(learned[m]).toBeCloseTo(weight, 5);
  });
  const logs = chosen.map(logProbabilities);
  expect(poolLoss(logs, golden.truth, 4, learned).value).toBeCloseTo(loss, 7);
});

describe('the loss of a pool', () => {
  test('has the gradient and the curvature of its finite differences', () => {
    const step = 1e-5;
    fc.assert(
      fc.property(answered(2, 3), ({ members, truth }) => {
        const logs = members.map(logProbabilities);
        const weights = members.map((_, m) => 0.3 + 0.4 * m);
        const { gradient, hessian } = poolLoss(logs, truth, CLASSES, weights);
        members.forEach((_, m) => {
          const at = (by: number) => poolLoss(logs, truth, CLASSES, weights.with(m, weights[m]! + by));
          const [after, before] = [at(step), at(-step)];
          expect(gradient[m]).toBeCloseTo((after.value - before.value) / (2 * step), 6);
          members.forEach((__, n) => {
            const slope = (after.gradient[n]! - before.gradient[n]!) / (2 * step);
            expect(hessian[m]?.[n]).toBeCloseTo(slope, 6);
          });
        });
      }),
      { numRuns: 30 },
    );
  });

  test('is the mean −log of what the pool answers to the truth', () => {
    fc.assert(
      fc.property(answered(1, 3), ({ members, truth }) => {
        const weights = members.map((_, m) => 0.5 + m);
        const answers = pooled(members, weights, CLASSES);
        const sum = truth.reduce((total, id, row) => total - Math.log(answers[row * CLASSES + id]!), 0);
        expect(lossOf(members, truth, weights)).toBeCloseTo(sum / truth.length, 4);
      }),
      { numRuns: 30 },
    );
  });
});

describe('learned weights', () => {
  test('lose no more on what they learned from than the best member alone, but for the ridge', () => {
    fc.assert(
      fc.property(answered(2, 4), ({ members, truth }) => {
        const learned = lossOf(members, truth, learnWeights(members, truth, CLASSES));
        members.forEach((member) => {
          expect(learned).toBeLessThanOrEqual(lossOf([member], truth, [1]) + 0.5e-4);
        });
      }),
    );
  });

  test('are never below zero, and no weight could be moved with profit', () => {
    fc.assert(
      fc.property(answered(2, 4), ({ members, truth }) => {
        const weights = learnWeights(members, truth, CLASSES);
        const ridge = (at: readonly number[]) =>
          0.5e-4 * at.reduce((sum, weight) => sum + (weight - 1 / at.length) ** 2, 0);
        const least = lossOf(members, truth, weights) + ridge(weights);
        weights.forEach((weight, m) => {
          expect(weight).toBeGreaterThanOrEqual(0);
          for (const by of [0.01, -0.01]) {
            const moved = weights.with(m, Math.max(0, weight + by));
            expect(lossOf(members, truth, moved) + ridge(moved)).toBeGreaterThanOrEqual(least - 1e-9);
          }
        });
      }),
    );
  });

  test('are shared by equal members', () => {
    fc.assert(
      fc.property(answered(1, 1), ({ members: [member], truth }) => {
        const [a, b, c] = learnWeights([member!, member!, member!], truth, CLASSES);
        expect(b).toBeCloseTo(a!, 6);
        expect(c).toBeCloseTo(a!, 6);
      }),
    );
  });

  test('go with their members, in whatever order those come', () => {
    fc.assert(
      fc.property(answered(2, 4), ({ members, truth }) => {
        const weights = learnWeights(members, truth, CLASSES);
        const reversed = learnWeights(members.toReversed(), truth, CLASSES);
        weights.toReversed().forEach((weight, m) => {
          expect(reversed[m]).toBeCloseTo(weight, 5);
        });
      }),
    );
  });

  test('of a member that stands alone undo whatever temperature it has', () => {
    fc.assert(
      fc.property(
        answered(1, 1),
        fc.double({ min: 0.5, max: 2, noNaN: true }),
        ({ members: [member], truth }, power) => {
          const sharpened = pooled([member!], [power], CLASSES);
          const [weight, other] = [member!, sharpened].map(
            (answers) => learnWeights([answers], truth, CLASSES)[0]!,
          );
          fc.pre(Math.max(weight!, other!) < 3); // where a member says next to nothing, the ridge decides
          const expected = pooled([member!], [weight!], CLASSES);
          pooled([sharpened], [other!], CLASSES).forEach((probability, i) => {
            expect(probability).toBeCloseTo(expected[i]!, 2);
          });
        },
      ),
      { numRuns: 30 },
    );
  });
});

test('a member that is certain of what is false does not silence the others', () => {
  const [sound, certain] = [Float32Array.of(0.2, 0.8), Float32Array.of(1, 0)];
  expect(pooled([sound, certain], [1, 0.001], 2)[1]).toBeGreaterThan(0.7);
});

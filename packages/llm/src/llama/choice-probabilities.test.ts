import fc from 'fast-check';
import { expect, it } from 'vitest';
import { choiceProbabilities } from './choice-probabilities.ts';

/** A model whose next token depends on the path alone. */
const logit = (path: readonly number[], token: number) =>
  Math.sin(path.reduce((h, t) => h * 7 + t, 3) + token * 5);
const logitsAfter = async (path: readonly number[], choices: readonly number[]) =>
  choices.map((token) => logit(path, token));

it('is the product, along an answer, of its token’s share among those that lead to any answer', async () => {
  const tokens = fc.array(fc.nat(3), { maxLength: 5 });
  const END = 9; // so that no answer begins another
  const answers = fc.uniqueArray(
    tokens.map((list) => [...list, END]),
    { minLength: 1, maxLength: 8, selector: (list) => list.join() },
  );
  await fc.assert(
    fc.asyncProperty(answers, async (lists) => {
      const expected = lists.map((list) =>
        list.reduce((product, token, depth) => {
          const path = list.slice(0, depth);
          const open = lists.filter((other) => path.every((t, i) => other[i] === t));
          const choices = [...new Set(open.map((other) => other[depth] as number))];
          const total = choices.reduce((sum, choice) => sum + Math.exp(logit(path, choice)), 0);
          return (product * Math.exp(logit(path, token))) / total;
        }, 1),
      );
      const found = await choiceProbabilities(lists, logitsAfter);
      expect(found).toEqual(expected.map((p) => expect.closeTo(p, 10)));
      expect(found.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1);
    }),
  );
});

it('asks the model only where answers part', async () => {
  const asked: (readonly number[])[] = [];
  await choiceProbabilities(
    [
      [1, 2, 3, 9],
      [1, 2, 4, 9],
      [1, 5, 9],
    ],
    async (path, choices) => {
      asked.push(path);
      return choices.map(() => 0);
    },
  );
  expect(asked).toEqual([[1], [1, 2]]);
});

it('refuses answers one of which begins another', async () => {
  await expect(choiceProbabilities([[1], [1, 2]], logitsAfter)).rejects.toThrow(RangeError);
});

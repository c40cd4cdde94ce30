import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRandom } from '../random.ts';
import { PERTURBATIONS, perturbed } from './perturb.ts';

const REVIEW = 'Куртка тёплая, но рукава короткие: пришлось вернуть, деньги обещали через неделю';
const words = (text: string) => text.split(/\s+/).filter((word) => word !== '');
const sorted = (text: string) => words(text).sort();
const variants = (how: (typeof PERTURBATIONS)[number], text = REVIEW, n = 200) =>
  Array.from({ length: n }, (_, i) => perturbed(text, how, createRandom(1, how, i)));

test.each(PERTURBATIONS)('%s: the same stream gives the same text, another one another', (how) => {
  expect(variants(how)).toEqual(variants(how));
  expect(new Set(variants(how)).size).toBeGreaterThan(5);
  for (const variant of variants(how)) expect(variant).not.toBe(REVIEW);
});

test('dropout leaves words out, in their order, and never all', () => {
  const text = fc.array(fc.stringMatching(/^[а-я]{1,8}$/), { minLength: 2, maxLength: 30 });
  fc.assert(
    fc.property(text, fc.nat(), (all, seed) => {
      const left = words(perturbed(all.join(' '), 'dropout', createRandom(seed)));
      expect(left.length).toBeGreaterThan(0);
      expect(left.length).toBeLessThan(all.length);
      let at = 0;
      for (const word of left) at = all.indexOf(word, at) + 1 || Number.POSITIVE_INFINITY;
      expect(at).toBeLessThanOrEqual(all.length);
    }),
  );
});

test('swaps keep every word', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('а', 'б', ' ', '!') }), fc.nat(), (text, seed) => {
      expect(sorted(perturbed(text, 'swaps', createRandom(seed)))).toEqual(sorted(text));
    }),
  );
});

test('typos are few, of keys that lie side by side, and keep case, digits and marks', () => {
  for (const variant of variants('typos')) {
    expect(words(variant)).toHaveLength(words(REVIEW).length);
    expect(Math.abs(variant.length - REVIEW.length)).toBeLessThan(8);
    expect(variant.replaceAll(/\p{L}/gu, '')).toBe(REVIEW.replaceAll(/\p{L}/gu, ''));
  }
  const single = new Set(variants('typos', 'й'));
  expect([...single].sort()).toEqual(['', 'йй', 'ё', 'ц'].sort());
  expect(variants('typos', 'Й').every((one) => ['', 'Йй', 'Ё', 'Ц'].includes(one))).toBe(true);
});

test.each(['', '123!', '🙂'])('what has nothing to change stays: %j', (text) => {
  for (const how of PERTURBATIONS) expect(perturbed(text, how, createRandom(1))).toBe(text);
});

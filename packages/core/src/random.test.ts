import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRandom, shuffled } from './random.ts';

const draw = (random: { uniform(): number }, n: number) => Array.from({ length: n }, () => random.uniform());

test('the same keys give the same stream, other keys another', () => {
  expect(draw(createRandom(42, 'shuffle', 3), 5)).toEqual(draw(createRandom(42, 'shuffle', 3), 5));
  const first = [
    createRandom(42),
    createRandom(43),
    createRandom(42, 'shuffle'),
    createRandom(42, 'shuffle', 1),
  ];
  expect(new Set(first.map((random) => random.uniform())).size).toBe(4);
});

test('uniform numbers fill [0, 1) evenly', () => {
  const numbers = draw(createRandom(1), 20_000);
  const counts = new Array<number>(10).fill(0);
  for (const number of numbers) counts[Math.floor(number * 10)]!++;
  expect(Math.min(...counts)).toBeGreaterThan(1850);
  expect(Math.max(...counts)).toBeLessThan(2150);
});

test('normal numbers have mean 0 and deviation 1', () => {
  const random = createRandom(2);
  const numbers = Array.from({ length: 20_000 }, () => random.normal());
  const mean = numbers.reduce((sum, n) => sum + n, 0) / numbers.length;
  const variance = numbers.reduce((sum, n) => sum + (n - mean) ** 2, 0) / numbers.length;
  expect(Math.abs(mean)).toBeLessThan(0.03);
  expect(Math.abs(Math.sqrt(variance) - 1)).toBeLessThan(0.03);
});

test('shuffling keeps every item', () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), fc.integer(), (items, seed) => {
      const result = shuffled(items, createRandom(seed));
      expect(result.toSorted()).toEqual(items.toSorted());
    }),
  );
});

test('every order of three comes out of a shuffle equally often', () => {
  const random = createRandom(3);
  const counts = new Map<string, number>();
  for (let i = 0; i < 6000; i++) {
    const order = shuffled(['а', 'б', 'в'], random).join('');
    counts.set(order, (counts.get(order) ?? 0) + 1);
  }
  expect(counts.size).toBe(6);
  expect(Math.min(...counts.values())).toBeGreaterThan(880);
  expect(Math.max(...counts.values())).toBeLessThan(1120);
});

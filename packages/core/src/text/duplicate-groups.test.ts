import fc from 'fast-check';
import { expect, test } from 'vitest';
import { duplicateGroups } from './duplicate-groups.ts';

const LONG = 'Куртка тёплая, но рукава короткие и молния заедает, ношу вторую зиму подряд';

test('equal texts are bound, whatever their case, ё and punctuation', () => {
  const { groups, boundRows } = duplicateGroups([
    'иное',
    LONG,
    LONG.toUpperCase(),
    `${LONG.replace('ё', 'е')}!!`,
  ]);
  expect(groups).toEqual([0, 1, 1, 1]);
  expect(boundRows).toBe(3);
});

test('nearly equal texts are bound', () => {
  expect(duplicateGroups([LONG, `${LONG}.`, `${LONG} ура`]).groups).toEqual([0, 0, 0]);
});

test('short texts bind nothing, not even equal ones', () => {
  const short = ['всё хорошо', 'всё хорошо', 'Всё хорошо!', '', ''];
  expect(duplicateGroups(short)).toEqual({ groups: [0, 1, 2, 3, 4], boundRows: 0, isComplete: true });
});

test('what is near to a near one belongs to it, in any order', () => {
  const words = `${LONG}, а пуговица на кармане отлетела в первый же день, пришлось пришивать самой`.split(
    ' ',
  );
  const others = words.map((word) => [...word].reverse().join(''));
  const chain = words.map((_, i) => [...others.slice(0, i), ...words.slice(i)].join(' '));
  const together = new Set(duplicateGroups(chain).groups).size;
  expect(duplicateGroups([chain[0]!, chain.at(-1)!]).groups).toEqual([0, 1]);
  expect(together).toBeLessThan(chain.length / 2);
  fc.assert(
    fc.property(fc.shuffledSubarray(chain, { minLength: chain.length }), (texts) => {
      const { groups } = duplicateGroups(texts);
      expect(new Set(groups).size).toBe(together);
      expect(groups.every((group, row) => group <= row && groups[group] === group)).toBe(true);
    }),
    { numRuns: 20 },
  );
});

test('of very many texts near ones are looked for among the first, equal ones among all', () => {
  const { groups, isComplete } = duplicateGroups([LONG, `иначе: ${LONG}`, LONG, `${LONG} ура`], 1);
  expect(isComplete).toBe(false);
  expect(groups).toEqual([0, 1, 0, 3]);
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NONE, ROOT, Trie } from './trie.ts';

const path = fc.array(fc.nat({ max: 5 }), { minLength: 1, maxLength: 6 });
const added = (trie: Trie, symbols: readonly number[]) =>
  symbols.reduce((node, symbol) => trie.add(node, symbol), ROOT);
const found = (trie: Trie, symbols: readonly number[]) => {
  let node = ROOT;
  for (const symbol of symbols) {
    node = trie.find(node, symbol);
    if (node === NONE) break;
  }
  return node;
};

test('each path has a node of its own, which leads back to it', () => {
  fc.assert(
    fc.property(fc.array(path, { maxLength: 50 }), path, (paths, other) => {
      const trie = new Trie();
      for (const one of paths) {
        const node = added(trie, one);
        expect(found(trie, one)).toBe(node);
        expect(trie.pathTo(node)).toEqual(one);
      }
      const begun = paths.some((one) => other.every((symbol, i) => symbol === one[i]));
      expect(found(trie, other) !== NONE).toBe(begun);
    }),
  );
});

test('of many nodes the wanted ones are kept, with those on the way to them', () => {
  const trie = new Trie();
  const nodes = Array.from({ length: 5000 }, (_, i) => added(trie, [i % 70, i, i * 65_537]));
  const wanted = new Set(nodes.filter((_, i) => i % 3 === 0));
  const moves = new Map<number, number>();
  trie.keep(
    (node) => wanted.has(node),
    (from, to) => moves.set(from, to),
  );
  nodes.forEach((node, i) => {
    const now = found(trie, [i % 70, i, i * 65_537]);
    expect(now).toBe(i % 3 === 0 ? moves.get(node) : NONE);
  });
  expect(trie.size).toBe(moves.size + 1);
});

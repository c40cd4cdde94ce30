/**
 * What a text is taken apart into: stems of words with their neighbours, and character n-grams inside words, as by
 * scikit-learn's TfidfVectorizer with a stemming tokeniser and with analyzer "char_wb".
 */
import { stem } from './stem.ts';
import { NONE, ROOT } from './trie.ts';

/** Lengths of n-grams, from … to. */
export type NgramRange = readonly [number, number];

/** Names of features: those of words and of characters are told apart by what stands first. */
export const WORD = 'w';
export const CHARACTER = 'c';

/** Small letters, with е for ё. */
export function normalized(text: string): string {
  return text.toLowerCase().replaceAll('ё', 'е');
}

/** @param text normalized */
export function stemsOf(text: string): string[] {
  return (text.match(/[\p{L}\p{N}_]{2,}/gu) ?? []).map(stem);
}

/** @param text normalized @returns what stands between white space, marks included */
export function wordsOf(text: string): string[] {
  return text.split(/\s+/u).filter((word) => word !== '');
}

/** How to go on from a node of a trie: to NONE where there is nothing, or by making a node. */
export type Step = (node: number, symbol: number) => number;

/** @returns the nodes of all n-grams; those of one that occurs twice stand twice */
export function ngramNodes(symbols: ArrayLike<number>, [from, to]: NgramRange, step: Step): number[] {
  const nodes: number[] = [];
  for (let start = 0; start + from <= symbols.length; start++) {
    const end = Math.min(start + to, symbols.length);
    let node = ROOT;
    for (let at = start; at < end; at++) {
      node = step(node, symbols[at] as number);
      if (node === NONE) break;
      if (at + 1 - start >= from) nodes.push(node);
    }
  }
  return nodes;
}

/** As scikit-learn's char_wb: spaces belong to a word, and one that is shorter than any n-gram counts whole. */
export function characterNodes(word: string, [from, to]: NgramRange, step: Step): number[] {
  const characters = Array.from(` ${word} `, (character) => character.codePointAt(0) as number);
  return ngramNodes(characters, [Math.min(from, characters.length), to], step);
}

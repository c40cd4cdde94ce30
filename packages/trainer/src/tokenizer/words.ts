/** Where words are in a tokenised text. */
import type { Tokenizer } from './load.ts';

/** @returns the places of each word's pieces; special tokens are no words */
export function wordsOf(ids: readonly number[], roleOf: Tokenizer['roleOf']): number[][] {
  const words: number[][] = [];
  let isInWord = false;
  ids.forEach((id, place) => {
    const role = roleOf(id);
    if (role === 'continues-word' && isInWord) words.at(-1)?.push(place);
    else if (role !== 'special') words.push([place]);
    isInWord = role !== 'special';
  });
  return words;
}

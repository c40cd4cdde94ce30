/**
 * A text as it might have been written instead: with typos of a Russian keyboard, with words left out, with neighbouring
 * words in the other order. The label stays what it was, so small classes grow by it.
 *
 * Reference: Wei and Zou, EDA: Easy Data Augmentation Techniques (2019), whose 10 % of the words this takes over.
 */
import type { Random } from '../random.ts';

export const PERTURBATIONS = ['typos', 'dropout', 'swaps'] as const;

export type Perturbation = (typeof PERTURBATIONS)[number];

/** @returns the text itself where it is too short to be changed so */
export function perturbed(text: string, how: Perturbation, random: Random): string {
  return CHANGES[how](text, random);
}

const CHANGES: Readonly<Record<Perturbation, (text: string, random: Random) => string>> = {
  typos: withTypos,
  dropout: withWordsDropped,
  swaps: withWordsSwapped,
};

/** Of letters. */
const TYPO_RATE = 0.03;
/** Of words. */
const WORD_RATE = 0.1;

const ROWS = ['ёйцукенгшщзхъ', 'фывапролджэ', 'ячсмитьбю', 'qwertyuiop', 'asdfghjkl', 'zxcvbnm'];
/** By letter, the keys to its left and right. */
const BESIDE = new Map(
  ROWS.flatMap((row) => [...row].map((key, i) => [key, `${row[i - 1] ?? ''}${row[i + 1] ?? ''}`] as const)),
);

function withTypos(text: string, random: Random): string {
  const characters = [...text];
  const letters = characters.flatMap((character, at) => (BESIDE.has(character.toLowerCase()) ? [at] : []));
  const wrong = chosen(letters, TYPO_RATE, random);
  return characters
    .map((character, at) => (wrong.has(at) ? mistyped(character, characters[at - 1], random) : character))
    .join('');
}

/** Another key, the same twice, none, or the one before once more. */
function mistyped(letter: string, before: string | undefined, random: Random): string {
  const kind = random.integer(4);
  if (kind === 0) return '';
  if (kind === 1) return letter + letter.toLowerCase();
  const beside = BESIDE.get(letter.toLowerCase()) as string;
  const key = kind === 2 && before !== undefined && BESIDE.has(before) ? before : pick(beside, random);
  return letter === letter.toLowerCase() ? key : key.toUpperCase();
}

function withWordsDropped(text: string, random: Random): string {
  const words = text.split(/\s+/).filter((word) => word !== '');
  if (words.length < 2) return text;
  const gone = chosen([...words.keys()], WORD_RATE, random);
  return words.filter((_, i) => !gone.has(i)).join(' ');
}

function withWordsSwapped(text: string, random: Random): string {
  const words = text.split(/\s+/).filter((word) => word !== '');
  if (words.length < 2) return text;
  const places = chosen([...words.keys()].slice(1), WORD_RATE, random);
  for (const at of places) {
    [words[at - 1], words[at]] = [words[at] as string, words[at - 1] as string];
  }
  return words.join(' ');
}

/** Each with the probability, but at least one, and of several never all. */
function chosen(places: readonly number[], rate: number, random: Random): Set<number> {
  if (places.length === 0) return new Set();
  const drawn = new Set(places.filter(() => random.uniform() < rate));
  if (drawn.size === 0) drawn.add(places[random.integer(places.length)] as number);
  if (drawn.size === places.length && places.length > 1)
    drawn.delete(places[random.integer(places.length)] as number);
  return drawn;
}

function pick(keys: string, random: Random): string {
  return keys[random.integer(keys.length)] as string;
}

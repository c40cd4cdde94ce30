/**
 * MaxMatch-Dropout: a word is split into other pieces whenever it is read again. WordPiece takes the longest piece that a
 * word goes on with; here a piece of more than one character is passed over with some probability, and the next shorter
 * one is tried. So a model meets «коробк ##а» and «короб ##ка», learns what words have in common, and overfits later.
 * Reference: Hiraoka 2022, https://arxiv.org/abs/2209.04126
 */
import { createRandom, OtzyvError, type Random } from '@otzyv/core';
import type { Tokenizer, WordPieces } from './load.ts';
import { wordsOf } from './words.ts';

export interface SubwordDropout {
  /** probability of a piece to be passed over; 0: words are split as ever */
  readonly subwordDropout: number;
  readonly seed: number;
  /** in tokens, at which a text is cut that has become longer */
  readonly maxLength: number;
}

/**
 * @param tokenIds of each text, as the tokenizer gives them
 * @returns what is read of a text in an epoch: a function of seed, epoch and text alone
 */
export function readings(
  tokenIds: readonly (readonly number[])[],
  tokenizer: Tokenizer,
  { subwordDropout, seed, maxLength }: SubwordDropout,
): (index: number, epoch: number) => readonly number[] {
  const idsOf = (index: number) => tokenIds[index] as readonly number[];
  if (subwordDropout === 0) return idsOf;
  return (index, epoch) => {
    const random = createRandom(seed, 'see', epoch, index);
    const ids = splitAnew(idsOf(index), tokenizer, subwordDropout, random);
    // [CLS] … [SEP]: what closes the text stays
    return ids.length <= maxLength ? ids : [...ids.slice(0, maxLength - 1), ids.at(-1) as number];
  };
}

/** @returns the text in other pieces; what the vocabulary cannot spell stays as it was */
export function splitAnew(
  ids: readonly number[],
  tokenizer: Pick<Tokenizer, 'roleOf' | 'pieces'>,
  dropout: number,
  random: Random,
): number[] {
  const { pieces, roleOf } = tokenizer;
  if (pieces === undefined) return [...ids];
  const result: number[] = [];
  let done = 0;
  for (const places of wordsOf(ids, roleOf)) {
    const [begin, end] = [places[0] as number, (places.at(-1) as number) + 1];
    const word = ids.slice(begin, end);
    result.push(
      ...ids.slice(done, begin),
      ...(splitWord(spelled(word, pieces), pieces, dropout, random) ?? word),
    );
    done = end;
  }
  result.push(...ids.slice(done));
  return result;
}

/** @returns ids of all pieces that the words of these texts may be split into */
export function piecesWithin(
  tokenIds: readonly (readonly number[])[],
  { roleOf, pieces }: Tokenizer,
): ReadonlySet<number> {
  const found = new Set<number>();
  if (pieces === undefined) return found;
  const words = new Set<string>();
  for (const ids of tokenIds) {
    for (const places of wordsOf(ids, roleOf)) {
      words.add(
        spelled(
          places.map((place) => ids[place] as number),
          pieces,
        ).join(''),
      );
    }
  }
  for (const word of words) {
    const characters = [...word];
    for (let begin = 0; begin < characters.length; begin++) {
      for (let end = begin + 1; end <= characters.length; end++) {
        const id = pieces.idOf(characters.slice(begin, end).join(''), begin > 0);
        if (id !== undefined) found.add(id);
      }
    }
  }
  return found;
}

/** @throws OtzyvError `options.subword-dropout` where words are not split by WordPiece */
export function checkSubwordDropout(
  { subwordDropout, model }: { subwordDropout: number; model: string },
  { pieces }: Pick<Tokenizer, 'pieces'>,
): void {
  if (subwordDropout === 0 || pieces !== undefined) return;
  throw new OtzyvError(
    'options.subword-dropout',
    `--subword-dropout is for WordPiece, and ${model} splits words in another way`,
    'Leave it out.',
  );
}

/** In characters. */
function spelled(word: readonly number[], pieces: WordPieces): string[] {
  return word.flatMap((id) => [...pieces.textOf(id)]);
}

function splitWord(
  characters: readonly string[],
  pieces: WordPieces,
  dropout: number,
  random: Random,
): number[] | undefined {
  const ids: number[] = [];
  for (let begin = 0, end = characters.length; begin < characters.length; end = characters.length) {
    let id: number | undefined;
    for (; end > begin; end--) {
      id = pieces.idOf(characters.slice(begin, end).join(''), begin > 0);
      if (id !== undefined && (end === begin + 1 || random.uniform() >= dropout)) break;
    }
    if (id === undefined || end === begin) return undefined;
    ids.push(id);
    begin = end;
  }
  return ids;
}

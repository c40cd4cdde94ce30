/**
 * Which words an answer hangs on, by occlusion: each word is left out in turn, and what the probability of the label
 * loses by it is the word's weight. It asks nothing of the classifier but answers, so it works for any kind.
 * Reference: Zeiler and Fergus 2014, "Visualizing and Understanding Convolutional Networks", section 3; for texts Li,
 * Monroe and Jurafsky 2016, "Understanding Neural Networks through Representation Erasure".
 */
import { cleaner, encoderOf } from '@otzyv/core';
import type { Classifier } from './classifier.ts';

/** Words of a text that stand side by side: one, or several where the text is long. */
export interface Piece {
  /** as it stands in the text */
  readonly word: string;
  /** where it begins, in UTF-16 units as in `text.slice(start, end)` */
  readonly start: number;
  readonly end: number;
}

/** How much a piece speaks for a label. */
export interface WordWeight extends Piece {
  /** The label's probability with the piece less that without it: above 0 it speaks for the label, below against. */
  readonly weight: number;
}

/** A text's answer, and the answers without each of its pieces. */
export interface Occlusion {
  /** in the order of the text */
  readonly pieces: readonly Piece[];
  /** of the whole text [classes] */
  readonly whole: Float32Array;
  /** [pieces × classes] */
  readonly without: Float32Array;
}

export interface OcclusionOptions {
  readonly signal?: AbortSignal | undefined;
  /** Answers that a text may cost: the words of a longer one are left out some at a time (default: 64). */
  readonly mostPieces?: number;
}

const MOST_PIECES = 64;

/** @throws OtzyvError `labels.unknown` where the classifier has no such label; the signal's reason when aborted */
export async function explain(
  classifier: Classifier,
  text: string,
  { label, ...options }: OcclusionOptions & { readonly label?: string | undefined } = {},
): Promise<WordWeight[]> {
  const asked = label === undefined ? undefined : encoderOf(classifier.labels).encode(label);
  const occlusion = await occlude(classifier, text, options);
  return weightsFor(occlusion, asked ?? occlusion.whole.indexOf(Math.max(...occlusion.whole)));
}

/** All answers come from one call, in batches as the model makes them. What the cleaning removes is not asked about. */
export async function occlude(
  classifier: Classifier,
  text: string,
  { signal, mostPieces = MOST_PIECES }: OcclusionOptions = {},
): Promise<Occlusion> {
  const clean = cleaner(classifier.card?.cleaning ?? { preset: 'none' });
  const pieces = piecesOf(text, mostPieces);
  const wordsLeft = wordsOf(clean(text)).length;
  const shortened = pieces.map(({ start, end }) => text.slice(0, start) + text.slice(end));
  // a part of an address or a tag, left out, makes no words fewer: the model sees none of it, or sees its remains as new words
  const isSeen = shortened.map((rest) => wordsOf(clean(rest)).length < wordsLeft);
  const asked = shortened.filter((_, at) => isSeen[at]);
  const { probabilities } = await classifier.predict([text, ...asked], { signal });
  const classes = classifier.labels.length;
  const whole = probabilities.slice(0, classes);
  const without = new Float32Array(pieces.length * classes);
  let answer = 0;
  isSeen.forEach((seen, at) => {
    if (seen) answer++;
    const row = seen ? probabilities.subarray(answer * classes, (answer + 1) * classes) : whole;
    without.set(row, at * classes);
  });
  return { pieces, whole, without };
}

/** @param labelId whose probability is looked at */
export function weightsFor({ pieces, whole, without }: Occlusion, labelId: number): WordWeight[] {
  const own = whole[labelId] as number;
  return pieces.map((piece, at) => ({
    ...piece,
    weight: own - (without[at * whole.length + labelId] as number),
  }));
}

/** Below this a probability is as good as none. */
const LEAST_PROBABILITY = 1e-6;

/**
 * How much each piece speaks for one label against another: ln of the factor by which it raises the odds between them.
 * Unlike a difference of probabilities it does not fade where the classifier is sure.
 * @returns by piece; above 0 for `labelId`, below for `otherId`
 */
export function logOddsFor(
  { pieces, whole, without }: Occlusion,
  labelId: number,
  otherId: number,
): number[] {
  const logOdds = (answer: Float32Array) => {
    const [own = 0, other = 0] = [labelId, otherId].map((id) =>
      Math.log(Math.max(answer[id] as number, LEAST_PROBABILITY)),
    );
    return own - other;
  };
  const classes = whole.length;
  return pieces.map((_, at) => logOdds(whole) - logOdds(without.subarray(at * classes, (at + 1) * classes)));
}

/** Letters and digits, also on both sides of a hyphen or an apostrophe. */
const WORD = /[\p{L}\p{M}\p{N}_]+(?:[-‐‑'’][\p{L}\p{M}\p{N}_]+)*/gu;

function wordsOf(text: string): Piece[] {
  return Array.from(text.matchAll(WORD), ({ 0: word, index }) => ({
    word,
    start: index,
    end: index + word.length,
  }));
}

/** Pieces of as many words each, as many pieces as may be. */
function piecesOf(text: string, most: number): Piece[] {
  const words = wordsOf(text);
  const size = Math.ceil(words.length / most);
  if (size <= 1) return words;
  return Array.from({ length: Math.ceil(words.length / size) }, (_, at) => {
    const inside = words.slice(at * size, (at + 1) * size);
    const [start, end] = [inside[0]?.start as number, inside.at(-1)?.end as number];
    return { word: text.slice(start, end), start, end };
  });
}

/**
 * Whole-word masking: some words of a text are chosen, and every piece of them is to be found out. Of those pieces 80 %
 * become [MASK], 10 % any other token, and 10 % stay, so that the model must not trust what it sees. What is chosen in a
 * text is a function of seed, epoch and text alone: a run that is resumed masks what it would have masked.
 * Reference: Devlin et al. 2018, https://arxiv.org/abs/1810.04805; whole words: https://github.com/google-research/bert
 */
import { createRandom, type Random, shuffled } from '@otzyv/core';
import { collate } from '../data/batches.ts';
import type { LabelledBatch } from '../engine/engine.ts';
import type { Tokenizer } from '../tokenizer/load.ts';
import type { TrainingSet } from '../training/training-set.ts';

const MASKED = 0.8;
const REPLACED = 0.1;

export interface MaskingRules {
  readonly maskTokenId: number;
  readonly roleOf: Tokenizer['roleOf'];
  /** what a piece may be replaced by */
  readonly replacements: readonly number[];
  /** share of the words that are chosen; of every text at least one is */
  readonly probability: number;
}

export interface MaskedText {
  readonly ids: readonly number[];
  /** places that are asked for, ascending */
  readonly positions: readonly number[];
  /** what stood there */
  readonly labels: readonly number[];
}

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

export function maskWords(ids: readonly number[], rules: MaskingRules, random: Random): MaskedText {
  const words = wordsOf(ids, rules.roleOf);
  const chosen = Math.max(1, Math.round(words.length * rules.probability));
  const positions = shuffled(words, random)
    .slice(0, chosen)
    .flat()
    .sort((a, b) => a - b);
  const masked = [...ids];
  for (const place of positions) masked[place] = disguised(ids[place] as number, rules, random);
  return { ids: masked, positions, labels: positions.map((place) => ids[place] as number) };
}

function disguised(id: number, { maskTokenId, replacements }: MaskingRules, random: Random): number {
  const draw = random.uniform();
  if (draw < MASKED) return maskTokenId;
  return draw < MASKED + REPLACED ? (replacements[random.integer(replacements.length)] as number) : id;
}

export interface MaskedSet extends TrainingSet {
  /** @param epoch `held-out`: the same masks whenever it is asked for */
  batch(indices: readonly number[], epoch: number | 'held-out'): LabelledBatch;
}

/**
 * Texts that are masked anew in every epoch.
 * @param tokenIds of each text, with a word in it
 * @param longest tokens that the model has positions for
 */
export function maskedSet(
  tokenIds: readonly (readonly number[])[],
  rules: MaskingRules,
  { seed, padTokenId, longest }: { seed: number; padTokenId: number; longest: number },
): MaskedSet {
  return {
    lengths: tokenIds.map((ids) => ids.length),
    batch: (indices, epoch) => {
      const texts = indices.map((index) =>
        maskWords(tokenIds[index] as readonly number[], rules, createRandom(seed, 'masks', epoch, index)),
      );
      const inputs = collate(
        texts.map(({ ids }) => ids),
        texts.map((_, row) => row),
        { padTokenId, longest },
      );
      const places = texts.flatMap(({ positions }, row) => positions.map((at) => row * inputs.time + at));
      return {
        ...inputs,
        positions: BigInt64Array.from(places, BigInt),
        labels: BigInt64Array.from(
          texts.flatMap(({ labels }) => labels),
          BigInt,
        ),
      };
    },
  };
}

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
import { wordsOf } from '../tokenizer/words.ts';
import type { Reading, TrainingSet } from '../training/training-set.ts';

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
 * @param read what is seen of a text in an epoch before it is masked; texts held out are seen as they are
 */
export function maskedSet(
  tokenIds: readonly (readonly number[])[],
  rules: MaskingRules,
  { seed, padTokenId, longest }: { seed: number; padTokenId: number; longest: number },
  read: Reading = (index) => tokenIds[index] as readonly number[],
): MaskedSet {
  return {
    lengths: tokenIds.map((ids) => ids.length),
    batch: (indices, epoch) => {
      const texts = indices.map((index) => {
        const ids = epoch === 'held-out' ? (tokenIds[index] as readonly number[]) : read(index, epoch);
        return maskWords(ids, rules, createRandom(seed, 'masks', epoch, index));
      });
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

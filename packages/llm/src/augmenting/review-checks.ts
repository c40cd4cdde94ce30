/**
 * Whether a text that a model made up is one to train on. The cheap checks come first and look at the text alone; then it
 * must be new; the model's own label, which costs a question, is asked for last, and elsewhere.
 */
import {
  createNearDuplicateIndex,
  keywordRules,
  minHash,
  normalizedForComparison,
  type RuleAnswer,
} from '@otzyv/core';
import type { Category } from '../categories.ts';
import { brief } from './writing-prompt.ts';

/** Why a text is not taken, in the order of the checks. */
export const REFUSALS = ['short', 'long', 'script', 'prompt', 'keyword', 'duplicate', 'label'] as const;
export type Refusal = (typeof REFUSALS)[number];

/** «Всё хорошо» says nothing of any class. */
const FEWEST_WORDS = 3;
/** So many words in a row that also stand in the prompt are taken from it. */
const PHRASE = 5;
/** Of shingles in common. Copies of people have 0.8; a model that paraphrases goes further. */
const NEAR = 0.6;

/** What a model says of itself or of its task, and what is left of JSON. */
const TALK =
  /[{}[\]]|\\[nu"]|<\/?\w+>|language model|\bAI\b|(?:языков|нейросетев)\S* модел|нейросет|искусственн\S* интеллект|как ии(?![\p{L}])|(?:вот|привожу|напишу) (?:\S+ ){0,2}отзыв|(?:не могу|извините,?) (?:\S+ ){0,2}(?:написать|выполнить)|образц|(?:^|[.!?] )(?:тон|слово в отзыве|категория|длина) ?:|текст отзыва|указанн\S* категори|товар\S* категории/iu;

const FOREIGN = /[^\P{L}\p{Script=Cyrillic}\p{Script=Latin}]|[\u3000-\u303f\uff00-\uffef\ufffd]/u;

export interface CheckOptions {
  readonly categories: readonly Category[];
  readonly instruction: string;
  /** In characters. */
  readonly maxLength: number;
}

/** @returns what is wrong with a cleaned text, looked at by itself; undefined where nothing is */
export function reviewChecks({ categories, instruction, maxLength }: CheckOptions) {
  const rulesOf = keywordRules(categories.map(({ none, ...category }) => ({ ...category, isNone: none })));
  const ofInstruction = phrasesIn(instruction);
  const ofCategory = categories.map((category) => phrasesIn(brief(category)));
  return (text: string, categoryId: number): Exclude<Refusal, 'duplicate' | 'label'> | undefined => {
    const words = wordsOf(text);
    if (words.length < FEWEST_WORDS) return 'short';
    if (text.length > maxLength) return 'long';
    if (!isRussian(text)) return 'script';
    const isTold = [...phrasesIn(text)].some(
      (phrase) => ofInstruction.has(phrase) || ofCategory[categoryId]?.has(phrase),
    );
    if (isTold || TALK.test(text)) return 'prompt';
    return isKnownBy(rulesOf(text), categories[categoryId] as Category, categoryId) ? undefined : 'keyword';
  };
}

/** A category without keywords demands none; that of reviews without a product bears none of another's. */
function isKnownBy({ shares }: RuleAnswer, { keywords, none }: Category, id: number): boolean {
  return (keywords.length === 0 && !none) || (shares[id] as number) > 0;
}

/** Brands are written in Latin letters; a text that is mostly so is not Russian. */
function isRussian(text: string): boolean {
  if (FOREIGN.test(text)) return false;
  const count = (letters: RegExp) => text.match(letters)?.length ?? 0;
  return count(/\p{Script=Cyrillic}/gu) > count(/\p{Script=Latin}/gu);
}

function phrasesIn(text: string): Set<string> {
  const words = wordsOf(text);
  return new Set(words.slice(PHRASE - 1).map((_, i) => words.slice(i, i + PHRASE).join(' ')));
}

function wordsOf(text: string): string[] {
  return normalizedForComparison(text).split(' ').filter(Boolean);
}

/**
 * Texts that there are, and whether another is new: it differs by more than case, ё and punctuation, and has not too much
 * in common with any.
 * @returns a function that takes a text in if it is new, and says whether it was
 */
export function createNovelty(texts: Iterable<string>): (text: string) => boolean {
  const exact = new Set<string>();
  const index = createNearDuplicateIndex(NEAR);
  const add = (text: string): boolean => {
    const normal = normalizedForComparison(text);
    const signature = minHash(normal);
    if (exact.has(normal) || (signature && index.find(signature))) return false;
    if (signature) index.add(exact.size, signature);
    exact.add(normal);
    return true;
  };
  for (const text of texts) add(text);
  return add;
}

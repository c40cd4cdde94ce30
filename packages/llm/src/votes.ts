/**
 * Votes on a review, made one answer: the mean of what each says of the classes, rare classes favoured if so wished.
 */
import type { Category } from './categories.ts';

/** What one vote said. */
export interface CastVote {
  readonly label: string;
  /** What the model claims, 0 … 1. */
  readonly confidence: number;
  /** By its own tokens, in the order of the categories. */
  readonly probabilities?: readonly number[] | undefined;
}

/** Which of a vote's two opinions counts: its tokens' where it is known, or what it claims. */
export type ConfidenceSource = 'tokens' | 'claimed';

export interface Verdict {
  readonly label: string;
  /** The label's probability. */
  readonly confidence: number;
  /** In the order of the categories, summing to one. */
  readonly probabilities: readonly number[];
}

/**
 * p(class) ∝ boost(class) · mean over votes of p(class | vote); of equals, what stands first in the categories.
 * A claimed confidence c is c for its label and (1 − c) / (k − 1) for each other class.
 */
export function verdictOf(
  votes: readonly CastVote[],
  categories: readonly Category[],
  source: ConfidenceSource,
): Verdict {
  const opinions = votes.map((vote) =>
    source === 'tokens' && vote.probabilities !== undefined
      ? vote.probabilities
      : claimedProbabilities(vote, categories),
  );
  const boosted = categories.map(
    ({ boost }, id) => boost * opinions.reduce((sum, opinion) => sum + (opinion[id] as number), 0),
  );
  const total = boosted.reduce((sum, value) => sum + value, 0);
  const probabilities = boosted.map((value) => value / total);
  const confidence = Math.max(...probabilities);
  const { name: label } = categories[probabilities.indexOf(confidence)] as Category; // there are some
  return { label, confidence, probabilities };
}

function claimedProbabilities({ label, confidence }: CastVote, categories: readonly Category[]): number[] {
  const rest = (1 - confidence) / (categories.length - 1);
  return categories.map(({ name }) => (name === label ? confidence : rest));
}

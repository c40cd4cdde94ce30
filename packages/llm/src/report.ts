/** What is told when a file is labelled. */
import { agreement, type VoteAgreement } from '@otzyv/core';
import type { Effort } from './asking/asker.ts';
import type { GoldResult } from './gold.ts';
import type { WrittenRows } from './training-file.ts';
import type { CastVote } from './votes.ts';

export interface LlmReport extends WrittenRows, Effort {
  readonly model: string;
  /** On each text. */
  readonly votes: number;
  /** Different ones. */
  readonly texts: number;
  readonly cutTexts: number;
  /** Texts that got no vote, and whose rows are left out. */
  readonly unlabelledTexts: number;
  /** Answers that came with the model's own probabilities of the labels. */
  readonly answersWithTokens: number;
  /** Absent of one vote. */
  readonly agreement?: VoteAgreement | undefined;
  readonly gold?: GoldResult;
}

/** On the texts that have all their votes. */
export function agreementOf(
  cast: readonly (readonly CastVote[])[],
  votes: number,
  labels: readonly string[],
): VoteAgreement | undefined {
  if (votes < 2) return undefined;
  const whole = cast.filter(({ length }) => length === votes);
  return agreement(
    whole.map((row) => row.map(({ label }) => labels.indexOf(label))),
    labels.length,
  );
}

/**
 * The rows of a training file that nobody wrote (`data/synthetic.ts` tells how they are marked): what was decided about them, and
 * which of them may be trained on, given what is held out.
 */
import { normalizedForComparison } from '@otzyv/core';
import type { Review } from '../data/read.ts';
import { MADE_UP } from '../data/synthetic.ts';
import type { RowDecision } from './audit-file.ts';
import type { LabelledTexts } from './labelled-texts.ts';

/** Made, not written. */
export interface SyntheticTexts {
  readonly texts: LabelledTexts;
  /** by row, the text it was made from */
  readonly origins: readonly (string | undefined)[];
  readonly groups: readonly string[] | undefined;
}

interface Source {
  readonly synthetic: SyntheticTexts;
  /** of the rows that somebody wrote; absent where no column of groups was named */
  readonly groups: readonly string[] | undefined;
}

/**
 * Rows that were made of what is held out would tell a model the answers.
 * @param heldOut the texts, and which rows of the training file they are
 * @returns indices into the synthetic rows
 */
export function syntheticToTrainOn(
  { synthetic, groups }: Source,
  heldOut: { readonly texts: readonly string[]; readonly rows: readonly number[] },
): number[] {
  const texts = new Set(heldOut.texts.map(normalizedForComparison));
  const heldGroups = new Set(heldOut.rows.map((row) => groups?.[row]));
  const isHeldOut = (text: string | undefined) =>
    text !== undefined && texts.has(normalizedForComparison(text));
  return synthetic.texts.originals.flatMap((text, i) => {
    const isApart = synthetic.groups === undefined || !heldGroups.has(synthetic.groups[i]);
    return isApart && !isHeldOut(text) && !isHeldOut(synthetic.origins[i]) ? [i] : [];
  });
}

type Decided = Pick<Review, 'text' | 'label' | 'synthetic'> & { readonly decision?: RowDecision };

/**
 * What was decided about a review holds for what was made of it, at which an audit does not look. Of several reviews with
 * the same text and label it is enough that one stays: the others are its copies. A text that was made up keeps its label,
 * whatever that of the review which was shown for it becomes.
 */
export function decidedByOrigin<Row extends Decided>(made: readonly Row[], reviews: readonly Row[]): Row[] {
  const keyOf = (text: string, label: string) => `${normalizedForComparison(text)}\n${label}`;
  const decisions = new Map<string, RowDecision>();
  for (const { text, label, decision } of reviews) {
    const key = keyOf(text, label);
    const isOpen = (decisions.get(key)?.kind ?? 'exclude') === 'exclude';
    if (decision !== undefined && isOpen) decisions.set(key, decision);
  }
  return made.map((row) => {
    const origin = row.synthetic?.origin;
    const decision = origin === undefined ? undefined : decisions.get(keyOf(origin, row.label));
    const isOwn =
      (row.decision !== undefined && row.decision.kind !== 'keep') ||
      (row.synthetic?.how === MADE_UP && decision?.kind === 'relabel');
    return decision === undefined || isOwn ? row : { ...row, decision };
  });
}

/** @returns what a person is told of it; nothing where there are none */
export function syntheticNotes(used: number, all: number): string[] {
  if (all === 0) return [];
  const leftOut = all - used;
  const rest = leftOut === 0 ? '' : `; ${leftOut} are left out, being made of reviews that are held out`;
  return [`of the rows to train on ${used} are synthetic${rest}`];
}

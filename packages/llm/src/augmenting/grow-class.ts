/**
 * New reviews of one class: rounds of questions, each about one real review, until there are enough or many in a row
 * brought nothing. What is asked follows from the seed and the answers alone, not from which came first; so whoever
 * begins again asks the same, and finds it in the journal.
 */
import { createRandom, shuffled } from '@otzyv/core';
import type { AugmentedClass, GrowingClass, Review } from '@otzyv/trainer';
import type { Asker } from '../asking/asker.ts';
import { FOR_A_LABEL, FOR_A_REVIEW } from '../asking/inquiries.ts';
import { askedKey } from '../asking/journal.ts';
import type { Category } from '../categories.ts';
import { askedText } from '../training-file.ts';
import { cleanedReview } from './cleaned-review.ts';
import { REFUSALS, type Refusal, type reviewChecks } from './review-checks.ts';
import { writingMessage } from './writing-prompt.ts';

/** What became of the questions for reviews of one class: one each was made, was refused, or did not come. */
export interface GrownClass extends AugmentedClass {
  readonly questions: number;
  readonly refused: Readonly<Record<Refusal, number>>;
  /** Questions without an answer: for a review, or for the label of one. */
  readonly unanswered: number;
  /** Whether too many questions in a row brought nothing. */
  readonly isGivenUp: boolean;
}

/** What all classes have in common. */
export interface Workshop {
  readonly asker: Asker;
  readonly model: string;
  readonly categories: readonly Category[];
  readonly writingInstruction: string;
  readonly labelInstruction: string;
  readonly check: ReturnType<typeof reviewChecks>;
  readonly isNew: (text: string) => boolean;
  readonly seed: number;
  readonly temperature: number;
  readonly perRow: number;
  /** Questions in a row that may bring nothing. */
  readonly giveUpAfter: number;
  /** In characters. */
  readonly maxTextLength: number;
}

/** Questions that are asked before their answers are looked at. */
const ROUND = 32;

/** Texts that are to be made of a class. */
export function wantedOf({ rows, aim }: GrowingClass, perRow: number): number {
  return Math.min(aim - rows.length, perRow * rows.length);
}

/** @param onMade told of each text that is taken, and of the row that was shown */
export async function growClass(
  growing: GrowingClass,
  categoryId: number,
  workshop: Workshop,
  onMade: (row: number, text: string) => void,
): Promise<GrownClass> {
  const { label, rows, aim } = growing;
  const { perRow, giveUpAfter, seed } = workshop;
  const wanted = wantedOf(growing, perRow);
  const refused = Object.fromEntries(REFUSALS.map((reason) => [reason, 0])) as Record<Refusal, number>;
  const turns = turnsOf(rows, seed, label);
  const madeOf = new Map<number, number>(); // by row
  let [made, questions, unanswered, inVain] = [0, 0, 0, 0];
  while (made < wanted && inVain < giveUpAfter) {
    const size = Math.min(wanted - made, giveUpAfter - inVain, ROUND);
    const shown = nextRows(turns, size, madeOf, perRow);
    const outcomes = await askRound(shown, questions, categoryId, workshop);
    questions += shown.length;
    for (const [i, outcome] of outcomes.entries()) {
      inVain++;
      if (outcome === undefined) unanswered++;
      else if ('refusal' in outcome) refused[outcome.refusal]++;
      else {
        const { row } = shown[i] as Review;
        madeOf.set(row, (madeOf.get(row) ?? 0) + 1);
        onMade(row, outcome.text);
        made++;
        inVain = 0;
      }
    }
  }
  return {
    ...{ label, rows: rows.length, made, aim, questions, refused, unanswered },
    isGivenUp: made < wanted,
  };
}

type Outcome = { readonly text: string } | { readonly refusal: Refusal } | undefined;

/** @param first the number of the first question of the round @returns [shown] undefined where there was no answer */
async function askRound(
  shown: readonly Review[],
  first: number,
  categoryId: number,
  workshop: Workshop,
): Promise<Outcome[]> {
  const { asker, model, categories, seed, temperature, maxTextLength } = workshop;
  const category = categories[categoryId] as Category;
  const labels = categories.map(({ name }) => name);
  const written = await asker.ask(
    FOR_A_REVIEW,
    shown.map(({ text }, i) => {
      const message = writingMessage(category, first + i, askedText(text, maxTextLength), seed);
      const asked = { instruction: workshop.writingInstruction, seed: seed + first + i, temperature };
      return { question: { ...asked, text: message }, asked: askedKey(model, asked) };
    }),
  );
  const outcomes = written.map((answer): Outcome => {
    if (answer === undefined) return undefined;
    const text = cleanedReview(answer.review);
    const refusal = workshop.check(text, categoryId) ?? (workshop.isNew(text) ? undefined : 'duplicate');
    return refusal === undefined ? { text } : { refusal };
  });
  const passed = outcomes.flatMap((outcome) => (outcome && 'text' in outcome ? [outcome.text] : []));
  const question = { instruction: workshop.labelInstruction, labels, seed, temperature: 0 };
  const asked = askedKey(model, question);
  const votes = await asker.ask(
    FOR_A_LABEL,
    passed.map((text) => ({ question: { ...question, text }, asked })),
  );
  const voteOn = new Map(passed.map((text, i) => [text, votes[i]]));
  return outcomes.map((outcome) => {
    if (outcome === undefined || 'refusal' in outcome) return outcome;
    const vote = voteOn.get(outcome.text);
    if (vote === undefined) return undefined;
    return vote.label === category.name ? outcome : { refusal: 'label' };
  });
}

/** Each row once before any is shown a second time, in random order, without end. */
function* turnsOf(rows: readonly Review[], seed: number, label: string): Generator<Review, never> {
  for (let turn = 0; ; turn++) yield* shuffled(rows, createRandom(seed, 'augment', label, turn));
}

/** As many rows as are asked for, none so often that more could be made of it than may be. */
function nextRows(
  turns: Generator<Review, never>,
  size: number,
  madeOf: ReadonlyMap<number, number>,
  perRow: number,
): Review[] {
  const taken = new Map(madeOf);
  const rows: Review[] = [];
  while (rows.length < size) {
    const { value } = turns.next();
    const count = taken.get(value.row) ?? 0;
    if (count >= perRow) continue;
    taken.set(value.row, count + 1);
    rows.push(value);
  }
  return rows;
}

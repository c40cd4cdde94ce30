/**
 * More rows of rare classes, made up by a language model: a training file with texts after it that the model wrote and
 * that passed every check, its own label among them. As when it labels, each answer goes into a journal beside the output
 * before it counts, so that a process that was killed goes on where it was.
 */
import { setMaxListeners } from 'node:events';
import { labelKey, OtzyvError } from '@otzyv/core';
import {
  type GrowingClass,
  type GrowingFile,
  MADE_UP,
  type MadeText,
  rarestFirst,
  readRealReviews,
  refuseSameFile,
  withLockBeside,
  writeJson,
  writeWithMade,
} from '@otzyv/trainer';
import { type AskingContext, type AskingOptions, createAsker, type Effort } from '../asking/asker.ts';
import { openJournal } from '../asking/journal.ts';
import type { Usage } from '../backend.ts';
import type { Category } from '../categories.ts';
import { journalPath, type LabelContext, reportPath } from '../label-reviews.ts';
import { instruction, RUSSIAN_PROMPT } from '../prompt.ts';
import { askedText } from '../training-file.ts';
import { type GrownClass, growClass, wantedOf } from './grow-class.ts';
import { createNovelty, reviewChecks } from './review-checks.ts';
import { RUSSIAN_WRITING_PROMPT, writingMessage } from './writing-prompt.ts';

export interface LlmAugmentOptions extends GrowingFile, AskingOptions {
  readonly categories: readonly Category[];
  /** What is told first of all questions for a review. Default: `RUSSIAN_WRITING_PROMPT` */
  readonly writingPrompt?: string | undefined;
  /** Rows that each class is to reach; absent: as many as the middle class has (the median). */
  readonly perClass?: number | undefined;
  /** Texts made of one row. Default: 5 */
  readonly perRow?: number | undefined;
  /** Of the reviews that are made up. Default: 0.8 */
  readonly temperature?: number | undefined;
  /** Questions in a row that may bring nothing before a class is given up. Default: 20 */
  readonly giveUpAfter?: number | undefined;
  /** Of a review that is shown, and of one that is made, in characters. Default: 600 */
  readonly maxTextLength?: number | undefined;
  /** Of a review that is made. Default: 512 */
  readonly maxAnswerTokens?: number | undefined;
}

export interface LlmAugmentContext extends Omit<AskingContext, 'onProgress'>, Pick<LabelContext, 'open'> {
  readonly onProgress?: (progress: AugmentProgress) => void;
}

export interface AugmentProgress {
  /** That is growing. */
  readonly label: string;
  /** Of all classes. */
  readonly made: number;
  readonly wanted: number;
  /** Of this time. */
  readonly usage: Usage;
}

export interface LlmAugmentReport extends Effort {
  readonly model: string;
  readonly rows: number;
  readonly made: number;
  /** By ascending rows. */
  readonly classes: readonly GrownClass[];
}

/**
 * @throws OtzyvError `data.*`, `labels.*`, `options.*`, `llm.*`, `run.locked`; the signal's reason when aborted. The
 * answers that came before are in the journal then, and the output is not written.
 */
export async function augmentByLlm(
  options: LlmAugmentOptions,
  context: LlmAugmentContext,
): Promise<LlmAugmentReport> {
  const { trainFile, output, categories, perRow = 5, seed, temperature = 0.8, giveUpAfter = 20 } = options;
  const { writingPrompt = RUSSIAN_WRITING_PROMPT, maxTextLength = 600, maxAnswerTokens = 512 } = options;
  await refuseSameFile(trainFile, output);
  const reviews = await readRealReviews(options);
  const growing = rarestFirst(reviews, options.perClass);
  const categoryOf = categoriesOf(growing, options);
  const writingInstruction = writingPrompt.trim();
  const labelInstruction = instruction(RUSSIAN_PROMPT, categories);
  const check = reviewChecks({ categories, instruction: writingInstruction, maxLength: maxTextLength });
  const wanted = growing.reduce((sum, one) => sum + wantedOf(one, perRow), 0);
  if (context.signal) setMaxListeners(0, context.signal); // each question listens
  return withLockBeside(output, async () => {
    const journal = await openJournal(journalPath(output));
    try {
      const backend = await context.open({
        instructions: [writingInstruction, labelInstruction],
        longestText: longestMessage(growing, categoryOf, options),
        labels: categories.map(({ name }) => name),
        writtenTokens: maxAnswerTokens,
      });
      try {
        const made = new Map<number, MadeText[]>(); // by the row that was shown
        let [count, label] = [0, ''];
        const { onProgress, ...asking } = context;
        const asker = createAsker(backend, journal, options, {
          ...asking,
          onProgress: ({ usage }) => onProgress?.({ label, made: count, wanted, usage }),
        });
        const workshop = {
          ...{ asker, model: backend.model, categories, writingInstruction, labelInstruction, check },
          isNew: createNovelty(reviews.map(({ text }) => text)),
          ...{ seed, temperature, perRow, giveUpAfter, maxTextLength },
        };
        const classes: GrownClass[] = [];
        for (const one of growing) {
          label = one.label;
          const grown = await growClass(one, categoryOf.get(label) ?? -1, workshop, (row, text) => {
            made.set(row, [...(made.get(row) ?? []), { text, how: MADE_UP }]);
            count++;
          });
          classes.push(grown);
          if (grown.isGivenUp)
            context.onTrouble?.(`"${label}" is given up: ${giveUpAfter} questions in a row brought nothing`);
        }
        await writeWithMade(options, made);
        const report = {
          model: backend.model,
          rows: reviews.length,
          made: count,
          classes,
          ...asker.effort(),
        };
        await writeJson(reportPath(output), report);
        return report;
      } finally {
        await backend.close();
      }
    } finally {
      await journal.close();
    }
  });
}

/** @returns the category of each class that is to grow, as its place in the file */
function categoriesOf(
  growing: readonly GrowingClass[],
  { categories, trainFile }: Pick<LlmAugmentOptions, 'categories' | 'trainFile'>,
): ReadonlyMap<string, number> {
  const keys = categories.map(({ name }) => labelKey(name));
  const rare = growing.filter(({ rows, aim }) => rows.length < aim).map(({ label }) => label);
  const unknown = rare.filter((label) => !keys.includes(labelKey(label)));
  if (unknown.length > 0) {
    throw new OtzyvError(
      'labels.unknown',
      `${trainFile} has classes that are to grow and are no categories: ${unknown.join(', ')}`,
      `Add them to --categories, which has: ${categories.map(({ name }) => name).join(', ')}.`,
    );
  }
  return new Map(rare.map((label) => [label, keys.indexOf(labelKey(label))]));
}

/** Of those about classes that are to grow; with any review, since which are shown is not known before. */
function longestMessage(
  growing: readonly GrowingClass[],
  categoryOf: ReadonlyMap<string, number>,
  { categories, seed, maxTextLength = 600 }: LlmAugmentOptions,
): string {
  let longest = '';
  for (const { label, rows } of growing) {
    const category = categories[categoryOf.get(label) ?? -1];
    if (category === undefined) continue;
    const shown = rows.reduce((most, { text }) => (text.length > most.length ? text : most), '');
    const message = writingMessage(category, 0, askedText(shown, maxTextLength), seed);
    if (message.length > longest.length) longest = message;
  }
  return longest;
}

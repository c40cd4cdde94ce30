/**
 * All questions of a file: what the journal answers is not asked, the rest is asked so many at a time, and each answer
 * counts once the journal has it.
 */
import { createRandom, OtzyvError } from '@otzyv/core';
import { inParallel } from '@otzyv/trainer';
import { addUsage, type Backend, NO_USAGE, type Question, type Usage } from '../backend.ts';
import type { CastVote } from '../votes.ts';
import { type Clock, realClock } from './clock.ts';
import { type Journal, type JournalEntry, textKey } from './journal.ts';
import { askPatiently, type Outcome, type Patience } from './patience.ts';
import { type RateLimits, rateLimiter } from './rate-limit.ts';

export interface AskingOptions {
  readonly limits?: RateLimits;
  /** Times that a question is asked again after what passes. Default: 6 */
  readonly retries?: number | undefined;
  readonly seed: number;
}

export interface AskingContext {
  readonly onProgress?: (progress: LabelProgress) => void;
  /** What people should hear of: a server that is waited for, a text without an answer. */
  readonly onTrouble?: (message: string) => void;
  readonly signal?: AbortSignal | undefined;
  readonly clock?: Clock;
}

export interface LabelProgress {
  /** Questions that are done with, those of earlier times among them. */
  readonly done: number;
  readonly questions: number;
  /** Of this time. */
  readonly usage: Usage;
}

/** One vote on one text. */
export interface Task {
  readonly question: Question;
  /** See `askedKey`. */
  readonly asked: string;
}

/** What it took. */
export interface Effort {
  readonly questions: number;
  /** Answers that were there before. */
  readonly fromJournal: number;
  /** Questions that stayed without an answer this time. */
  readonly failures: number;
  /** Of all times: questions asked again after a fault that passed. */
  readonly retries: number;
  /** Of all times: answers that could not be used, and were asked for again. */
  readonly unusableAnswers: number;
  /** Of all times, what failed included. */
  readonly usage: Usage;
  readonly usageNow: Usage;
  /** Of this time. */
  readonly milliseconds: number;
}

/** Times that an answer is asked for again that could not be used. */
const REPEATS = 3;
/** So many failures in a row are no fault of the texts. */
const HOPELESS = 10;

/**
 * @returns answers by `entryKey`
 * @throws OtzyvError `llm.*` where no question would be answered; the signal's reason when aborted
 */
export async function askAll(
  backend: Backend,
  tasks: readonly Task[],
  journal: Journal,
  options: AskingOptions,
  { onProgress, onTrouble, signal, clock = realClock }: AskingContext,
): Promise<{ readonly answers: ReadonlyMap<string, CastVote>; readonly effort: Effort }> {
  const keyOf = ({ question, asked }: Task) => entryKey({ text: textKey(question.text), asked });
  const wanted = new Set(tasks.map(keyOf));
  const entries = journal.entries.filter((entry) => wanted.has(entryKey(entry)));
  const answers = new Map<string, CastVote>();
  for (const entry of entries) if (entry.answer) answers.set(entryKey(entry), entry.answer);
  const fromJournal = answers.size;
  if (journal.damagedLines > 0)
    onTrouble?.(`lines of the journal that cannot be read, and are asked again: ${journal.damagedLines}`);

  const started = clock.now();
  const open = tasks.filter((task) => !answers.has(keyOf(task)));
  let [done, failures, inARow, usageNow] = [fromJournal, 0, 0, NO_USAGE];
  const patience: Patience = {
    retries: options.retries ?? 6,
    repeats: REPEATS,
    limiter: rateLimiter(options.limits ?? {}, clock),
    clock,
    random: createRandom(options.seed, 'waiting', started),
    estimate: tokenEstimate,
    onRetry: (reason, waitMs) => onTrouble?.(`${reason}; again in ${(waitMs / 1000).toFixed(1)} s`),
  };
  const tell = () => onProgress?.({ done, questions: tasks.length, usage: usageNow });
  tell();
  await inParallel(open, { jobs: backend.concurrency }, async (task) => {
    const begun = clock.now();
    const outcome = await askPatiently(backend, task.question, patience, signal);
    const entry = entryOf(backend.model, task, outcome, clock.now() - begun);
    await journal.append(entry);
    entries.push(entry);
    usageNow = addUsage(usageNow, outcome.usage);
    done++;
    const { failure } = outcome;
    if (entry.answer) answers.set(entryKey(entry), entry.answer);
    inARow = failure === undefined ? 0 : inARow + 1;
    if (failure !== undefined) {
      failures++;
      onTrouble?.(`no answer for "${task.question.text.slice(0, 60)}": ${failure.reason}`);
      // texts that cannot be answered may stand together; a server that is gone, or never answered, is another thing
      if (inARow >= HOPELESS && (failure.isPassing || answers.size === 0)) throw hopeless(failure.reason);
    }
    tell();
  });
  const sum = (of: (entry: JournalEntry) => number) => entries.reduce((total, entry) => total + of(entry), 0);
  return {
    answers,
    effort: {
      ...{ questions: tasks.length, fromJournal, failures, usageNow },
      retries: sum(({ retries }) => retries),
      unusableAnswers: sum(({ unusableAnswers }) => unusableAnswers),
      usage: entries.reduce((total, entry) => addUsage(total, entry.usage), NO_USAGE),
      milliseconds: clock.now() - started,
    },
  };
}

export function entryKey({ text, asked }: Pick<JournalEntry, 'text' | 'asked'>): string {
  return `${text}:${asked}`;
}

function entryOf(
  model: string,
  { question, asked }: Task,
  { answer, failure, usage, retries, unusableAnswers }: Outcome,
  milliseconds: number,
): JournalEntry {
  const probabilities = answer?.probabilities?.map((p) => Number(p.toPrecision(6)));
  return {
    ...{ text: textKey(question.text), asked, model, seed: question.seed },
    ...(answer && {
      answer: { label: answer.label, confidence: answer.confidence, ...(probabilities && { probabilities }) },
    }),
    ...(failure && { failure: failure.reason }),
    ...{ usage, retries, unusableAnswers, milliseconds: Math.round(milliseconds) },
  };
}

/** Of Russian, a token is about two characters or more; an answer is short. */
const tokenEstimate: Patience['estimate'] = ({ instruction, text }) =>
  Math.ceil((instruction.length + text.length) / 2) + 32;

function hopeless(reason: string): OtzyvError {
  return new OtzyvError(
    'llm.no-answers',
    `${HOPELESS} questions in a row got no answer; the last: ${reason}`,
    'What was answered is kept: when the fault is mended, the same command goes on.',
  );
}

/**
 * Questions by the dozen: what the journal answers is not asked, the rest is asked so many at a time, and each answer
 * counts once the journal has it. Limits, and the count of what it took, hold for all that one asker is asked.
 */
import { createRandom, OtzyvError } from '@otzyv/core';
import { inParallel } from '@otzyv/trainer';
import { type Asked, addUsage, type Backend, NO_USAGE, type Usage } from '../backend.ts';
import { type Clock, realClock } from './clock.ts';
import type { Inquiry } from './inquiries.ts';
import { type Journal, type JournalEntry, type KeptAnswer, textKey } from './journal.ts';
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

export interface Task<Question extends Asked> {
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

export interface Asker {
  /**
   * @returns what is kept of the answers, in the order of the tasks; undefined where there was none
   * @throws OtzyvError `llm.*` where no question would be answered; the signal's reason when aborted
   */
  ask<Put extends Asked, Given extends { readonly usage: Usage }, Kept extends KeptAnswer>(
    inquiry: Inquiry<Put, Given, Kept>,
    tasks: readonly Task<Put>[],
  ): Promise<(Kept | undefined)[]>;
  /** So far. */
  effort(): Effort;
}

/** Times that an answer is asked for again that could not be used. */
const REPEATS = 3;
/** So many failures in a row are no fault of the texts. */
const HOPELESS = 10;

export function createAsker(
  backend: Backend,
  journal: Journal,
  options: AskingOptions,
  { onProgress, onTrouble, signal, clock = realClock }: AskingContext,
): Asker {
  if (journal.damagedLines > 0)
    onTrouble?.(`lines of the journal that cannot be read, and are asked again: ${journal.damagedLines}`);
  const entries = new Map<string, JournalEntry[]>();
  const remember = (entry: JournalEntry) => {
    const before = entries.get(entryKey(entry));
    if (before === undefined) entries.set(entryKey(entry), [entry]);
    else before.push(entry);
  };
  journal.entries.forEach(remember);
  const answerTo = (key: string) => entries.get(key)?.findLast(({ answer }) => answer !== undefined)?.answer;

  const started = clock.now();
  const patience: Patience = {
    retries: options.retries ?? 6,
    repeats: REPEATS,
    limiter: rateLimiter(options.limits ?? {}, clock),
    clock,
    random: createRandom(options.seed, 'waiting', started),
    estimate: tokenEstimate,
    onRetry: (reason, waitMs) => onTrouble?.(`${reason}; again in ${(waitMs / 1000).toFixed(1)} s`),
  };
  const askedFor: string[] = []; // keys of all tasks
  let [done, fromJournal, answered, failures, inARow, usageNow] = [0, 0, 0, 0, 0, NO_USAGE];
  const tell = () => onProgress?.({ done, questions: askedFor.length, usage: usageNow });

  const ask: Asker['ask'] = async (inquiry, tasks) => {
    const keys = tasks.map(({ question, asked }) => entryKey({ text: textKey(question.text), asked }));
    const open = tasks.filter((_, i) => answerTo(keys[i] as string) === undefined);
    const known = tasks.length - open.length;
    askedFor.push(...keys);
    fromJournal += known;
    answered += known;
    done += known;
    tell();
    await inParallel(open, { jobs: backend.concurrency }, async (task) => {
      const begun = clock.now();
      const outcome = await askPatiently(
        (question, stop) => inquiry.ask(backend, question, stop),
        task.question,
        patience,
        signal,
      );
      const kept = outcome.answer && inquiry.keep(outcome.answer);
      const entry = entryOf(backend.model, task, outcome, kept, clock.now() - begun);
      await journal.append(entry);
      remember(entry);
      usageNow = addUsage(usageNow, outcome.usage);
      done++;
      const { failure } = outcome;
      if (failure === undefined) {
        answered++;
        inARow = 0;
      } else {
        failures++;
        inARow++;
        onTrouble?.(`no answer for "${task.question.text.slice(0, 60)}": ${failure.reason}`);
        // texts that cannot be answered may stand together; a server that is gone, or never answered, is another thing
        if (inARow >= HOPELESS && (failure.isPassing || answered === 0)) throw hopeless(failure.reason);
      }
      tell();
    });
    return keys.map((key) => inquiry.kept(answerTo(key)));
  };

  return {
    ask,
    effort: () => {
      const told = [...new Set(askedFor)].flatMap((key) => entries.get(key) ?? []);
      const sum = (of: (entry: JournalEntry) => number) =>
        told.reduce((total, entry) => total + of(entry), 0);
      return {
        ...{ questions: askedFor.length, fromJournal, failures, usageNow },
        retries: sum(({ retries }) => retries),
        unusableAnswers: sum(({ unusableAnswers }) => unusableAnswers),
        usage: told.reduce((total, entry) => addUsage(total, entry.usage), NO_USAGE),
        milliseconds: clock.now() - started,
      };
    },
  };
}

function entryKey({ text, asked }: Pick<JournalEntry, 'text' | 'asked'>): string {
  return `${text}:${asked}`;
}

function entryOf(
  model: string,
  { question, asked }: Task<Asked>,
  { failure, usage, retries, unusableAnswers }: Outcome<unknown>,
  answer: KeptAnswer | undefined,
  milliseconds: number,
): JournalEntry {
  return {
    ...{ text: textKey(question.text), asked, model, seed: question.seed },
    ...(answer && { answer }),
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

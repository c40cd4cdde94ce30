/**
 * One question, asked until it is answered or patience ends. What passes (a busy server, a broken connection) is waited
 * out, longer each time and never in step with others; a server that says how long is left alone for so long. An answer
 * that cannot be used is asked again, with what was wrong with it.
 */
import type { Random } from '@otzyv/core';
import {
  type Asked,
  addUsage,
  NO_USAGE,
  PassingFault,
  RefusedQuestion,
  UnusableAnswer,
  type Usage,
} from '../backend.ts';
import type { Clock } from './clock.ts';
import type { RateLimiter } from './rate-limit.ts';

export interface Patience {
  /** Times that a question is asked again after what passes. */
  readonly retries: number;
  /** Times that it is asked again after an answer that cannot be used. */
  readonly repeats: number;
  readonly limiter: RateLimiter;
  readonly clock: Clock;
  readonly random: Random;
  /** What a question takes before anything is known, in tokens. */
  readonly estimate: (question: Asked) => number;
  readonly onRetry?: (reason: string, waitMs: number) => void;
}

/** What became of a question, and what it took: failures cost, too. */
export interface Outcome<Answer> {
  readonly answer: Answer | undefined;
  /** Why there is no answer; passing is what the server might have mended. */
  readonly failure: { readonly reason: string; readonly isPassing: boolean } | undefined;
  readonly usage: Usage;
  readonly retries: number;
  readonly unusableAnswers: number;
}

const [FIRST_WAIT, LONGEST_WAIT] = [1000, 60_000];

/**
 * @param ask tries once, as a back end does
 * @throws OtzyvError where no question would be answered; the signal's reason when aborted
 */
export async function askPatiently<Question extends Asked, Answer extends { readonly usage: Usage }>(
  ask: (question: Question, signal?: AbortSignal) => Promise<Answer>,
  question: Question,
  patience: Patience,
  signal?: AbortSignal,
): Promise<Outcome<Answer>> {
  const { limiter, clock, random, estimate, onRetry } = patience;
  let [usage, retries, unusableAnswers] = [NO_USAGE, 0, 0];
  let asked = question;
  const end = (answer: Answer | undefined, failure?: Outcome<Answer>['failure']): Outcome<Answer> => ({
    ...{ answer, failure, retries, unusableAnswers },
    usage: addUsage(usage, answer?.usage ?? NO_USAGE),
  });
  const fail = (reason: string, isPassing: boolean) => end(undefined, { reason, isPassing });
  for (;;) {
    const permit = await limiter.admit(estimate(asked), signal);
    try {
      const answer = await ask(asked, signal);
      permit.settle(answer.usage.prompt + answer.usage.completion);
      return end(answer);
    } catch (error) {
      if (error instanceof UnusableAnswer) {
        permit.settle(error.usage.prompt + error.usage.completion);
        usage = addUsage(usage, error.usage);
        unusableAnswers++;
        if (unusableAnswers > patience.repeats) return fail(error.message, false);
        asked = {
          ...question,
          seed: question.seed + 1000 * unusableAnswers,
          unusable: { answer: error.answer, fault: error.message },
        };
      } else if (error instanceof PassingFault) {
        if (retries >= patience.retries) return fail(error.message, true);
        const { retryAfterMs } = error;
        if (retryAfterMs !== undefined) limiter.pause(retryAfterMs);
        const wait =
          (retryAfterMs ?? 0) + random.uniform() * Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** retries);
        retries++;
        onRetry?.(error.message, wait);
        await clock.wait(wait, signal);
      } else if (error instanceof RefusedQuestion) {
        return fail(error.message, false);
      } else throw error;
    }
  }
}

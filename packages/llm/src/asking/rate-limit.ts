/**
 * Limits as servers have them: in no minute more than so many requests, nor more than so many tokens. Requests go in
 * their order. What a request will cost is estimated before, and put right after.
 */
import { OtzyvError } from '@otzyv/core';
import type { Clock } from './clock.ts';

export interface RateLimits {
  readonly requestsPerMinute?: number | undefined;
  readonly tokensPerMinute?: number | undefined;
}

/** A request that may go. */
export interface Permit {
  /** Tokens that it took. */
  settle(tokens: number): void;
}

export interface RateLimiter {
  /** Waits until a request that will take about so many tokens may go. */
  admit(tokens: number, signal?: AbortSignal): Promise<Permit>;
  /** Nothing goes for so long: a server asked for it. */
  pause(milliseconds: number): void;
}

const MINUTE = 60_000;

/** @throws OtzyvError `options.tokens-per-minute` from `admit`, where one request alone is over the limit */
export function rateLimiter(limits: RateLimits, clock: Clock): RateLimiter {
  const { requestsPerMinute = Number.POSITIVE_INFINITY, tokensPerMinute = Number.POSITIVE_INFINITY } = limits;
  const recent: { at: number; tokens: number }[] = [];
  let pausedUntil = Number.NEGATIVE_INFINITY;
  let turn: Promise<unknown> = Promise.resolve();

  const untilFree = (tokens: number): number => {
    const now = clock.now();
    while (recent.length > 0 && (recent[0] as { at: number }).at <= now - MINUTE) recent.shift();
    const spent = recent.reduce((sum, request) => sum + request.tokens, 0);
    const isFull =
      recent.length >= requestsPerMinute || (recent.length > 0 && spent + tokens > tokensPerMinute);
    const full = isFull ? (recent[0] as { at: number }).at + MINUTE - now : 0;
    return Math.max(full, pausedUntil - now, 0);
  };

  const admitted = async (tokens: number, signal: AbortSignal | undefined): Promise<Permit> => {
    signal?.throwIfAborted();
    for (let wait = untilFree(tokens); wait > 0; wait = untilFree(tokens)) await clock.wait(wait, signal);
    const request = { at: clock.now(), tokens };
    recent.push(request);
    return {
      settle: (actual) => {
        request.tokens = actual;
      },
    };
  };

  return {
    admit: (tokens, signal) => {
      if (tokens > tokensPerMinute) {
        throw new OtzyvError(
          'options.tokens-per-minute',
          `one question takes about ${tokens} tokens, and ${tokensPerMinute} a minute are allowed`,
          'Raise --tokens-per-minute, or shorten the prompt.',
        );
      }
      const mine = turn.then(() => admitted(tokens, signal));
      turn = mine.catch(() => undefined);
      return mine;
    },
    pause: (milliseconds) => {
      pausedUntil = Math.max(pausedUntil, clock.now() + milliseconds);
    },
  };
}

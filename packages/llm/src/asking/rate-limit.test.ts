import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { virtualClock } from '../testing/virtual-clock.ts';
import { rateLimiter } from './rate-limit.ts';

const MINUTE = 60_000;

describe('in no minute', () => {
  it('go more requests, or more tokens, than allowed; all go in the end, in their order', async () => {
    const limits = fc.record({
      requestsPerMinute: fc.integer({ min: 1, max: 6 }),
      tokensPerMinute: fc.integer({ min: 50, max: 200 }),
    });
    const requests = fc.array(fc.record({ tokens: fc.integer({ min: 1, max: 50 }), rest: fc.nat(30_000) }), {
      maxLength: 40,
    });
    await fc.assert(
      fc.asyncProperty(limits, requests, async (limit, list) => {
        const clock = virtualClock();
        const limiter = rateLimiter(limit, clock);
        const gone: { at: number; tokens: number }[] = [];
        for (const { tokens, rest } of list) {
          await limiter.admit(tokens);
          gone.push({ at: clock.now(), tokens });
          await clock.wait(rest);
        }
        for (const { at } of gone) {
          const within = gone.filter((other) => other.at >= at && other.at < at + MINUTE);
          expect(within.length).toBeLessThanOrEqual(limit.requestsPerMinute);
          expect(within.reduce((sum, { tokens }) => sum + tokens, 0)).toBeLessThanOrEqual(
            limit.tokensPerMinute,
          );
        }
      }),
    );
  });
});

describe('the limiter', () => {
  it('lets everything pass where there is no limit', async () => {
    const clock = virtualClock();
    const limiter = rateLimiter({}, clock);
    await Promise.all(Array.from({ length: 1000 }, () => limiter.admit(1e6)));
    expect(clock.waits).toEqual([]);
  });

  it('counts what a request took, not what was thought', async () => {
    const clock = virtualClock();
    const limiter = rateLimiter({ tokensPerMinute: 100 }, clock);
    (await limiter.admit(90)).settle(10);
    await limiter.admit(90);
    expect(clock.waits).toEqual([]);
    await limiter.admit(1);
    expect(clock.waits).toEqual([MINUTE]);
  });

  it('holds everything back for as long as a server asks', async () => {
    const clock = virtualClock();
    const limiter = rateLimiter({}, clock);
    limiter.pause(5000);
    limiter.pause(2000);
    await Promise.all([limiter.admit(1), limiter.admit(1)]);
    expect(clock.waits).toEqual([5000]);
  });

  it('refuses a request that would never go', () => {
    expect(() => rateLimiter({ tokensPerMinute: 10 }, virtualClock()).admit(11)).toThrow(
      expect.objectContaining({ code: 'options.tokens-per-minute' }),
    );
  });

  it('gives up the wait of one who is interrupted, and serves the next', async () => {
    const clock = virtualClock();
    const limiter = rateLimiter({ requestsPerMinute: 1 }, clock);
    await limiter.admit(1);
    const reason = new Error('interrupted');
    await expect(limiter.admit(1, AbortSignal.abort(reason))).rejects.toBe(reason);
    await limiter.admit(1);
    expect(clock.now()).toBe(MINUTE);
  });
});

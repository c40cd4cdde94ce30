import { createRandom, OtzyvError } from '@otzyv/core';
import { describe, expect, it } from 'vitest';
import { type Answer, PassingFault, type Question, RefusedQuestion, UnusableAnswer } from '../backend.ts';
import { virtualClock } from '../testing/virtual-clock.ts';
import { askPatiently } from './patience.ts';
import { rateLimiter } from './rate-limit.ts';

const USAGE = { prompt: 10, cached: 0, completion: 1 };
const ANSWER: Answer = { label: 'обувь', confidence: 1, probabilities: undefined, usage: USAGE };
const QUESTION: Question = { instruction: '', text: 'Жмут', labels: ['обувь'], seed: 7, temperature: 0 };

/** Asks one that does these things in turn. */
async function ask(...happenings: (Error | Answer)[]) {
  const clock = virtualClock();
  const asked: Question[] = [];
  const answer = async (question: Question) => {
    asked.push(question);
    const happening = happenings.shift();
    if (happening === undefined) throw new Error('asked once too often');
    if (happening instanceof Error) throw happening;
    return happening;
  };
  const outcome = await askPatiently(answer, QUESTION, {
    ...{ retries: 3, repeats: 2, limiter: rateLimiter({}, clock), clock },
    ...{ random: createRandom(1), estimate: () => 1 },
  });
  return { outcome, asked, waits: clock.waits };
}

const busy = (retryAfterMs?: number) => new PassingFault('busy', retryAfterMs);
const nonsense = () => new UnusableAnswer('шины', '"шины" is none of the labels', USAGE);

describe('what passes', () => {
  it('is waited out, for longer each time', async () => {
    const { outcome, waits } = await ask(busy(), busy(), busy(), ANSWER);
    expect(outcome).toMatchObject({ answer: ANSWER, retries: 3, unusableAnswers: 0 });
    expect(waits).toHaveLength(3);
    for (const [i, wait] of waits.entries()) expect(wait).toBeLessThanOrEqual(1000 * 2 ** i);
  });

  it('is waited out for as long as the server says, at least', async () => {
    const { waits } = await ask(busy(20_000), ANSWER);
    expect(waits.reduce((sum, wait) => sum + wait, 0)).toBeGreaterThanOrEqual(20_000);
  });

  it('and does not pass is a failure in the end, told as it was', async () => {
    const { outcome } = await ask(busy(), busy(), busy(), busy());
    expect(outcome).toMatchObject({
      answer: undefined,
      failure: { reason: 'busy', isPassing: true },
      retries: 3,
    });
  });
});

describe('an answer that cannot be used', () => {
  it('is asked again at once with another seed, and with what was wrong; what it cost is counted', async () => {
    const { outcome, asked, waits } = await ask(nonsense(), ANSWER);
    expect(outcome).toMatchObject({
      answer: ANSWER,
      unusableAnswers: 1,
      usage: { prompt: 20, completion: 2 },
    });
    expect(asked[1]).toMatchObject({ text: 'Жмут', unusable: { answer: 'шины' } });
    expect(asked[1]?.seed).not.toBe(7);
    expect(waits).toEqual([]);
  });

  it('is no label, however often it comes', async () => {
    const { outcome } = await ask(nonsense(), nonsense(), nonsense());
    expect(outcome).toMatchObject({
      answer: undefined,
      failure: { reason: '"шины" is none of the labels', isPassing: false },
      unusableAnswers: 3,
    });
  });
});

it('a text that is refused is not asked again', async () => {
  const { outcome } = await ask(new RefusedQuestion('too long'));
  expect(outcome).toMatchObject({
    answer: undefined,
    failure: { reason: 'too long', isPassing: false },
    retries: 0,
  });
});

it('what no question would survive ends all', async () => {
  await expect(ask(new OtzyvError('llm.unauthorized', 'no', 'yes'))).rejects.toThrow(OtzyvError);
});

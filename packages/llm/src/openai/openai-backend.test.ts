import { afterEach, describe, expect, it } from 'vitest';
import { type Backend, PassingFault, type Question, RefusedQuestion, UnusableAnswer } from '../backend.ts';
import {
  type FakeOpenAi,
  type FakeOpenAiOptions,
  labelOf,
  type Mischief,
  reviewFor,
  startFakeOpenAi,
} from '../testing/fake-openai.ts';
import { openOpenAi } from './openai-backend.ts';
import { retryAfterMs } from './retry-after.ts';

const LABELS = ['обувь', 'одежда', 'нет товара'];
const TEXT = 'Натёрли пятку';
const QUESTION: Question = { instruction: 'Выбери', text: TEXT, labels: LABELS, seed: 7, temperature: 0 };

let server: FakeOpenAi;
afterEach(() => server.close());

async function open(options: Partial<FakeOpenAiOptions> = {}, timeoutMs = 60_000): Promise<Backend> {
  server = await startFakeOpenAi({ labels: LABELS, ...options });
  return openOpenAi({
    url: server.url,
    model: 'fake',
    key: 'secret',
    concurrency: 1,
    timeoutMs,
    maxAnswerTokens: 99,
  });
}

/** A server that does this, each time. */
const doing = (mischief: Mischief) => ({ mischief: () => mischief });

describe('a question', () => {
  it('is one for a label and a confidence under a schema, with the instruction first', async () => {
    const backend = await open();
    const answer = await backend.ask(QUESTION);
    expect(answer).toEqual({
      ...{ label: labelOf(TEXT, LABELS), confidence: 0.8, probabilities: undefined },
      usage: { prompt: 100, cached: 90, completion: 10 },
    });
    expect(server.authorization()).toBe('Bearer secret');
    expect(server.requests).toMatchObject([
      {
        ...{ model: 'fake', seed: 7, temperature: 0, max_tokens: 99, logprobs: true, top_logprobs: 20 },
        messages: [
          { role: 'system', content: 'Выбери' },
          { role: 'user', content: `Отзыв: ${TEXT}` },
        ],
        response_format: {
          type: 'json_schema',
          json_schema: { strict: true, schema: { properties: { label: { enum: LABELS } } } },
        },
      },
    ]);
  });

  it('brings the probabilities of all labels where the server tells its tokens', async () => {
    const { label, probabilities } = await (await open({ tellsTokens: true })).ask(QUESTION);
    const expected = LABELS.map((other) => expect.closeTo(other === label ? 0.6 : 0.2));
    expect(probabilities).toEqual(expected);
  });

  it('is asked again with the answer that could not be used, and not at temperature 0', async () => {
    const backend = await open();
    await backend.ask({ ...QUESTION, unusable: { answer: 'шины', fault: '"шины" is none of the labels' } });
    const [{ messages, temperature }] = server.requests as [FakeOpenAi['requests'][number]];
    expect(messages.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'user']);
    expect(messages[3]?.content).toContain('обувь, одежда, нет товара');
    expect(temperature).toBeGreaterThan(0);
  });
});

describe('what a server does not know', () => {
  it('is given up once it has said so, and never asked for again', async () => {
    const backend = await open({
      mischief: ({ response_format: format, logprobs, seed }) => {
        if (format?.type === 'json_schema') return { status: 400, message: "'json_schema' is not supported" };
        if (logprobs) return { status: 422, message: 'unknown field: logprobs' };
        if (seed !== undefined) return { status: 400, message: "Unsupported parameter: 'seed'" };
        return undefined;
      },
    });
    await backend.ask(QUESTION);
    expect(server.requests).toHaveLength(4);
    await backend.ask(QUESTION);
    expect(server.requests).toHaveLength(5);
    expect(server.requests[4]).toMatchObject({ response_format: { type: 'json_object' }, temperature: 0 });
    expect(server.requests[4]).not.toHaveProperty('logprobs');
    expect(server.requests[4]).not.toHaveProperty('seed');
  });

  it('is found out where it only says no', async () => {
    const backend = await open({
      mischief: ({ response_format: format }) =>
        format === undefined ? undefined : { status: 400, message: 'bad request' },
    });
    expect((await backend.ask(QUESTION)).label).toBe(labelOf(TEXT, LABELS));
  });

  it('is what the newest models of OpenAI call otherwise', async () => {
    const backend = await open({
      mischief: (request) =>
        'max_tokens' in request
          ? {
              status: 400,
              message: "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.",
            }
          : undefined,
    });
    await backend.ask(QUESTION);
    expect(server.requests[1]).toMatchObject({ max_completion_tokens: 99 });
  });
});

describe('a review', () => {
  const ASKED = { instruction: 'Пиши', text: 'Категория: обувь', seed: 7, temperature: 0.8 };

  it('is asked for under a schema, and without the probabilities of its tokens', async () => {
    const written = await (await open()).write(ASKED);
    expect(written).toEqual({
      text: reviewFor(ASKED.text, 7),
      usage: { prompt: 100, cached: 90, completion: 10 },
    });
    expect(server.requests).toMatchObject([
      {
        ...{ seed: 7, temperature: 0.8, max_tokens: 99 },
        messages: [
          { role: 'system', content: 'Пиши' },
          { role: 'user', content: 'Категория: обувь' },
        ],
        response_format: {
          type: 'json_schema',
          json_schema: { strict: true, schema: { properties: { review: { type: 'string' } } } },
        },
      },
    ]);
    expect(server.requests[0]).not.toHaveProperty('logprobs');
  });

  it('is read out of what stands around it, braces and line breaks included', async () => {
    const content = 'Вот:\n{"review": "Туфли {жмут}\\nочень"}';
    expect((await (await open(doing({ content }))).write(ASKED)).text).toBe('Туфли {жмут}\nочень');
  });

  it.each(['Туфли жмут', '{"review": 1}', '{"label": "обувь", "confidence": 1}', '{"review": "Туфли'])(
    'is none: %s',
    async (content) => {
      const asked = (await open(doing({ content }))).write(ASKED);
      await expect(asked).rejects.toThrow(UnusableAnswer);
    },
  );
});

describe('it passes', () => {
  it.each<[string, Mischief, string]>([
    ['a busy server', { status: 429, message: 'slow down' }, 'answered 429: slow down'],
    ['a server that fails', { status: 500 }, 'answered 500'],
    ['a gateway', { status: 502 }, 'answered 502'],
    ['a connection that is cut before the answer', { cut: 'before' }, 'chat/completions: '],
    ['a connection that is cut within the answer', { cut: 'within' }, 'chat/completions: '],
    ['a page of a proxy', { body: '<html>' }, 'answered with what is not JSON'],
    ['half an answer', { body: '{"choices": [{"mess' }, 'answered with what is not JSON'],
    [
      'a fault that is sent as an answer',
      { body: '{"error": {"message": "oom"}}' },
      'no chat completion: oom',
    ],
  ])('%s', async (_, mischief, message) => {
    const asked = (await open(doing(mischief))).ask(QUESTION);
    await expect(asked).rejects.toThrow(PassingFault);
    await expect(asked).rejects.toThrow(message);
  });

  it('a server that stays silent', async () => {
    const backend = await open(doing({ silent: true }), 50);
    await expect(backend.ask(QUESTION)).rejects.toThrow('did not answer in time');
  });

  it('with the time that the server asks for', async () => {
    const backend = await open(doing({ status: 429, headers: { 'retry-after': '7' } }));
    await expect(backend.ask(QUESTION)).rejects.toMatchObject({ retryAfterMs: 7000 });
  });
});

describe('it is unusable', () => {
  it.each<[string, Mischief, string]>([
    ['another label', { content: '{"label": "шины", "confidence": 1}' }, '"шины" is none of the labels'],
    ['no JSON', { content: 'Это обувь' }, 'the answer holds no JSON object'],
    ['a refusal', { content: null }, 'the model gave no answer'],
    [
      'an answer that was cut',
      { content: '{"label": "обувь", "confidence": 1}', finish: 'length' },
      'cut at the limit',
    ],
  ])('%s', async (_, mischief, message) => {
    const asked = (await open(doing(mischief))).ask(QUESTION);
    await expect(asked).rejects.toThrow(UnusableAnswer);
    await expect(asked).rejects.toThrow(message);
    await expect(asked).rejects.toMatchObject({ usage: { prompt: 100, completion: 10 } });
  });
});

describe('it ends all', () => {
  it.each([
    [{ status: 401, message: 'bad key' }, 'llm.unauthorized'],
    [{ status: 404, message: 'no such model' }, 'llm.not-found'],
    [{ status: 429, message: 'insufficient_quota' }, 'llm.quota'],
    [{ status: 400, message: 'no' }, 'llm.refused'],
  ])('%j', async (mischief, code) => {
    await expect((await open(doing(mischief))).ask(QUESTION)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(mischief.message),
    });
  });
});

it.each(['maximum context length is 4096 tokens', 'blocked by the content filter'])(
  'a text is refused alone, even the first: %s',
  async (message) => {
    const backend = await open(doing({ status: 400, message }));
    await expect(backend.ask(QUESTION)).rejects.toThrow(RefusedQuestion);
    expect(server.requests).toHaveLength(1);
  },
);

it('an interruption is passed on as it is', async () => {
  const backend = await open(doing({ silent: true }));
  const controller = new AbortController();
  const asked = backend.ask(QUESTION, controller.signal);
  const reason = new Error('Ctrl-C');
  controller.abort(reason);
  await expect(asked).rejects.toBe(reason);
});

describe('the address', () => {
  it('may end with a slash or with what follows it', async () => {
    await open();
    for (const url of [`${server.url}/`, `${server.url}/chat/completions`]) {
      const backend = openOpenAi({
        url,
        model: 'fake',
        concurrency: 1,
        timeoutMs: 60_000,
        maxAnswerTokens: 9,
      });
      await expect(backend.ask(QUESTION)).resolves.toMatchObject({ confidence: 0.8 });
    }
  });

  it.each(['localhost:8000', 'ftp://host/v1', 'http://user:secret@host/v1'])('%s is refused', async (url) => {
    await open();
    const options = { url, model: 'fake', concurrency: 1, timeoutMs: 1, maxAnswerTokens: 1 };
    expect(() => openOpenAi(options)).toThrow(expect.objectContaining({ code: 'options.llm-url' }));
    expect(() => openOpenAi(options)).not.toThrow('secret');
  });
});

it('the time to wait is read in seconds, as a date and in milliseconds', () => {
  const read = (headers: Record<string, string>) =>
    retryAfterMs(new Headers(headers), () => Date.UTC(2026, 0, 1));
  expect(read({ 'retry-after': '2' })).toBe(2000);
  expect(read({ 'retry-after': 'Thu, 01 Jan 2026 00:00:30 GMT' })).toBe(30_000);
  expect(read({ 'retry-after': 'Wed, 31 Dec 2025 00:00:00 GMT' })).toBe(0);
  expect(read({ 'retry-after-ms': '150', 'retry-after': '1' })).toBe(150);
  expect(read({ 'retry-after': 'soon' })).toBeUndefined();
  expect(read({})).toBeUndefined();
});

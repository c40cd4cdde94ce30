/**
 * A model behind an OpenAI-compatible endpoint: Ollama, vLLM, llama-server, a hosted one. What a server does not know
 * (a JSON schema, log probabilities, a seed) it is no longer asked for, once it has said so; each answer is read strictly
 * all the same, since some servers ignore a schema without a word.
 *
 * Reference: https://platform.openai.com/docs/api-reference/chat/create
 */
import { OtzyvError } from '@otzyv/core';
import { z } from 'zod';
import { answerSchema, readAnswer } from '../answer.ts';
import {
  type Answer,
  type Backend,
  PassingFault,
  type Question,
  RefusedQuestion,
  UnusableAnswer,
  type Usage,
} from '../backend.ts';
import { reviewMessage } from '../prompt.ts';
import { labelProbabilities, type TokenAlternatives } from './label-probabilities.ts';
import { retryAfterMs } from './retry-after.ts';

export interface OpenAiOptions {
  /** Up to and with `/v1`. */
  readonly url: string;
  readonly model: string;
  readonly key?: string | undefined;
  /** Questions at once. */
  readonly concurrency: number;
  /** For one answer. */
  readonly timeoutMs: number;
  /** Of an answer, what the model thinks aloud included. */
  readonly maxAnswerTokens: number;
}

/** What not every server takes, with the words by which a refusal names it; in the order in which it is given up. */
const FEATURES = {
  schema: /json_schema|response_format|guided|grammar|schema/i,
  json: /json_object|response_format/i,
  logprobs: /logprob/i,
  seed: /\bseed\b/i,
  temperature: /temperature/i,
  maxTokens: /max_tokens/i,
} as const;
type Feature = keyof typeof FEATURES;

/** Alternatives a token: as many as the protocol allows. */
const TOP_LOGPROBS = 20;
const BUSY = [408, 409, 425, 429];
const TOO_LONG = /context|too long|maximum.{0,20}length/i;

const completionSchema = z.object({
  choices: z
    .array(
      z.object({
        message: z.object({ content: z.string().nullish(), refusal: z.string().nullish() }),
        finish_reason: z.string().nullish(),
        logprobs: z
          .object({
            content: z
              .array(
                z.object({
                  token: z.string(),
                  bytes: z.array(z.number()).nullish(),
                  logprob: z.number(),
                  top_logprobs: z
                    .array(
                      z.object({
                        token: z.string(),
                        bytes: z.array(z.number()).nullish(),
                        logprob: z.number(),
                      }),
                    )
                    .nullish(),
                }),
              )
              .nullish(),
          })
          .nullish()
          .catch(undefined), // some servers have a format of their own: then nothing is known
      }),
    )
    .min(1),
  usage: z
    .object({
      prompt_tokens: z.number().default(0),
      completion_tokens: z.number().default(0),
      prompt_tokens_details: z.object({ cached_tokens: z.number().nullish() }).nullish(),
    })
    .nullish(),
});

type Completion = z.infer<typeof completionSchema>;

/** @throws OtzyvError `options.llm-url` */
export function openOpenAi(options: OpenAiOptions): Backend {
  const { model, concurrency } = options;
  const address = `${checkedUrl(options.url)}/chat/completions`;
  const features = new Set(Object.keys(FEATURES) as Feature[]);
  let hasAnswered = false;

  const ask = async (question: Question, signal?: AbortSignal): Promise<Answer> => {
    for (;;) {
      const sent = new Set(features);
      const reply = await exchange(address, bodyOf(question, options, sent), options, signal);
      if (reply.status === 400 || reply.status === 422) {
        const told = faultIn(reply.text);
        const culprit = giveUp(told, sent, hasAnswered);
        if (culprit === undefined) throw refusal(address, reply.status, told, hasAnswered);
        features.delete(culprit);
        continue;
      }
      if (reply.status !== 200) throw faultOf(address, reply, options);
      const completion = completionIn(address, reply.text);
      hasAnswered = true;
      return answerIn(completion, question.labels);
    }
  };
  return { model, concurrency, ask, close: async () => undefined };
}

/** The instruction first, and unchanged: servers keep what they evaluated of it. */
function bodyOf(
  { instruction, text, labels, seed, temperature, unusable }: Question,
  { model, maxAnswerTokens }: OpenAiOptions,
  features: ReadonlySet<Feature>,
): object {
  const correction = unusable && [
    { role: 'assistant', content: unusable.answer },
    {
      role: 'user',
      content: `Ответ не годится: ${unusable.fault}. Ответь только объектом JSON; label — одно из: ${labels.join(', ')}.`,
    },
  ];
  return {
    model,
    messages: [
      { role: 'system', content: instruction },
      { role: 'user', content: reviewMessage(text) },
      ...(correction ?? []),
    ],
    stream: false,
    [features.has('maxTokens') ? 'max_tokens' : 'max_completion_tokens']: maxAnswerTokens,
    // the same question at temperature 0 would bring the same answer
    ...(features.has('temperature') && { temperature: unusable ? Math.max(0.7, temperature) : temperature }),
    ...(features.has('seed') && { seed }),
    ...(features.has('logprobs') && { logprobs: true, top_logprobs: TOP_LOGPROBS }),
    ...responseFormat(labels, features),
  };
}

function responseFormat(labels: readonly string[], features: ReadonlySet<Feature>): object {
  if (features.has('schema')) {
    const schema = { name: 'label', strict: true, schema: answerSchema(labels) };
    return { response_format: { type: 'json_schema', json_schema: schema } };
  }
  return features.has('json') ? { response_format: { type: 'json_object' } } : {};
}

/** @returns what is not to be asked for any more; undefined where it is not that which was refused */
function giveUp(told: string, sent: ReadonlySet<Feature>, hasAnswered: boolean): Feature | undefined {
  if (TOO_LONG.test(told)) return undefined;
  const named = [...sent].find((feature) => FEATURES[feature].test(told));
  // a server that has answered before has something against this text
  return named ?? (hasAnswered ? undefined : [...sent][0]);
}

/** What came back, read to its end. */
interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

async function exchange(
  address: string,
  body: object,
  { key, timeoutMs }: OpenAiOptions,
  signal: AbortSignal | undefined,
): Promise<Reply> {
  const controller = new AbortController();
  const abort = () => controller.abort(signal?.reason);
  const timer = setTimeout(() => controller.abort(new Error('did not answer in time')), timeoutMs);
  signal?.throwIfAborted();
  signal?.addEventListener('abort', abort, { once: true });
  try {
    const response = await fetch(address, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'otzyv',
        ...(key !== undefined && { authorization: `Bearer ${key}` }),
      },
      body: JSON.stringify(body),
      signal: controller.signal,
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  } catch (error) {
    signal?.throwIfAborted();
    const { message, cause } = error as Error & { cause?: { code?: string; message?: string } };
    throw new PassingFault(`${address}: ${cause?.code ?? cause?.message ?? message}`, undefined, {
      cause: error,
    });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}

function completionIn(address: string, text: string): Completion {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new PassingFault(`${address} answered with what is not JSON`);
  }
  const parsed = completionSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new PassingFault(`${address} answered with no chat completion: ${faultIn(text)}`);
}

/** @throws UnusableAnswer */
function answerIn({ choices, usage: counted }: Completion, labels: readonly string[]): Answer {
  const usage: Usage = {
    prompt: counted?.prompt_tokens ?? 0,
    cached: counted?.prompt_tokens_details?.cached_tokens ?? 0,
    completion: counted?.completion_tokens ?? 0,
  };
  const [choice] = choices as [Completion['choices'][number]]; // at least one
  const { content, refusal: refused } = choice.message;
  if (typeof content !== 'string') throw new UnusableAnswer(refused ?? '', 'the model gave no answer', usage);
  if (choice.finish_reason === 'length')
    throw new UnusableAnswer(content, 'the answer was cut at the limit of its length', usage);
  const { label, confidence } = readAnswer(content, labels, usage);
  const probabilities = labelProbabilities(tokensOf(choice), labels);
  return { label, confidence, probabilities, usage };
}

function tokensOf({ logprobs }: Completion['choices'][number]): TokenAlternatives[] {
  // half a letter is a token, too: only its bytes tell it
  const bytesOf = ({ token, bytes }: { token: string; bytes?: number[] | null | undefined }) =>
    bytes ? Uint8Array.from(bytes) : Buffer.from(token);
  return (logprobs?.content ?? []).map((token) => ({
    bytes: bytesOf(token),
    logprob: token.logprob,
    alternatives: (token.top_logprobs ?? []).map((option) => ({
      bytes: bytesOf(option),
      logprob: option.logprob,
    })),
  }));
}

function faultOf(address: string, { status, headers, text }: Reply, { key, model }: OpenAiOptions): Error {
  const told = faultIn(text);
  const message = `${address} answered ${status}${told === '' ? '' : `: ${told}`}`;
  if (status === 402 || (status === 429 && /insufficient_quota|billing/i.test(told)))
    return new OtzyvError('llm.quota', message, 'Top up the account, then run the same command again.');
  if (BUSY.includes(status) || status >= 500) return new PassingFault(message, retryAfterMs(headers));
  if (status === 413) return new RefusedQuestion(message);
  if (status === 401 || status === 403) {
    const hint =
      key === undefined
        ? 'Put a key into OPENAI_API_KEY, or name the variable that holds it with --llm-key-variable.'
        : 'Check the key, and that it may use this model.';
    return new OtzyvError('llm.unauthorized', message, hint);
  }
  return new OtzyvError(
    'llm.not-found',
    message,
    `Check that the address ends where /chat/completions follows (usually /v1), and that it has a model "${model}".`,
  );
}

function refusal(address: string, status: number, told: string, hasAnswered: boolean): Error {
  const message = `${address} answered ${status}: ${told}`;
  if (hasAnswered || TOO_LONG.test(told)) return new RefusedQuestion(message);
  return new OtzyvError(
    'llm.refused',
    message,
    'The server takes no such question: check --llm and --llm-url.',
  );
}

/** What a server says of its fault, in one of the usual forms; short, since it may be a page. */
function faultIn(text: string): string {
  let told: unknown = text;
  try {
    const json = JSON.parse(text);
    const { error = json } = json ?? {};
    const { message, code, type, detail } = error ?? {};
    told = [message ?? detail ?? error, code, type].filter(Boolean);
    told = (told as unknown[])
      .map((part) => (typeof part === 'string' ? part : JSON.stringify(part)))
      .join(', ');
  } catch {
    // a plain text
  }
  return String(told).replace(/\s+/g, ' ').trim().slice(0, 300);
}

function checkedUrl(url: string): string {
  const refuse = (fault: string, hint: string) =>
    new OtzyvError('options.llm-url', `"${url}" ${fault}`, hint);
  if (!/^https?:\/\//.test(url) || !URL.canParse(url))
    throw refuse('is not the address of an endpoint', 'Write it whole, such as http://localhost:11434/v1.');
  if (new URL(url).username !== '') {
    throw new OtzyvError(
      'options.llm-url',
      'the address of the endpoint holds a user name or a password',
      'Leave them out, and put the key into OPENAI_API_KEY.',
    );
  }
  return url.replace(/\/+$/, '').replace(/\/chat\/completions$/, '');
}

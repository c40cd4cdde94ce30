/**
 * A model behind an OpenAI-compatible endpoint: Ollama, vLLM, llama-server, a hosted one. What a server does not know
 * (a JSON schema, log probabilities, a seed) it is no longer asked for, once it has said so; each answer is read strictly
 * all the same, since some servers ignore a schema without a word.
 */
import { OtzyvError } from '@otzyv/core';
import { type Asked, type Backend, PassingFault } from '../backend.ts';
import { reviewMessage } from '../prompt.ts';
import { answerIn, type Completion, completionIn, reviewIn } from './completion.ts';
import { faultIn, faultOf, isOfTheText, type Reply, refusal } from './faults.ts';
import { ALL_FEATURES, type AnswerForm, giveUp, labelForm, REVIEW_FORM, requestBody } from './request.ts';

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

/** @throws OtzyvError `options.llm-url` */
export function openOpenAi(options: OpenAiOptions): Backend {
  const { model, concurrency } = options;
  const address = `${checkedUrl(options.url)}/chat/completions`;
  const features = new Set(ALL_FEATURES);
  let hasAnswered = false;

  const complete = async (asked: Asked, form: AnswerForm, signal?: AbortSignal): Promise<Completion> => {
    for (;;) {
      const sent = new Set(features);
      if (!form.asksTokens) sent.delete('logprobs');
      const reply = await exchange(address, requestBody(asked, form, options, sent), options, signal);
      if (reply.status === 400 || reply.status === 422) {
        const told = faultIn(reply.text);
        const isOfText = isOfTheText(told);
        const culprit = isOfText ? undefined : giveUp(told, sent, hasAnswered);
        if (culprit === undefined) throw refusal(address, reply.status, told, isOfText || hasAnswered);
        features.delete(culprit);
        continue;
      }
      if (reply.status !== 200) throw faultOf(address, reply, options);
      const completion = completionIn(address, reply.text);
      hasAnswered = true;
      return completion;
    }
  };
  return {
    model,
    concurrency,
    ask: async ({ labels, ...question }, signal) => {
      const asked = { ...question, text: reviewMessage(question.text) };
      return answerIn(await complete(asked, labelForm(labels), signal), labels);
    },
    write: async (asked, signal) => reviewIn(await complete(asked, REVIEW_FORM, signal)),
    close: async () => undefined,
  };
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

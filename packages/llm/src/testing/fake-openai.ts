/**
 * An OpenAI-compatible server on loopback for tests. It answers each text with a label that the text alone decides, writes
 * reviews that the question alone decides, and misbehaves as it is told: `mischief` is asked before each answer.
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRandom } from '@otzyv/core';

/** What a request asked for, as far as tests care. */
export interface ChatRequest {
  readonly model: string;
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly seed?: number;
  readonly temperature?: number;
  readonly logprobs?: boolean;
  readonly response_format?: { readonly type: string };
  readonly [parameter: string]: unknown;
}

export type Mischief =
  /** Another status, with headers and a message of the protocol's form. */
  | {
      readonly status: number;
      readonly message?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** An answer whose content is this. */
  | { readonly content: string | null; readonly finish?: string }
  /** A body that is this, byte for byte. */
  | { readonly body: string }
  /** The connection is cut in the middle of the answer, or before it. */
  | { readonly cut: 'before' | 'within' }
  /** Nothing comes, ever. */
  | { readonly silent: true };

export interface FakeOpenAi {
  /** For `--llm-url`. */
  readonly url: string;
  /** All so far. */
  readonly requests: ChatRequest[];
  /** Of the last request. */
  authorization(): string | undefined;
  /** Text and seed of each question that was answered in good order. */
  readonly answered: string[];
  close(): Promise<void>;
}

export interface FakeOpenAiOptions {
  readonly labels: readonly string[];
  /** Default: `labelOf` */
  readonly labelFor?: (text: string) => string;
  /** Of the review that is asked for. Default: `reviewFor` */
  readonly reviewFor?: (message: string, seed: number) => string;
  readonly mischief?: (request: ChatRequest, number: number) => Mischief | undefined;
  /** Whether it tells log probabilities. */
  readonly tellsTokens?: boolean;
  /** Comes back before each answer. */
  readonly delay?: () => Promise<void>;
}

export async function startFakeOpenAi(options: FakeOpenAiOptions): Promise<FakeOpenAi> {
  const { labels, mischief = () => undefined, tellsTokens = false, delay } = options;
  const { labelFor = (text) => labelOf(text, labels), reviewFor: write = reviewFor } = options;
  const requests: ChatRequest[] = [];
  const answered: string[] = [];
  let authorization: string | undefined;

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    if (request.method !== 'POST' || request.url !== '/v1/chat/completions') return send(response, 404, '{}');
    authorization = request.headers.authorization;
    const asked = JSON.parse(await bodyOf(request)) as ChatRequest;
    requests.push(asked);
    const done = mischief(asked, requests.length);
    await delay?.();
    if (done !== undefined && !('content' in done)) return misbehave(response, done);
    const text = textOf(asked);
    const label = labelFor(text);
    const good = isForReview(asked) ? { review: write(text, asked.seed ?? 0) } : { label, confidence: 0.8 };
    const content = done === undefined ? JSON.stringify(good) : done.content;
    if (done === undefined) answered.push(`${text} ${asked.seed}`);
    const choice = {
      index: 0,
      message: { role: 'assistant', content },
      finish_reason: done?.finish ?? 'stop',
      ...(tellsTokens &&
        asked.logprobs &&
        content !== null && { logprobs: { content: tokensOf(content, label, labels) } }),
    };
    const usage = { prompt_tokens: 100, completion_tokens: 10, prompt_tokens_details: { cached_tokens: 90 } };
    return send(response, 200, JSON.stringify({ object: 'chat.completion', choices: [choice], usage }));
  };

  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // of a server that listens on a port
  return {
    url: `http://127.0.0.1:${port}/v1`,
    requests,
    answered,
    authorization: () => authorization,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The label that it gives a text. */
export function labelOf(text: string, labels: readonly string[]): string {
  return labels[(createHash('sha256').update(text).digest()[0] as number) % labels.length] as string;
}

export function textOf({ messages }: ChatRequest): string {
  return messages.find(({ role }) => role === 'user')?.content.replace(/^Отзыв: /, '') ?? '';
}

/** Whether a review is to be written, and none to be labelled. */
export function isForReview(request: ChatRequest): boolean {
  return textOf(request).startsWith('Категория: ');
}

/** Words that there are not, and the beginning of a word that is asked for: another review for each question. */
export function reviewFor(message: string, seed: number): string {
  const random = createRandom(seed, message);
  const syllable = () => `${'бвгджзклмнпрстфх'[random.integer(16)]}${'аеиоуыя'[random.integer(7)]}`;
  const words = Array.from({ length: 9 }, () => syllable() + syllable() + syllable());
  const asked = /^Слово в отзыве: (.+)…$/m.exec(message)?.[1];
  return `${asked === undefined ? '' : `${asked} `}${words.join(' ')}`;
}

/** The label is one token, to which the server gives 0.6, and to each other label's the same share of the rest. */
function tokensOf(content: string, label: string, labels: readonly string[]) {
  const at = content.indexOf(label);
  if (at === -1) return [];
  const token = (text: string, p: number) => ({
    ...{ token: text, bytes: [...Buffer.from(text)], logprob: Math.log(p) },
  });
  const alternatives = labels.map((other) => token(other, other === label ? 0.6 : 0.4 / (labels.length - 1)));
  return [
    { ...token(content.slice(0, at), 1), top_logprobs: [] },
    { ...token(label, 0.6), top_logprobs: alternatives },
    { ...token(content.slice(at + label.length), 1), top_logprobs: [] },
  ];
}

function misbehave(response: ServerResponse, mischief: Exclude<Mischief, { content: unknown }>): void {
  if ('silent' in mischief) return;
  if ('cut' in mischief) {
    if (mischief.cut === 'before') response.destroy();
    else response.writeHead(200, { 'content-length': 1000 }).write('{"choices": [', () => response.destroy());
  } else if ('body' in mischief) send(response, 200, mischief.body);
  else {
    const { status, message = 'no', headers = {} } = mischief;
    send(response, status, JSON.stringify({ error: { message } }), headers);
  }
}

function send(
  response: ServerResponse,
  status: number,
  body: string,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(body);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/** What a server says when it does not answer: of its own state, which passes; of the text; or of all that it is asked. */
import { OtzyvError } from '@otzyv/core';
import { PassingFault, RefusedQuestion } from '../backend.ts';
import { retryAfterMs } from './retry-after.ts';

const BUSY = [408, 409, 425, 429];
/** What servers say of one text: it does not fit, or may not be read. */
const OF_THE_TEXT = /context|too long|maximum.{0,20}length|content.{0,20}(filter|policy)/i;

/** What came back, read to its end. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export function faultOf(
  address: string,
  { status, headers, text }: Reply,
  { key, model }: { readonly key?: string | undefined; readonly model: string },
): Error {
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

/** Whether it is one text that a server will not read, however it is asked. */
export function isOfTheText(told: string): boolean {
  return OF_THE_TEXT.test(told);
}

/** @param isOfOne whether it is this question alone that is refused */
export function refusal(address: string, status: number, told: string, isOfOne: boolean): Error {
  const message = `${address} answered ${status}: ${told}`;
  if (isOfOne) return new RefusedQuestion(message);
  return new OtzyvError(
    'llm.refused',
    message,
    'The server takes no such question: check --llm and --llm-url.',
  );
}

/** What a server says of its fault, in one of the usual forms; short, since it may be a page. */
export function faultIn(text: string): string {
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

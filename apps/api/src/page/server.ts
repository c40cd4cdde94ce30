/** The server that the page came from. A key is kept for the tab only; faults come out with what the server says of them. */
import { createClient } from '@otzyv/api/client';

const KEY = 'otzyv.key';

export type Api = ReturnType<typeof createClient>;

export interface Session {
  readonly api: Api;
  /** For what the typed client has no words for: streams and files. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  readonly hasKey: boolean;
}

export function openSession(): Session {
  const apiKey = sessionStorage.getItem(KEY) ?? undefined;
  const address = location.href.replace(/[?#].*$/, '').replace(/\/$/, '');
  return {
    api: createClient(address, apiKey === undefined ? {} : { apiKey }),
    fetch: (path, init = {}) =>
      fetch(`${address}${path}`, {
        ...init,
        headers: { ...init.headers, ...(apiKey !== undefined && { authorization: `Bearer ${apiKey}` }) },
      }),
    hasKey: apiKey !== undefined,
  };
}

/** @param key undefined: forget it */
export function keepKey(key: string | undefined): void {
  if (key === undefined) sessionStorage.removeItem(KEY);
  else sessionStorage.setItem(KEY, key);
}

/** What the server refused, in its words; status 0 where there was no answer. */
export class Refusal extends Error {
  readonly status: number;
  readonly hint: string | undefined;

  constructor(status: number, detail: string, hint?: string) {
    super(detail);
    this.status = status;
    this.hint = hint;
  }
}

interface AnyAnswer {
  readonly ok: boolean;
  readonly status: number;
  json(): Promise<unknown>;
}

/** Of the answers that a route may give, what that of success holds. */
type BodyOf<Answer extends AnyAnswer> = Awaited<ReturnType<Extract<Answer, { ok: true }>['json']>>;

/** @throws Refusal for every answer that is not one of success, and for none */
export async function answered<Answer extends AnyAnswer>(asked: Promise<Answer>): Promise<BodyOf<Answer>> {
  const response = await asked.catch((error: unknown) => {
    throw error instanceof Error && error.name === 'AbortError' ? error : new Refusal(0, '');
  });
  if (!response.ok) throw await refusalOf(response);
  return (await response.json()) as BodyOf<Answer>;
}

export async function refusalOf(response: Pick<AnyAnswer, 'status' | 'json'>): Promise<Refusal> {
  const problem = (await response.json().catch(() => ({}))) as { detail?: string; hint?: string };
  return new Refusal(response.status, problem.detail ?? `HTTP ${response.status}`, problem.hint);
}

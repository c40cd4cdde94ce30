/**
 * Requests to the hub: redirects followed by hand, so that the token goes to the hub and to nobody it redirects to,
 * and so that what the hub says of a file before redirecting is not lost.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { OtzyvError } from '@otzyv/core';
import { z } from 'zod';
import {
  answerError,
  faultOf,
  type ModelRequest,
  networkError,
  TransientFault,
  withoutQuery,
} from './hub-errors.ts';

export interface HubClient extends ModelRequest {
  readonly signal?: AbortSignal | undefined;
  /** Passes the time between attempts. */
  readonly wait: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
}

/** What names a file's content: the sha256 of a large file, git's sha1 of a small one, or another server's own name. */
export interface FileFacts {
  readonly etag: string;
  readonly size: number | undefined;
}

export interface Listing {
  readonly commit: string;
  readonly files: readonly string[];
}

const BUSY = [408, 429, 500, 502, 503, 504];
const MOST_REDIRECTS = 5;

const modelInfo = z.object({
  sha: z.string().regex(/^[0-9a-f]{40}$/),
  siblings: z.array(z.object({ rfilename: z.string() })),
});

export const sleepFor: HubClient['wait'] = (milliseconds, signal) =>
  sleep(milliseconds, undefined, { ...(signal && { signal }) });

/** The files of a model, and the commit that the revision stands for now. */
export async function listFiles(client: HubClient): Promise<Listing> {
  const { endpoint } = client.settings;
  const address = `${endpoint}/api/models/${client.id}/revision/${encodeURIComponent(client.revision)}`;
  return withRetries(client, 2, async () => {
    const response = await send(client, address, { method: 'GET' });
    const text = await response.text().catch((error: unknown) => {
      throw transient(client, address, error);
    });
    const info = modelInfo.safeParse(parseJson(text));
    if (!info.success) throw notAHub(address);
    return { commit: info.data.sha, files: info.data.siblings.map(({ rfilename }) => rfilename) };
  });
}

export async function fileFacts(client: HubClient, address: string): Promise<FileFacts> {
  return withRetries(client, 4, async () => {
    const { headers } = await send(client, address, { method: 'HEAD' });
    const etag = etagOf(headers);
    if (etag === undefined) throw notAHub(address);
    const size =
      headers.get('x-linked-size') ?? (headers.has('location') ? null : headers.get('content-length'));
    return { etag, size: size === null ? undefined : Number(size) };
  });
}

/**
 * @param from the first byte wanted
 * @returns 200 with the whole, 206 with the rest, or 416 when there is none
 */
export function openFile(client: HubClient, address: string, from: number): Promise<Response> {
  return send(client, address, { method: 'GET', ...(from > 0 && { range: `bytes=${from}-` }) });
}

/**
 * @param hasProgressed whether the attempt that failed came further than any before it: patience is renewed then
 * @throws OtzyvError `hub.network` after so many attempts in a row that brought nothing
 */
export async function withRetries<T>(
  client: HubClient,
  attempts: number,
  action: () => Promise<T>,
  hasProgressed: () => Promise<boolean> = async () => false,
): Promise<T> {
  for (let failures = 0; ; ) {
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof TransientFault)) throw error;
      failures = (await hasProgressed()) ? 1 : failures + 1;
      if (failures >= attempts) throw networkError(error);
      await client.wait(500 * 2 ** (failures - 1), client.signal);
    }
  }
}

/** A fault of the connection; an abort by the caller is passed on as it is. */
export function transient(client: HubClient, address: string, error: unknown): unknown {
  if (client.signal?.aborted) return client.signal.reason;
  return new TransientFault(address, faultOf(error), { cause: error });
}

async function send(
  client: HubClient,
  firstAddress: string,
  { method, range }: { method: 'GET' | 'HEAD'; range?: string },
): Promise<Response> {
  const { endpoint, token } = client.settings;
  const hub = new URL(endpoint).origin;
  let address = firstAddress;
  for (let hop = 0; hop <= MOST_REDIRECTS; hop++) {
    const isHub = new URL(address).origin === hub;
    const response = await fetch(address, {
      method,
      redirect: 'manual',
      headers: {
        'user-agent': 'otzyv',
        'accept-encoding': 'identity', // compressed, a file has neither its size nor its ranges
        ...(isHub && token !== undefined && { authorization: `Bearer ${token}` }),
        ...(range !== undefined && { range }),
      },
      ...(client.signal && { signal: client.signal }),
    }).catch((error: unknown) => {
      throw transient(client, address, error);
    });
    const location = response.headers.get('location');
    const isRedirect = response.status >= 300 && response.status < 400 && location !== null;
    if (!isRedirect) return checked(client, response, address);

    await response.body?.cancel();
    if (!URL.canParse(location, address)) throw notAHub(address);
    const next = new URL(location, address);
    const saysAll =
      response.headers.has('x-linked-etag') || (next.origin !== hub && response.headers.has('etag'));
    if (method === 'HEAD' && saysAll) return response; // signed addresses of a CDN are for GET only
    address = next.href;
  }
  throw notAHub(firstAddress);
}

async function checked(client: HubClient, response: Response, address: string): Promise<Response> {
  if (response.ok || response.status === 416) return response;
  await response.body?.cancel();
  if (BUSY.includes(response.status)) {
    throw new TransientFault(address, `${response.status} ${response.statusText}`.trim());
  }
  throw answerError(response, withoutQuery(address), client);
}

/** @returns undefined when there is none, or none that could be a file's name */
function etagOf(headers: Headers): string | undefined {
  const etag = (headers.get('x-linked-etag') ?? headers.get('etag'))?.replace(/^W\//, '').replaceAll('"', '');
  return etag !== undefined && /^[\w-]+$/.test(etag) ? etag : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function notAHub(address: string): OtzyvError {
  return new OtzyvError(
    'hub.bad-answer',
    `${address} does not answer as a Hugging Face hub does`,
    'If HF_ENDPOINT is set, check that it is a hub; else a proxy or a login page of the network may stand between.',
  );
}

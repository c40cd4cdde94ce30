/**
 * What can go wrong at the hub, said so that a person knows what to do.
 */
import { OtzyvError } from '@otzyv/core';
import type { HubSettings } from './environment.ts';

/** What is asked for, to be named in errors. */
export interface ModelRequest {
  readonly id: string;
  readonly revision: string;
  readonly settings: HubSettings;
}

/** Something that may be over in a moment: a broken connection, a busy server. */
export class TransientFault extends Error {
  override readonly name = 'TransientFault';
  readonly address: string;

  constructor(address: string, message: string, options: ErrorOptions = {}) {
    super(message, options);
    this.address = withoutQuery(address);
  }
}

/** What follows the question mark may be a signature, which belongs in no log. */
export const withoutQuery = (address: string): string => address.replace(/\?.*/s, '');

/** The reason under Node's "fetch failed", which says nothing itself. */
export function faultOf(error: unknown): string {
  const cause = (error as Error).cause as (Error & { code?: string; errors?: Error[] }) | undefined;
  const deepest = cause?.errors?.[0] ?? cause; // several addresses of one host were tried
  return deepest?.message || cause?.code || (error as Error).message;
}

export function networkError(fault: TransientFault): OtzyvError {
  return new OtzyvError(
    'hub.network',
    `no answer from ${fault.address}: ${fault.message}`,
    'Check the connection (Node does not use HTTPS_PROXY by itself) and run again: what was downloaded is kept. ' +
      'A mirror can be named with HF_ENDPOINT.',
    { cause: fault },
  );
}

/** @param response one that is neither a success nor a redirect nor worth a retry */
export function answerError(
  response: Response,
  address: string,
  { id, revision, settings }: ModelRequest,
): OtzyvError {
  const page = `${settings.endpoint}/${id}`;
  const reason = response.headers.get('x-error-code');
  if (reason === 'GatedRepo' || (response.status === 403 && reason === null)) {
    return new OtzyvError(
      'hub.gated',
      `${id} is given only to those who accepted its terms (${response.status} from ${address})`,
      settings.token === undefined
        ? `Accept the terms at ${page}, make a token at ${settings.endpoint}/settings/tokens, and set HF_TOKEN.`
        : `Accept the terms at ${page} as the user whose token is in use, or set HF_TOKEN to another's.`,
    );
  }
  if (reason === 'RevisionNotFound') {
    return new OtzyvError(
      'hub.no-revision',
      `${id} has no revision "${revision}" at ${settings.endpoint}`,
      `Look at ${page}/refs for its branches and tags; the usual one is "main".`,
    );
  }
  if (reason === 'EntryNotFound') {
    return new OtzyvError(
      'hub.no-file',
      `${id} lists a file that it does not have (${response.status} from ${address})`,
      'The repository is changing or damaged: try again later, or name another commit with --revision.',
    );
  }
  // without a token, the hub says 401 of what does not exist, too
  if (response.status === 404 || reason === 'RepoNotFound') {
    return new OtzyvError(
      'hub.not-found',
      `there is no model "${id}" at ${settings.endpoint} (${response.status} from ${address})`,
      'Check the spelling (organisation/name, as in cointegrated/rubert-tiny2). If it is private, set HF_TOKEN.',
    );
  }
  if (response.status === 401) {
    return new OtzyvError(
      'hub.unauthorized',
      `${settings.endpoint} ${settings.token === undefined ? 'asks who you are' : 'does not accept the token'} (401 from ${address})`,
      `Accept the terms at ${page} if it has any, and set HF_TOKEN to a token from ${settings.endpoint}/settings/tokens.`,
    );
  }
  return new OtzyvError(
    'hub.http',
    `${address} answered ${response.status} ${response.statusText}`.trim(),
    'Try again later; if HF_ENDPOINT is set, check that it is a hub.',
  );
}

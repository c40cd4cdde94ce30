/**
 * Where the hub is, who we are there, and where its files lie on this disk: from arguments, else from the
 * variables that Python's huggingface_hub knows, so that one setting serves both.
 * Reference: https://huggingface.co/docs/huggingface_hub/package_reference/environment_variables
 */
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { OtzyvError } from '@otzyv/core';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface HubOptions {
  /** Of a mirror, or of one's own hub. Default: `HF_ENDPOINT`, else https://huggingface.co */
  readonly endpoint?: string | undefined;
  /** Default: `HF_TOKEN`, else what `hf auth login` left. */
  readonly token?: string | undefined;
  /** Default: `HF_HUB_CACHE`, else `HF_HOME`/hub, else ~/.cache/huggingface/hub */
  readonly cacheDir?: string | undefined;
  /** Ask nothing of the network. Default: `HF_HUB_OFFLINE` */
  readonly offline?: boolean | undefined;
  /** Default: `process.env` */
  readonly environment?: Environment | undefined;
}

export interface HubSettings {
  readonly endpoint: string;
  readonly token: string | undefined;
  readonly cacheDir: string;
  readonly isOffline: boolean;
}

export async function hubSettings(options: HubOptions): Promise<HubSettings> {
  const environment = options.environment ?? process.env;
  const variable = (name: string) => environment[name]?.trim() || undefined; // an empty one counts as unset
  const home = variable('HOME') ?? homedir();
  const expand = (path: string) => path.replace(/^~(?=$|[/\\])/, home);

  const cacheHome = variable('XDG_CACHE_HOME') ?? join(home, '.cache');
  const hubHome = expand(variable('HF_HOME') ?? join(cacheHome, 'huggingface'));
  const cacheDir = variable('HF_HUB_CACHE') ?? variable('HUGGINGFACE_HUB_CACHE') ?? join(hubHome, 'hub');
  const tokenPath = expand(variable('HF_TOKEN_PATH') ?? join(hubHome, 'token'));
  return {
    endpoint: checkedEndpoint(options.endpoint ?? variable('HF_ENDPOINT') ?? 'https://huggingface.co'),
    token: checkedToken(
      (options.token || variable('HF_TOKEN')) ??
        variable('HUGGING_FACE_HUB_TOKEN') ??
        (await readToken(tokenPath)),
    ),
    cacheDir: options.cacheDir ?? expand(cacheDir),
    isOffline: options.offline ?? isTrue(variable('HF_HUB_OFFLINE') ?? variable('TRANSFORMERS_OFFLINE')),
  };
}

function isTrue(value: string | undefined): boolean {
  return value !== undefined && ['1', 'ON', 'YES', 'TRUE'].includes(value.toUpperCase());
}

/** Nobody has to be logged in, so a missing or unreadable file is no fault. */
async function readToken(path: string): Promise<string | undefined> {
  const token = await readFile(path, 'utf8').catch(() => '');
  return token.trim() || undefined;
}

/** What cannot stand in a header would fail as if the network were down. */
function checkedToken(token: string | undefined): string | undefined {
  if (token === undefined || /^[!-~]+$/.test(token)) return token;
  throw new OtzyvError(
    'hub.bad-token',
    'the token for the hub has characters that no token has',
    'Copy it again into HF_TOKEN, or log in again with Python’s "hf auth login".',
  );
}

function checkedEndpoint(endpoint: string): string {
  if (/^https?:\/\/[^/]*@/.test(endpoint)) {
    throw new OtzyvError(
      'hub.bad-endpoint',
      'the address of the hub holds a user name or a password',
      'Leave it out of HF_ENDPOINT, and put a token into HF_TOKEN.',
    );
  }
  if (!/^https?:\/\//.test(endpoint) || !URL.canParse(endpoint)) {
    throw new OtzyvError(
      'hub.bad-endpoint',
      `"${endpoint}" is not the address of a hub`,
      'Write it with its protocol, such as HF_ENDPOINT=https://huggingface.co',
    );
  }
  return endpoint.replace(/\/+$/, '');
}

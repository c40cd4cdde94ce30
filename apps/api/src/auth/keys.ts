/**
 * API keys: named, each with its limit, known to the server by their hashes only. A key is 32 random bytes, so a fast
 * hash is a safe one: there is nothing to guess.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { OtzyvError } from '@otzyv/core';
import { fileError, makeFolder } from '@otzyv/trainer';
import { z } from 'zod';

const keySchema = z.strictObject({
  name: z.string().min(1),
  /** of the key, in hexadecimal */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  requests_per_minute: z.int().positive().optional(),
});

const fileSchema = z.strictObject({ keys: z.array(keySchema) });

export type ApiKey = z.infer<typeof keySchema>;

/** @throws OtzyvError `options.keys` when the file is missing or malformed */
export async function readKeys(path: string): Promise<ApiKey[]> {
  const refuse = (fault: string, cause: unknown) =>
    new OtzyvError(
      'options.keys',
      `${path}: ${fault}`,
      'Make keys with otzyv-api keys add NAME --keys FILE.',
      {
        cause,
      },
    );
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw refuse(error.message, error);
  });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw refuse('this is no JSON', error);
  }
  const parsed = fileSchema.safeParse(json);
  if (parsed.success) return parsed.data.keys;
  const [issue] = parsed.error.issues;
  throw refuse(`${issue?.path.join('.')}: ${issue?.message}`, parsed.error);
}

/**
 * Adds a key to the file, which is made if it is not there, with its folder; only its owner can read it.
 * @returns the key, which nothing remembers
 * @throws OtzyvError `options.keys`, and what `makeFolder` throws
 */
export async function addKey(path: string, name: string, requestsPerMinute?: number): Promise<string> {
  const present = await readKeys(path).catch((error: OtzyvError) => {
    if ((error.cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  });
  if (present.some((key) => key.name === name)) {
    throw new OtzyvError(
      'options.keys',
      `${path} has a key named "${name}"`,
      'Choose another name, or remove it.',
    );
  }
  const key = `otzyv_${randomBytes(32).toString('base64url')}`;
  const added: ApiKey = {
    name,
    sha256: hashOf(key).toString('hex'),
    ...(requestsPerMinute !== undefined && { requests_per_minute: requestsPerMinute }),
  };
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await makeFolder(dirname(path));
    await writeFile(temporary, `${JSON.stringify({ keys: [...present, added] }, null, 2)}\n`, {
      mode: 0o600,
    });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw fileError(error, path);
  }
  return key;
}

/** @returns the key that was given, if it is one of these; takes as long whichever it is */
export function findKey(keys: readonly ApiKey[], given: string): ApiKey | undefined {
  const hash = hashOf(given);
  let found: ApiKey | undefined;
  for (const key of keys) if (timingSafeEqual(Buffer.from(key.sha256, 'hex'), hash)) found = key;
  return found;
}

function hashOf(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}

/** What a data file was, so that a run can tell later whether it still is. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { fileError } from '../files.ts';

/** A file's content, in short. */
export interface Fingerprint {
  readonly sha256: string;
  readonly bytes: number;
}

/** @throws OtzyvError `data.missing-file` and its like */
export async function fingerprintFile(path: string): Promise<Fingerprint> {
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    await pipeline(createReadStream(path), async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) {
        hash.update(chunk);
        bytes += chunk.length;
      }
    });
  } catch (error) {
    throw fileError(error, path);
  }
  return { sha256: hash.digest('hex'), bytes };
}

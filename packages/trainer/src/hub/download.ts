/**
 * One file from the hub to the disk: continued where an earlier attempt broke off, and checked against its name.
 *
 * Two processes may download the same file at once without a lock: both write the same bytes to the same places,
 * and the bytes before the file's end are always complete. Where the size is not known nobody could tell that, so
 * there each has a file of its own.
 */
import { createHash, randomUUID } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { type FileHandle, open, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { OtzyvError } from '@otzyv/core';
import { putInPlace } from '../durability.ts';
import { fileError, makeFolder } from '../files.ts';
import { type FileFacts, type HubClient, openFile, transient, withRetries } from './client.ts';
import { TransientFault } from './hub-errors.ts';

const ATTEMPTS = 5;

/**
 * @param report called with the number of bytes there are
 * @throws OtzyvError `hub.network`, `hub.checksum`, `system.disk-full`, `system.not-writable`
 */
export async function downloadBlob(
  client: HubClient,
  address: string,
  blob: string,
  facts: FileFacts,
  report: (receivedBytes: number) => void,
): Promise<void> {
  const isShared = facts.size !== undefined;
  const partial = isShared ? `${blob}.incomplete` : `${blob}.${randomUUID()}.incomplete`;
  let furthest = 0;
  const hasProgressed = async () => {
    const reached = (await sizeOf(partial)) ?? 0;
    const isFurther = reached > furthest;
    furthest = Math.max(furthest, reached);
    return isFurther;
  };
  try {
    await makeFolder(dirname(blob));
    await withRetries(
      client,
      ATTEMPTS,
      () => receiveRest(client, address, partial, facts, report),
      hasProgressed,
    );
    await verify(partial, address, facts);
    await putInPlace(await open(partial, 'r+'), partial, blob);
  } catch (error) {
    const isGone = (error as NodeJS.ErrnoException).code === 'ENOENT';
    if (isGone && (await sizeOf(blob)) !== undefined) return; // another process was first
    if (!isShared) await rm(partial, { force: true });
    throw fileError(error, partial);
  }
}

export async function sizeOf(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({ size }) => size,
    () => undefined,
  );
}

async function receiveRest(
  client: HubClient,
  address: string,
  partial: string,
  { size }: FileFacts,
  report: (receivedBytes: number) => void,
): Promise<void> {
  let received = (await sizeOf(partial)) ?? 0;
  if (size !== undefined && received > size) {
    await rm(partial);
    received = 0;
  }
  if (received > 0) report(received);
  if (received === size && size > 0) return;

  const response = await openFile(client, address, received);
  if (response.status === 416) {
    // nothing after what we have: it is whole where the hub did not say its size, else the two disagree
    await response.body?.cancel();
    if (size === undefined) return;
    await rm(partial, { force: true });
    throw new TransientFault(address, `has no bytes from ${received} on, of ${size}`);
  }
  const start = response.status === 206 ? rangeStart(response) : 0;
  if (start > received)
    throw new TransientFault(address, `sent bytes from ${start} on instead of ${received}`);

  // what is continued must still be there: another process may have finished and renamed it
  const handle = await open(partial, start > 0 ? constants.O_WRONLY : constants.O_WRONLY | constants.O_CREAT);
  try {
    if ((await handle.stat()).size < start) throw new TransientFault(address, `${partial} was begun anew`);
    if (size === undefined) await handle.truncate(start); // what is sent anew may be shorter
    received = await writeBody(client, address, response, handle, start, report);
  } finally {
    await handle.close();
  }
  if (size !== undefined && received < size) {
    throw new TransientFault(address, `broke off at byte ${received} of ${size}`);
  }
}

/** @returns the position after the last byte */
async function writeBody(
  client: HubClient,
  address: string,
  response: Response,
  handle: FileHandle,
  start: number,
  report: (receivedBytes: number) => void,
): Promise<number> {
  let position = start;
  for await (const chunk of chunks(client, address, response)) {
    for (let written = 0; written < chunk.length; ) {
      const { bytesWritten } = await handle.write(chunk, written, chunk.length - written, position);
      written += bytesWritten;
      position += bytesWritten;
    }
    report(position);
  }
  return position;
}

/** The body's pieces; a fault of the connection comes out as one that may be over in a moment. */
async function* chunks(client: HubClient, address: string, response: Response): AsyncGenerator<Uint8Array> {
  try {
    yield* response.body ?? [];
  } catch (error) {
    throw transient(client, address, error);
  }
}

function rangeStart(response: Response): number {
  return Number(/^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1] ?? Infinity);
}

/** Large files are named by their sha256, small ones as git names them. Names of other kinds say nothing of the content. */
async function verify(path: string, address: string, { etag, size }: FileFacts): Promise<void> {
  const found = await stat(path);
  const isRightSize = size === undefined || found.size === size;
  if (isRightSize && (await hasChecksum(path, found.size, etag))) return;
  await rm(path, { force: true });
  throw new OtzyvError(
    'hub.checksum',
    isRightSize
      ? `${address} arrived with other bytes than the hub says (expected checksum ${etag})`
      : `${address} arrived with ${found.size} bytes, and the hub says ${size}`,
    'The copy was deleted: run again. If it happens twice, a proxy or mirror in between alters the file.',
  );
}

async function hasChecksum(path: string, size: number, etag: string): Promise<boolean> {
  const hash = /^[0-9a-f]{64}$/.test(etag)
    ? createHash('sha256')
    : /^[0-9a-f]{40}$/.test(etag)
      ? createHash('sha1').update(`blob ${size}\0`)
      : undefined;
  if (hash === undefined) return true;
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20 })) hash.update(chunk as Buffer);
  return hash.digest('hex') === etag;
}

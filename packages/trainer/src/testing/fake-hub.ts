/**
 * A hub on loopback for tests: speaks as huggingface.co does, from folders `organisation/name/files`. Large files
 * (weights) are redirected to a second server that stands for the CDN. Faults are switched on and off between requests.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

export interface FakeHubFaults {
  /** Without this token, repositories are answered as gated. */
  gatedBy?: string | undefined;
  /** Answers this many requests with 503 first. */
  busyTimes?: number | undefined;
  /** Closes the connection of this many downloads after so many bytes. */
  breakOff?: { times: number; afterBytes: number } | undefined;
  /** These files arrive with one byte changed. */
  altered?: readonly string[] | undefined;
  ignoresRange?: boolean | undefined;
  /** Answers each request for a part with 416. */
  refusesRange?: boolean | undefined;
  /** As some mirrors: files are sent without a size, under names that say nothing of their content. */
  isMirror?: boolean | undefined;
  /** Further names in the listing. */
  extraFiles?: readonly string[] | undefined;
}

export interface FakeRequest {
  readonly server: 'hub' | 'cdn';
  readonly method: string;
  readonly path: string;
  readonly range: string | undefined;
  readonly authorization: string | undefined;
}

export interface FakeHub {
  /** For `HF_ENDPOINT`. */
  readonly endpoint: string;
  /** All requests so far. */
  readonly requests: FakeRequest[];
  readonly faults: FakeHubFaults;
  /** The commit that "main" is: a hash of the files as they are now. */
  commitOf(id: string): string;
  close(): Promise<void>;
}

type Handler = (request: IncomingMessage, response: ServerResponse, url: URL) => void;

const isLarge = (file: string) => /\.(safetensors|bin|onnx|msgpack|h5)$/.test(file);

/** @param folder holds `organisation/name/…`; read at each request, so it may change */
export async function startFakeHub(folder: string, faults: FakeHubFaults = {}): Promise<FakeHub> {
  const requests: FakeRequest[] = [];
  const filesOf = (id: string) => readdirSync(join(folder, id)).sort();
  const commitOf = (id: string): string => {
    const hash = createHash('sha1').update(id);
    for (const file of filesOf(id)) hash.update(file).update(readFileSync(join(folder, id, file)));
    return hash.digest('hex');
  };

  const serve = (server: 'hub' | 'cdn', handle: Handler) =>
    listen((request, response) => {
      const url = new URL(request.url ?? '/', 'http://localhost');
      const { range, authorization } = request.headers;
      requests.push({ server, method: request.method ?? '', path: url.pathname, range, authorization });
      if (faults.busyTimes) {
        faults.busyTimes--;
        return answer(response, 503);
      }
      handle(request, response, url);
    });

  const cdn = await serve('cdn', (request, response, url) => {
    const [, id, file] = split(url, /^\/lfs\/(.+)\/([^/]+)$/);
    sendFile(request, response, join(folder, id, file), file, faults);
  });

  const hub = await serve('hub', (request, response, url) => {
    const [path, apiId, apiRevision, , fileId, commit, file] = split(
      url,
      /^\/api\/models\/(.+)\/revision\/(.+)$|^(\/)(.+)\/resolve\/([^/]+)\/(.+)$/,
    );
    const id = apiId || fileId;
    const isRepository = path !== '' && statSync(join(folder, id), { throwIfNoEntry: false })?.isDirectory();
    if (!isRepository) {
      return answer(response, request.headers.authorization ? 404 : 401, { 'x-error-code': 'RepoNotFound' });
    }
    const current = commitOf(id);
    if (!['main', current].includes(apiRevision || commit)) {
      return answer(response, 404, { 'x-error-code': 'RevisionNotFound' });
    }
    if (apiId) {
      const siblings = [...filesOf(id), ...(faults.extraFiles ?? [])].map((rfilename) => ({ rfilename }));
      return answer(
        response,
        200,
        { 'content-type': 'application/json' },
        JSON.stringify({ id, sha: current, siblings }),
      );
    }
    if (faults.gatedBy !== undefined && request.headers.authorization !== `Bearer ${faults.gatedBy}`) {
      const status = request.headers.authorization ? 403 : 401;
      return answer(response, status, { 'x-error-code': 'GatedRepo' });
    }
    const onDisk = join(folder, id, file);
    if (!statSync(onDisk, { throwIfNoEntry: false }))
      return answer(response, 404, { 'x-error-code': 'EntryNotFound' });

    const content = readFileSync(onDisk);
    response.setHeader('x-repo-commit', current);
    if (faults.isMirror) {
      response.setHeader('etag', `W/"mirror-${file.replaceAll('.', '-')}"`);
      return sendFile(request, response, onDisk, file, faults);
    }
    if (!isLarge(file)) {
      const blobId = createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
      response.setHeader('etag', `"${blobId}"`);
      return sendFile(request, response, onDisk, file, faults);
    }
    return answer(response, 302, {
      'x-linked-etag': `"${createHash('sha256').update(content).digest('hex')}"`,
      'x-linked-size': String(content.length),
      etag: '"of-the-redirect"',
      location: `${cdn.origin}/lfs/${id}/${file}?signature=secret`,
    });
  });

  return {
    endpoint: hub.origin,
    requests,
    faults,
    commitOf,
    close: async () => {
      await Promise.all([hub.close(), cdn.close()]);
    },
  };
}

function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  file: string,
  faults: FakeHubFaults,
): void {
  const content = readFileSync(path);
  if (faults.altered?.includes(file)) content[0] = (content[0] ?? 0) ^ 1;
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  const isPart = from > 0 && faults.ignoresRange !== true;
  if (isPart && (from >= content.length || faults.refusesRange)) {
    answer(response, 416, { 'content-range': `bytes */${content.length}` });
    return;
  }
  const body = isPart ? content.subarray(from) : content;
  response.writeHead(isPart ? 206 : 200, {
    ...(!faults.isMirror && { 'content-length': body.length }),
    ...(isPart && { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` }),
  });
  const { breakOff } = faults;
  if (request.method === 'HEAD') response.end();
  else if (breakOff && breakOff.times > 0 && breakOff.afterBytes < body.length) {
    breakOff.times--;
    response.write(body.subarray(0, breakOff.afterBytes), () => response.destroy());
  } else response.end(body);
}

function answer(
  response: ServerResponse,
  status: number,
  headers: Record<string, string> = {},
  body = '',
): void {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}

/** The groups of a match, the whole first; all of them empty where there is none. */
function split(url: URL, pattern: RegExp): [string, string, string, string, string, string, string] {
  const groups = pattern.exec(url.pathname) ?? [];
  const at = (index: number) => decodeURIComponent(groups[index] ?? '');
  return [at(0), at(1), at(2), at(3), at(4), at(5), at(6)];
}

async function listen(handle: (request: IncomingMessage, response: ServerResponse) => void) {
  const server: Server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // of a server that listens on a port
  return {
    origin: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

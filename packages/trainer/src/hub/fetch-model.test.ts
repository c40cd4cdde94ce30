import { createHash } from 'node:crypto';
import {
  cp,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rm,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FakeHub, startFakeHub } from '../testing/fake-hub.ts';
import { type FetchOptions, type FetchProgress, fetchModel } from './fetch-model.ts';

const ID = 'organisation/tiny-bert';
const WEIGHTS = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 7 + (i >> 8)) & 0xff));
const SMALL = {
  'config.json': '{"model_type": "bert"}',
  'tokenizer.json': '{}',
  'tokenizer_config.json': '{"do_lower_case": false}',
  'vocab.txt': '[PAD]\nдом\n',
};

let root: string;
let cacheDir: string;
let hub: FakeHub;
let waits: number[];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'otzyv-hub-'));
  cacheDir = join(root, 'cache');
  await repository(ID, { ...SMALL, 'model.safetensors': WEIGHTS });
  hub = await startFakeHub(join(root, 'repositories'));
  waits = [];
});
afterEach(async () => {
  await hub.close();
  await rm(root, { recursive: true });
});

async function repository(id: string, files: Record<string, string | Buffer>): Promise<void> {
  const folder = join(root, 'repositories', id);
  await mkdir(folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
}

const wait: FetchOptions['wait'] = async (milliseconds) => {
  waits.push(milliseconds);
};
const fetchIt = (options: FetchOptions = {}, id = ID) =>
  fetchModel(id, { endpoint: hub.endpoint, cacheDir, environment: { HOME: root }, wait, ...options });

const hasWeights = async (folder: string) =>
  (await readFile(join(folder, 'model.safetensors'))).equals(WEIGHTS);
const sha256 = (content: Buffer) => createHash('sha256').update(content).digest('hex');
const weightsBlob = () => join(cacheDir, 'models--organisation--tiny-bert', 'blobs', sha256(WEIGHTS));
const downloads = (name: string) =>
  hub.requests.filter(
    ({ method, path, server }) => method === 'GET' && path.endsWith(name) && server === 'cdn',
  );

describe('what is downloaded', () => {
  it('the files of a BERT, and nothing else', async () => {
    await repository(ID, {
      'README.md': 'x',
      'tf_model.h5': 'x',
      'flax_model.msgpack': 'x',
      'pytorch_model.bin': 'x',
      'model.onnx': 'x',
    });
    const folder = await fetchIt();
    expect((await readdir(folder)).sort()).toEqual([...Object.keys(SMALL), 'model.safetensors'].sort());
    expect(await hasWeights(folder)).toBe(true);
    expect(await readFile(join(folder, 'vocab.txt'), 'utf8')).toBe(SMALL['vocab.txt']);
  });

  it('pytorch_model.bin where there is no model.safetensors', async () => {
    await repository('old-bert', { 'config.json': '{}', 'pytorch_model.bin': 'weights', 'tf_model.h5': 'x' });
    expect((await readdir(await fetchIt({}, 'old-bert'))).sort()).toEqual([
      'config.json',
      'pytorch_model.bin',
    ]);
  });

  it('the shards that the index names', async () => {
    const index = { weight_map: { a: 'model-1.safetensors', b: 'model-2.safetensors' } };
    await repository('o/sharded', {
      ...SMALL,
      'model.safetensors.index.json': JSON.stringify(index),
      'model-1.safetensors': 'one',
      'model-2.safetensors': 'two',
      'model-3.safetensors': 'three',
    });
    const names = await readdir(await fetchIt({}, 'o/sharded'));
    expect(names.filter((name) => name.startsWith('model-')).sort()).toEqual([
      'model-1.safetensors',
      'model-2.safetensors',
    ]);
  });

  it('a linear classifier of ours', async () => {
    await repository('o/linear', { 'otzyv.json': '{}', 'linear.json': '{}' });
    const folder = await fetchIt({}, 'o/linear');
    expect((await readdir(folder)).sort()).toEqual(['linear.json', 'otzyv.json']);
    expect(await fetchIt({ offline: true }, 'o/linear')).toBe(folder);
  });

  it('nothing from a repository without weights that can be read: what it has is listed', async () => {
    await repository('o/flax', { 'config.json': '{}', 'flax_model.msgpack': 'x' });
    await expect(fetchIt({}, 'o/flax')).rejects.toMatchObject({
      code: 'hub.no-weights',
      message: expect.stringContaining('config.json, flax_model.msgpack'),
    });
  });

  it('progress is told in bytes, up to the whole', async () => {
    const events: FetchProgress[] = [];
    await fetchIt({ onProgress: (event) => events.push(event) });
    const last = events.findLast(({ file }) => file === 'model.safetensors');
    expect(last).toEqual({
      file: 'model.safetensors',
      receivedBytes: WEIGHTS.length,
      totalBytes: WEIGHTS.length,
    });
    expect(new Set(events.map(({ file }) => file))).toEqual(
      new Set([...Object.keys(SMALL), 'model.safetensors']),
    );
  });
});

describe('the cache', () => {
  it('has the layout of Python’s huggingface_hub', async () => {
    const folder = await fetchIt();
    const model = join(cacheDir, 'models--organisation--tiny-bert');
    const commit = hub.commitOf(ID);
    expect(folder).toBe(join(model, 'snapshots', commit));
    expect(await readFile(join(model, 'refs', 'main'), 'utf8')).toBe(commit);
    expect(await readdir(join(model, 'blobs'))).toContain(sha256(WEIGHTS));
    expect((await lstat(join(folder, 'model.safetensors'))).isSymbolicLink()).toBe(true);
    expect(await realpath(join(folder, 'model.safetensors'))).toBe(await realpath(weightsBlob()));
  });

  it('is asked first: the second time, only whether the branch has moved', async () => {
    const folder = await fetchIt();
    hub.requests.length = 0;
    expect(await fetchIt()).toBe(folder);
    expect(hub.requests.map(({ path }) => path)).toEqual([`/api/models/${ID}/revision/main`]);
  });

  it('gives a commit that is there whole without any request', async () => {
    const folder = await fetchIt({ revision: hub.commitOf(ID) });
    hub.requests.length = 0;
    expect(await fetchIt({ revision: hub.commitOf(ID) })).toBe(folder);
    expect(hub.requests).toEqual([]);
  });

  it('shares contents between commits: a new config does not bring the weights again', async () => {
    const before = await fetchIt();
    await repository(ID, { 'config.json': '{"model_type": "bert", "new": true}' });
    hub.requests.length = 0;
    const after = await fetchIt();
    expect(after).not.toBe(before);
    expect(await readFile(join(after, 'config.json'), 'utf8')).toContain('new');
    expect(downloads('model.safetensors')).toEqual([]);
  });

  it('mends a snapshot whose blob was deleted', async () => {
    const folder = await fetchIt();
    await unlink(weightsBlob());
    await fetchIt();
    expect(await hasWeights(folder)).toBe(true);
  });

  it('serves two downloads of one model at once', async () => {
    const folders = await Promise.all([fetchIt(), fetchIt(), fetchIt()]);
    expect(new Set(folders).size).toBe(1);
    expect(await hasWeights(folders[0])).toBe(true);
  });

  it('that cannot be written is named', async () => {
    await writeFile(join(root, 'file'), '');
    await expect(fetchIt({ cacheDir: join(root, 'file', 'cache') })).rejects.toMatchObject({
      code: 'data.not-a-file',
      message: expect.stringContaining(join(root, 'file', 'cache')),
    });
  });
});

describe('a download that breaks off', () => {
  it('is continued where it was, within one call', async () => {
    hub.faults.breakOff = { times: 3, afterBytes: 70_000 };
    const folder = await fetchIt();
    expect(await hasWeights(folder)).toBe(true);
    const ranges = downloads('model.safetensors').map(({ range }) => range);
    expect(ranges[0]).toBeUndefined();
    expect(ranges.length).toBe(4);
    for (const range of ranges.slice(1)) expect(range).toMatch(/^bytes=\d+-$/);
  });

  it('is continued by the next call, from what lies in <blob>.incomplete', async () => {
    await mkdir(join(weightsBlob(), '..'), { recursive: true });
    await writeFile(`${weightsBlob()}.incomplete`, WEIGHTS.subarray(0, 123_456));
    const folder = await fetchIt();
    expect(await hasWeights(folder)).toBe(true);
    expect(downloads('model.safetensors').map(({ range }) => range)).toEqual(['bytes=123456-']);
    expect((await readdir(join(weightsBlob(), '..'))).filter((name) => name.endsWith('.incomplete'))).toEqual(
      [],
    );
  });

  it('needs no request when only the renaming was missing', async () => {
    await mkdir(join(weightsBlob(), '..'), { recursive: true });
    await writeFile(`${weightsBlob()}.incomplete`, WEIGHTS);
    await fetchIt();
    expect(downloads('model.safetensors')).toEqual([]);
  });

  it.each([
    ['sends the whole instead of the rest', { ignoresRange: true }],
    ['refuses the range with 416', { refusesRange: true }],
  ])('begins anew where the server %s', async (_, faults) => {
    Object.assign(hub.faults, faults);
    await mkdir(join(weightsBlob(), '..'), { recursive: true });
    await writeFile(`${weightsBlob()}.incomplete`, WEIGHTS.subarray(0, 1000));
    const folder = await fetchIt();
    expect(await hasWeights(folder)).toBe(true);
  });

  it('begins anew where there is more on the disk than the file has', async () => {
    await mkdir(join(weightsBlob(), '..'), { recursive: true });
    await writeFile(`${weightsBlob()}.incomplete`, Buffer.concat([WEIGHTS, WEIGHTS]));
    const folder = await fetchIt();
    expect(await hasWeights(folder)).toBe(true);
  });

  it('is given up after some attempts that bring nothing, and what came is kept', async () => {
    hub.faults.breakOff = { times: 1, afterBytes: 100_000 };
    await expect(
      fetchIt({
        onProgress: ({ file }) => {
          if (file === 'model.safetensors') hub.faults.busyTimes = 100;
        },
      }),
    ).rejects.toMatchObject({ code: 'hub.network', message: expect.stringContaining('503') });
    expect(waits).toEqual([500, 1000, 2000, 4000]);
    expect((await readFile(`${weightsBlob()}.incomplete`)).length).toBeGreaterThan(0);
  });

  it('is given up where the server begins anew each time and never comes further', async () => {
    Object.assign(hub.faults, { ignoresRange: true, breakOff: { times: Infinity, afterBytes: 70_000 } });
    await expect(fetchIt()).rejects.toMatchObject({ code: 'hub.network' });
    expect(downloads('model.safetensors').length).toBeLessThan(10);
  });

  it('by the caller’s signal ends with its reason, at once', async () => {
    const controller = new AbortController();
    const aborted = fetchIt({
      signal: controller.signal,
      onProgress: ({ file }) =>
        file === 'model.safetensors' && controller.abort(new Error('stopped by hand')),
    });
    await expect(aborted).rejects.toThrow('stopped by hand');
    expect(waits).toEqual([]);
  });
});

describe('checksums', () => {
  it.each(['model.safetensors', 'vocab.txt'])('%s with a wrong byte is deleted and refused', async (file) => {
    hub.faults.altered = [file];
    await expect(fetchIt()).rejects.toMatchObject({
      code: 'hub.checksum',
      message: expect.stringContaining(file),
    });
    const left = await readdir(join(cacheDir, 'models--organisation--tiny-bert'), { recursive: true });
    expect(left.filter((name) => name.endsWith('.incomplete') || name.endsWith(file))).toEqual([]);

    hub.faults.altered = [];
    await expect(fetchIt()).resolves.toContain('snapshots');
  });
});

describe('a busy or absent hub', () => {
  it('is asked again', async () => {
    hub.faults.busyTimes = 1;
    await expect(fetchIt()).resolves.toContain('snapshots');
    expect(waits).toEqual([500]);
  });

  it('is named with its address when it does not answer', async () => {
    await expect(fetchIt({ endpoint: 'http://127.0.0.1:9' })).rejects.toMatchObject({
      code: 'hub.network',
      message: expect.stringMatching(/^no answer from http:\/\/127\.0\.0\.1:9\/api\/models\/.*: .+/),
    });
  });

  it('is done without when the cache has the model', async () => {
    const folder = await fetchIt();
    expect(await fetchIt({ endpoint: 'http://127.0.0.1:9' })).toBe(folder);
  });

  it('that is no hub is found out', async () => {
    await expect(fetchIt({ endpoint: 'localhost:8080' })).rejects.toMatchObject({ code: 'hub.bad-endpoint' });
  });

  it('with a password in its address is refused, and the password told to nobody', async () => {
    const refused = await fetchIt({ endpoint: 'https://user:secret@example.com' }).catch((error) => error);
    expect(refused).toMatchObject({ code: 'hub.bad-endpoint', hint: expect.stringContaining('HF_TOKEN') });
    expect(`${refused.message}${refused.hint}`).not.toContain('secret');
  });

  it('is not asked with a token that cannot be one', async () => {
    await expect(fetchIt({ token: 'токен' })).rejects.toMatchObject({ code: 'hub.bad-token' });
  });

  it('that lists a file it does not have is told of', async () => {
    hub.faults.extraFiles = ['added_tokens.json'];
    await expect(fetchIt()).rejects.toMatchObject({
      code: 'hub.no-file',
      message: expect.stringContaining('added_tokens.json'),
    });
  });
});

describe('a mirror that tells neither sizes nor checksums', () => {
  it('is downloaded from by several processes at once, each for itself', async () => {
    hub.faults.isMirror = true;
    hub.faults.breakOff = { times: 2, afterBytes: 100_000 };
    const folders = await Promise.all([fetchIt(), fetchIt(), fetchIt()]);
    for (const folder of folders) expect(await hasWeights(folder)).toBe(true);
    const left = await readdir(join(cacheDir, 'models--organisation--tiny-bert', 'blobs'));
    expect(left.filter((name) => name.endsWith('.incomplete'))).toEqual([]);
  });
});

describe('offline', () => {
  it.each([
    ['as an option', { offline: true }],
    ['as HF_HUB_OFFLINE', { environment: { HF_HUB_OFFLINE: '1' } }],
  ])('%s: the cache answers, the network is not asked', async (_, options) => {
    const folder = await fetchIt();
    hub.requests.length = 0;
    expect(await fetchIt(options)).toBe(folder);
    expect(hub.requests).toEqual([]);
  });

  it('names the first file that is missing, and where it was looked for', async () => {
    const folder = await fetchIt();
    await unlink(join(folder, 'model.safetensors'));
    await expect(fetchIt({ offline: true })).rejects.toMatchObject({
      code: 'hub.offline',
      message: expect.stringContaining(`model.safetensors is missing in ${folder}`),
    });
  });

  it('names a shard that is missing', async () => {
    const index = { weight_map: { a: 'model-1.safetensors', b: 'model-2.safetensors' } };
    const shards = { 'model-1.safetensors': 'one', 'model-2.safetensors': 'two' };
    await repository('o/s', { ...SMALL, 'model.safetensors.index.json': JSON.stringify(index), ...shards });
    await unlink(join(await fetchIt({}, 'o/s'), 'model-2.safetensors'));
    await expect(fetchIt({ offline: true }, 'o/s')).rejects.toThrow('model-2.safetensors is missing');
  });

  it('says so when the model was never downloaded', async () => {
    await expect(fetchIt({ offline: true })).rejects.toMatchObject({
      code: 'hub.offline',
      message: expect.stringContaining(join(cacheDir, 'models--organisation--tiny-bert')),
    });
  });
});

describe('what may not be had', () => {
  it('a gated model: accept its terms, set HF_TOKEN', async () => {
    hub.faults.gatedBy = 'hf_right';
    await expect(fetchIt()).rejects.toMatchObject({
      code: 'hub.gated',
      hint: expect.stringContaining('HF_TOKEN'),
    });
    await expect(fetchIt({ token: 'hf_wrong' })).rejects.toMatchObject({ code: 'hub.gated' });
    await expect(fetchIt({ token: 'hf_right' })).resolves.toContain('snapshots');
  });

  it('a model that does not exist', async () => {
    for (const token of [undefined, 'hf_token']) {
      await expect(fetchIt({ token }, 'organisation/tiny-bret')).rejects.toMatchObject({
        code: 'hub.not-found',
        message: expect.stringContaining('organisation/tiny-bret'),
      });
    }
  });

  it('a revision that does not exist', async () => {
    await expect(fetchIt({ revision: 'v2' })).rejects.toMatchObject({
      code: 'hub.no-revision',
      message: expect.stringContaining('"v2"'),
    });
  });

  it.each(['../secrets', './folder', 'a/b/c', 'a--b', '/etc', 'a/..', '', 'C:\\models'])(
    '%o is no id',
    async (id) => {
      await expect(fetchIt({}, id)).rejects.toMatchObject({ code: 'hub.bad-id' });
      expect(hub.requests).toEqual([]);
    },
  );

  it.each(['../main', 'a/../../b', '', '/main'])('%o is no revision', async (revision) => {
    await expect(fetchIt({ revision })).rejects.toMatchObject({ code: 'hub.bad-revision' });
  });

  it('files that the listing places outside the folder', async () => {
    hub.faults.extraFiles = ['../../../config.json', '/etc/passwd', 'a/../../vocab.txt'];
    const folder = await fetchIt();
    expect((await readdir(folder)).length).toBe(5);
    expect(hub.requests.filter(({ path }) => path.includes('passwd') || path.includes('%2F'))).toEqual([]);
  });
});

describe('the token', () => {
  const tokensSent = (server: 'hub' | 'cdn') =>
    new Set(
      hub.requests.filter((request) => request.server === server).map(({ authorization }) => authorization),
    );

  it('goes to the hub and not to the CDN it redirects to', async () => {
    await fetchIt({ token: 'hf_secret' });
    expect(tokensSent('hub')).toEqual(new Set(['Bearer hf_secret']));
    expect(tokensSent('cdn')).toEqual(new Set([undefined]));
  });

  it('comes from HF_TOKEN', async () => {
    await fetchIt({ environment: { HOME: root, HF_TOKEN: 'hf_variable' } });
    expect(tokensSent('hub')).toEqual(new Set(['Bearer hf_variable']));
  });

  it('comes from the file that "hf auth login" writes', async () => {
    await mkdir(join(root, '.cache', 'huggingface'), { recursive: true });
    await writeFile(join(root, '.cache', 'huggingface', 'token'), 'hf_saved\n');
    await fetchIt();
    expect(tokensSent('hub')).toEqual(new Set(['Bearer hf_saved']));
  });
});

describe('the environment', () => {
  it.each([
    [{ HF_HUB_CACHE: '~/a' }, 'a'],
    [{ HF_HOME: '~/b' }, 'b/hub'],
    [{ XDG_CACHE_HOME: '$ROOT/c' }, 'c/huggingface/hub'],
    [{}, '.cache/huggingface/hub'],
  ])('%o puts models into %s', async (variables: Record<string, string>, place) => {
    const resolved = Object.entries(variables).map(([name, value]) => [name, value.replace('$ROOT', root)]);
    const environment = { HOME: root, HF_ENDPOINT: hub.endpoint, ...Object.fromEntries(resolved) };
    const folder = await fetchModel(ID, { environment });
    expect(folder.startsWith(join(root, place, 'models--organisation--tiny-bert'))).toBe(true);
  });
});

it('a snapshot copied without links, as on Windows, is used as it is', async () => {
  const folder = await fetchIt();
  const copy = join(root, 'copy');
  await cp(cacheDir, copy, { recursive: true, dereference: true });
  expect(await fetchIt({ cacheDir: copy, offline: true })).toBe(folder.replace(cacheDir, copy));
});

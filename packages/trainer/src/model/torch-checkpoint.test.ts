import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OtzyvError } from '@otzyv/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTorchCheckpoint } from './torch-checkpoint.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'otzyv-torch-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function read(content: Uint8Array) {
  const path = join(folder, 'pytorch_model.bin');
  await writeFile(path, content);
  return readTorchCheckpoint(path);
}

// Checkpoints made by hand, in the formats of torch.save. Those that PyTorch itself has made are read further down.

interface Described {
  storage: string;
  type?: string;
  length: number;
  offset?: number;
  shape: number[];
  strides: number[];
}

const number = (value: number) => Buffer.from([0x4a, ...new Uint8Array(Int32Array.of(value).buffer)]);
const text = (value: string) =>
  Buffer.concat([
    Buffer.from('X'),
    new Uint8Array(Uint32Array.of(Buffer.byteLength(value)).buffer),
    Buffer.from(value),
  ]);
const tuple = (...parts: Uint8Array[]) => Buffer.concat([Buffer.from('('), ...parts, Buffer.from('t')]);
const global = (name: string) =>
  Buffer.from(`c${name.slice(0, name.lastIndexOf('.'))}\n${name.split('.').at(-1)}\n`);
const call = (name: string, ...args: Uint8Array[]) =>
  Buffer.concat([global(name), tuple(...args), Buffer.from('R')]);
const dictionary = (items: Record<string, Uint8Array>) =>
  Buffer.concat([
    Buffer.from('}('),
    ...Object.entries(items).flatMap(([key, value]) => [text(key), value]),
    Buffer.from('u'),
  ]);
const program = (...parts: Uint8Array[]) =>
  Buffer.concat([Buffer.from([0x80, 2]), ...parts, Buffer.from('.')]);

const none = Buffer.from('N');
function tensor(
  { storage, type = 'FloatStorage', length, offset = 0, shape, strides }: Described,
  view = none,
) {
  const id = [text('storage'), global(`torch.${type}`), text(storage), text('cpu'), number(length), view];
  return call(
    'torch._utils._rebuild_tensor_v2',
    Buffer.concat([tuple(...id), Buffer.from('Q')]),
    number(offset),
    tuple(...shape.map(number)),
    tuple(...strides.map(number)),
    Buffer.from([0x89]),
    call('collections.OrderedDict'),
  );
}

/** A zip of stored entries, without ZIP64, which PyTorch's own files always have. */
function zip(entries: Record<string, Uint8Array>, method = 0): Buffer {
  const contents: Buffer[] = [];
  const directory: Buffer[] = [];
  let position = 0;
  for (const [name, content] of Object.entries(entries)) {
    const common = Buffer.alloc(26); // version, flags, method, time, date, CRC, sizes, lengths: the same in both headers
    common.writeUInt16LE(method, 4);
    common.writeUInt32LE(content.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(Buffer.byteLength(name), 22);
    const entry = Buffer.alloc(46);
    entry.write('PK\x01\x02', 'latin1');
    common.copy(entry, 6);
    entry.writeUInt32LE(position, 42);
    directory.push(entry, Buffer.from(name));
    contents.push(Buffer.from('PK\x03\x04', 'latin1'), common, Buffer.from(name), Buffer.from(content));
    position += 30 + Buffer.byteLength(name) + content.length;
  }
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(Object.keys(entries).length, 10);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(position, 16);
  return Buffer.concat([...contents, ...directory, end]);
}

const floats = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);

const zipped = (
  items: Record<string, Uint8Array>,
  storages: Record<string, Uint8Array>,
  byteOrder = 'little',
) =>
  zip({
    'archive/data.pkl': program(dictionary(items)),
    'archive/byteorder': Buffer.from(byteOrder),
    ...Object.fromEntries(Object.entries(storages).map(([key, bytes]) => [`archive/data/${key}`, bytes])),
  });

const MAGIC = program(Buffer.from('\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19', 'latin1'));
function legacy(
  items: Record<string, Uint8Array>,
  storages: [key: string, length: number, bytes: Uint8Array][],
): Buffer {
  return Buffer.concat([
    MAGIC,
    program(number(1001)),
    program(dictionary({ little_endian: Buffer.from([0x88]) })),
    program(dictionary(items)),
    program(Buffer.from(']('), ...storages.map(([key]) => text(key)), Buffer.from('e')),
    ...storages.flatMap(([, length, bytes]) => [
      new Uint8Array(BigInt64Array.of(BigInt(length)).buffer),
      bytes,
    ]),
  ]);
}

const square = { storage: '0', length: 6, shape: [2, 3], strides: [3, 1] };
const six = floats(0, 1, 2, 3, 4, 5);
const formats: [string, (items: Record<string, Uint8Array>) => Buffer][] = [
  ['zip', (items) => zipped(items, { 0: six })],
  ['legacy', (items) => legacy(items, [['0', 6, six]])],
];

describe.each(formats)('the %s format', (_, checkpoint) => {
  it('gives tensors by name, in their order', async () => {
    const { tensors } = await read(
      checkpoint({ b: tensor(square), a: tensor({ ...square, shape: [6], strides: [1] }) }),
    );
    expect([...tensors.keys()]).toEqual(['b', 'a']);
    expect(tensors.get('b')).toEqual({ shape: [2, 3], data: Float32Array.of(0, 1, 2, 3, 4, 5) });
  });

  it('follows strides: transposed, sliced, expanded', async () => {
    const { tensors } = await read(
      checkpoint({
        transposed: tensor({ ...square, shape: [3, 2], strides: [1, 3] }),
        column: tensor({ ...square, offset: 1, shape: [2], strides: [3] }),
        row: tensor({ ...square, offset: 3, shape: [3], strides: [1] }),
        expanded: tensor({ ...square, offset: 5, shape: [2, 2], strides: [0, 0] }),
        scalar: tensor({ ...square, offset: 4, shape: [], strides: [] }),
        empty: tensor({ ...square, shape: [0, 3], strides: [3, 1] }),
      }),
    );
    const numbers = Object.fromEntries([...tensors].map(([name, { data }]) => [name, [...data]]));
    expect(numbers).toEqual({
      transposed: [0, 3, 1, 4, 2, 5],
      column: [1, 4],
      row: [3, 4, 5],
      expanded: [5, 5, 5, 5],
      scalar: [4],
      empty: [],
    });
  });

  it('gives tied weights one and the same data', async () => {
    const { tensors } = await read(checkpoint({ embeddings: tensor(square), decoder: tensor(square) }));
    expect(tensors.get('decoder')?.data).toBe(tensors.get('embeddings')?.data);
  });

  it('refuses a name that no state dict needs, and says which', async () => {
    const attack = checkpoint({ a: tensor(square), b: call('os.system', text('echo')) });
    await expect(read(attack)).rejects.toMatchObject({
      code: 'model.refused-pickle',
      message: expect.stringContaining('"os.system"'),
    });
  });

  it('names what is there instead of tensors', async () => {
    await expect(
      read(checkpoint({ epoch: number(3), state_dict: dictionary({ a: tensor(square) }) })),
    ).rejects.toMatchObject({
      code: 'model.broken-checkpoint',
      message: expect.stringContaining('epoch, state_dict'),
      hint: expect.stringContaining('state_dict()'),
    });
  });

  it.each([
    ['a tensor beyond its storage', { ...square, shape: [3, 3] }],
    ['a negative stride', { ...square, strides: [-3, 1] }],
    ['more dimensions than strides', { ...square, shape: [1, 2, 3] }],
    ['a shape of astronomical size', { ...square, shape: [2 ** 30, 2 ** 30], strides: [0, 0] }],
    ['a storage that is not there', { ...square, storage: '7' }],
    ['a storage shorter than said', { ...square, length: 600 }],
  ])('refuses %s', async (_, described) => {
    await expect(read(checkpoint({ a: tensor(described) }))).rejects.toMatchObject({
      code: 'model.broken-checkpoint',
    });
  });

  it('cut short anywhere is an error that names the file, never a wrong tensor', async () => {
    const whole = checkpoint({ a: tensor(square) });
    for (let length = 0; length < whole.length; length += 3) {
      const error = await read(whole.subarray(0, length)).catch((error: unknown) => error);
      expect(error).toBeInstanceOf(OtzyvError);
      expect((error as OtzyvError).message).toContain('pytorch_model.bin');
    }
  });

  it('with any byte changed is read or refused, and nothing else', async () => {
    const whole = checkpoint({ a: tensor(square) });
    for (let at = 0; at < whole.length; at++) {
      const changed = Buffer.from(whole);
      changed[at] = (changed[at] ?? 0) ^ 0x15;
      const error = await read(changed).catch((error: unknown) => error);
      if (error instanceof Error) expect(error).toBeInstanceOf(OtzyvError);
    }
  });
});

describe('the legacy format', () => {
  it('has storages that are a part of another', async () => {
    const part = tensor({ ...square, shape: [2], strides: [1] }, tuple(text('view'), number(3), number(2)));
    const { tensors } = await read(legacy({ a: part }, [['0', 6, six]]));
    expect(tensors.get('a')?.data).toEqual(Float32Array.of(3, 4));
  });
});

describe('the zip format', () => {
  it('reads float16, bfloat16 and float64 as float32, and leaves integers out', async () => {
    const one = (storage: string, type: string) =>
      tensor({ storage, type, length: 1, shape: [1], strides: [1] });
    const { tensors, skipped } = await read(
      zipped(
        {
          half: one('0', 'HalfStorage'),
          brain: one('1', 'BFloat16Storage'),
          double: one('2', 'DoubleStorage'),
          position_ids: one('3', 'LongStorage'),
          flag: one('4', 'BoolStorage'),
        },
        {
          0: new Uint8Array(Uint16Array.of(0xc500).buffer),
          1: new Uint8Array(Uint16Array.of(0xc0a0).buffer),
          2: new Uint8Array(Float64Array.of(0.1).buffer),
          3: new Uint8Array(8),
          4: new Uint8Array(1),
        },
      ),
    );
    expect([...tensors].map(([name, { data }]) => [name, data[0]])).toEqual([
      ['half', -5],
      ['brain', -5],
      ['double', Math.fround(0.1)],
    ]);
    expect(skipped).toEqual(['position_ids', 'flag']);
  });

  it.each([
    ['of a big-endian machine', zipped({}, {}, 'big'), /big-endian/],
    ['that is compressed', zip({ 'archive/data.pkl': program(none) }, 8), /compressed/],
    ['of something else', zip({ 'word/document.xml': Buffer.from('x') }), /without data\.pkl/],
    ['that is no checkpoint at all', Buffer.from('<html>not found</html>'), /not a PyTorch checkpoint/],
    ['of no bytes', Buffer.alloc(0), /has only 0 bytes/],
  ])('a file %s is refused', async (_, content, says) => {
    await expect(read(content)).rejects.toMatchObject({
      code: 'model.broken-checkpoint',
      message: expect.stringMatching(says),
    });
  });
});

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSafetensors, type Tensor, writeSafetensors } from './safetensors.ts';
import { readShardedSafetensors } from './safetensors-shards.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'otzyv-safetensors-'));
});
afterAll(() => rm(folder, { recursive: true }));

const at = (name: string) => join(folder, name);

/** A safetensors file made by hand: any header, any bytes. */
async function handMade(
  name: string,
  header: unknown,
  data: Uint8Array = new Uint8Array(0),
): Promise<string> {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header), 'latin1');
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  await writeFile(at(name), Buffer.concat([length, json, data]));
  return at(name);
}

const bytesOf = (array: Float64Array | Uint16Array | BigInt64Array) => new Uint8Array(array.buffer);

describe('writing and reading', () => {
  const tensor = fc.array(fc.nat(3), { maxLength: 3 }).chain((shape) => {
    const count = shape.reduce((product, dim) => product * dim, 1);
    return fc
      .float32Array({ minLength: count, maxLength: count })
      .map((data): Tensor => ({ shape, data: new Float32Array(data) }));
  });
  const tensors = fc.dictionary(fc.stringMatching(/^[a-zа-я.0-9"]+$/u), tensor, { maxKeys: 6 });

  it('gives back what was written, bit for bit', async () => {
    await fc.assert(
      fc.asyncProperty(tensors, async (named) => {
        const written = new Map(Object.entries(named));
        await writeSafetensors(at('law.safetensors'), written, { format: 'pt', язык: 'русский' });
        const read = await readSafetensors(at('law.safetensors'));
        expect(read.tensors).toEqual(written);
        expect(read.metadata).toEqual({ format: 'pt', язык: 'русский' });
      }),
      { numRuns: 50 },
    );
  });

  it('writes the very bytes that Python writes: sorted by name, header padded to 8, format "pt"', async () => {
    await writeSafetensors(
      at('bytes.safetensors'),
      new Map([
        ['b', { shape: [1], data: Float32Array.of(2) }],
        ['a', { shape: [], data: Float32Array.of(1) }],
      ]),
    );
    const bytes = await readFile(at('bytes.safetensors'));
    const header = '{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]},'
      .concat('"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}')
      .padEnd(144);
    expect(bytes.readBigUInt64LE()).toBe(144n);
    expect(bytes.subarray(8, 152).toString()).toBe(header);
    expect([bytes.readFloatLE(152), bytes.readFloatLE(156), bytes.length]).toEqual([1, 2, 160]);
  });

  it('writes a view into a larger array as the view alone', async () => {
    const data = Float32Array.of(1, 2, 3, 4).subarray(1, 3);
    await writeSafetensors(at('view.safetensors'), new Map([['v', { shape: [2], data }]]));
    const { tensors } = await readSafetensors(at('view.safetensors'));
    expect(tensors.get('v')?.data).toEqual(Float32Array.of(2, 3));
  });

  it('refuses to write a tensor whose shape and values disagree', async () => {
    const wrong = new Map([['w', { shape: [3], data: Float32Array.of(1) }]]);
    await expect(writeSafetensors(at('wrong.safetensors'), wrong)).rejects.toMatchObject({
      code: 'internal.tensor-shape',
    });
  });
});

describe('other element types', () => {
  const one = (dtype: string, size: number) => ({ x: { dtype, shape: [4], data_offsets: [0, size] } });

  it('float16 becomes float32: subnormal, infinite and negative values too', async () => {
    const bits = Uint16Array.of(0x3c00, 0xc500, 0x0001, 0x7c00); // 1, -5, 2⁻²⁴, ∞
    const { tensors } = await readSafetensors(await handMade('f16', one('F16', 8), bytesOf(bits)));
    expect(tensors.get('x')?.data).toEqual(Float32Array.of(1, -5, 2 ** -24, Infinity));
  });

  it('bfloat16 becomes float32', async () => {
    const bits = Uint16Array.of(0x3f80, 0xc0a0, 0x0000, 0xff80); // 1, -5, 0, -∞
    const { tensors } = await readSafetensors(await handMade('bf16', one('BF16', 8), bytesOf(bits)));
    expect(tensors.get('x')?.data).toEqual(Float32Array.of(1, -5, 0, -Infinity));
  });

  it('float64 is rounded to float32', async () => {
    const values = Float64Array.of(0.1, -1e300, 2, 3);
    const { tensors } = await readSafetensors(await handMade('f64', one('F64', 32), bytesOf(values)));
    expect(tensors.get('x')?.data).toEqual(Float32Array.of(Math.fround(0.1), -Infinity, 2, 3));
  });

  it('integers are left out and named', async () => {
    const ids = BigInt64Array.of(0n, 1n, 2n, 3n);
    const read = await readSafetensors(await handMade('i64', one('I64', 32), bytesOf(ids)));
    expect(read).toMatchObject({ tensors: new Map(), skipped: ['x'] });
  });
});

describe('a broken file is named with its fault', () => {
  const f32 = (shape: unknown, ...offsets: number[]) => ({ dtype: 'F32', shape, data_offsets: offsets });
  const eight = new Uint8Array(8);

  const cases: [fault: string, header: unknown, data: Uint8Array, says: RegExp][] = [
    ['a header that is not JSON', '{"a":', eight, /not JSON/],
    ['a header that is a list', '[]', eight, /not a JSON object/],
    ['a header that is not UTF-8', '{"\xff": 1}', eight, /not JSON/],
    ['metadata that are not strings', { __metadata__: { a: 1 } }, eight, /__metadata__/],
    ['a tensor without a type', { a: { shape: [2], data_offsets: [0, 8] } }, eight, /"a": dtype/],
    ['a negative dimension', { a: f32([-2], 0, 8) }, eight, /"a": shape\.0/],
    ['an offset that is no integer', { a: f32([2], 0, 8.5) }, eight, /"a": data_offsets\.1/],
    ['one offset only', { a: f32([2], 0) }, eight, /"a": data_offsets/],
    [
      'a type nobody knows',
      { a: { ...f32([2], 0, 8), dtype: 'F8_E4M3' } },
      eight,
      /"a" has the type "F8_E4M3"/,
    ],
    ['offsets beyond the end', { a: f32([4], 0, 16) }, eight, /"a" claims bytes 0 to 16 of 8/],
    ['offsets that run backwards', { a: f32([0], 8, 4) }, eight, /"a" claims bytes 8 to 4/],
    ['a shape that does not fit its bytes', { a: f32([3], 0, 8) }, eight, /"a" of shape \[3\]/],
    ['tensors that overlap', { a: f32([2], 0, 8), b: f32([1], 4, 8) }, eight, /"b" overlaps/],
    ['a hole between tensors', { a: f32([1], 4, 8) }, eight, /"a" follows a hole/],
    ['bytes nobody claims', { a: f32([1], 0, 4) }, eight, /4 bytes after the last tensor/],
  ];
  it.each(cases)('%s', async (_, header, data, says) => {
    const path = await handMade('broken', header, data);
    await expect(readSafetensors(path)).rejects.toMatchObject({
      code: 'model.broken-safetensors',
      message: expect.stringMatching(says),
    });
    await expect(readSafetensors(path)).rejects.toThrow(path);
  });

  it('a file of a few bytes', async () => {
    await writeFile(at('short'), 'abc');
    await expect(readSafetensors(at('short'))).rejects.toThrow('has only 3 bytes');
  });

  it('a header longer than the file, such as that of a pickle or a page of HTML', async () => {
    await writeFile(at('page'), '<!DOCTYPE html><html></html>');
    await expect(readSafetensors(at('page'))).rejects.toThrow(/claims a header of \d+ bytes in a file of 28/);
  });

  it('whatever byte is changed, the file is read or refused, and nothing else happens', async () => {
    const whole = await readFile(await handMade('whole', { a: f32([2], 0, 8), b: f32([0], 8, 8) }, eight));
    for (let i = 0; i < whole.length; i++) {
      const changed = Buffer.from(whole);
      changed[i] = (changed[i] ?? 0) ^ 0x15;
      await writeFile(at('changed'), changed);
      const error = await readSafetensors(at('changed')).catch((error: unknown) => error);
      if (error instanceof Error) expect(error).toMatchObject({ code: 'model.broken-safetensors' });
    }
  });

  it('a file that is not there', async () => {
    await expect(readSafetensors(at('nowhere'))).rejects.toMatchObject({ code: 'data.missing-file' });
  });
});

describe('a model in shards', () => {
  const tensor = (value: number): Tensor => ({ shape: [1], data: Float32Array.of(value) });
  const index = (map: Record<string, string>) =>
    writeFile(at('model.safetensors.index.json'), JSON.stringify({ metadata: {}, weight_map: map }));
  const read = () => readShardedSafetensors(at('model.safetensors.index.json'));

  beforeAll(async () => {
    await writeSafetensors(at('1-of-2.safetensors'), new Map([['a', tensor(1)]]));
    await writeSafetensors(at('2-of-2.safetensors'), new Map([['b', tensor(2)]]));
  });

  it('is read as one', async () => {
    await index({ b: '2-of-2.safetensors', a: '1-of-2.safetensors' });
    expect((await read()).tensors).toEqual(
      new Map([
        ['a', tensor(1)],
        ['b', tensor(2)],
      ]),
    );
  });

  it.each([
    ['an absent shard', { a: '3-of-2.safetensors' }, 'names 3-of-2.safetensors, which is not there'],
    ['a tensor its shard lacks', { b: '1-of-2.safetensors' }, 'has no tensor "b"'],
    ['a shard in another folder', { a: '../1-of-2.safetensors' }, 'names a file outside its own folder'],
  ])('names %s', async (_, map, says) => {
    await index(map);
    await expect(read()).rejects.toMatchObject({
      code: 'model.broken-safetensors',
      message: expect.stringContaining(says),
    });
  });
});

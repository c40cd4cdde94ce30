/**
 * Safetensors: eight bytes with the header's length, a JSON header with each tensor's type, shape and place, then
 * the raw numbers. Floats of any width come in as float32 and go out as float32. What is written equals, byte for
 * byte, what Python's `safetensors.torch.save_file` writes.
 * Reference: https://huggingface.co/docs/safetensors
 */
import { basename } from 'node:path';
import { OtzyvError } from '@otzyv/core';
import { z } from 'zod';
import { writeFileAtomically } from '../files.ts';
import {
  bytesPerElement,
  type ElementType,
  elementCount,
  isElementType,
  isFloatType,
  type OpenFile,
  toFloat32,
  withFile,
} from './weights-file-bytes.ts';

/** A tensor of float32. */
export interface Tensor {
  readonly shape: readonly number[];
  /** Row-major. */
  readonly data: Float32Array;
}

export interface Safetensors {
  readonly tensors: Map<string, Tensor>;
  readonly metadata: Record<string, string>;
  /** Names of integer and boolean tensors, which are left out: in BERT files only `position_ids`, which is 0, 1, 2, … */
  readonly skipped: readonly string[];
}

interface Entry {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly start: number;
  readonly end: number;
}

/** As in the reference implementation: a longer header is an attack or a file of another kind. */
const LONGEST_HEADER = 100_000_000;
const AGAIN = 'The file is damaged or cut short: download or save it again.';

const headerSchema = z.record(
  z.string(),
  z.object({
    dtype: z.string(),
    shape: z.array(z.int().nonnegative()),
    data_offsets: z.tuple([z.int().nonnegative(), z.int().nonnegative()]),
  }),
);
const metadataSchema = z.record(z.string(), z.string());

/** @throws OtzyvError `model.broken-safetensors` that names the file and the tensor */
export function readSafetensors(path: string): Promise<Safetensors> {
  return withFile(path, async (file) => {
    const { entries, metadata, dataStart } = await readHeader(file);
    const tensors = new Map<string, Tensor>();
    const skipped: string[] = [];
    for (const { name, type, shape, start, end } of entries) {
      if (!isFloatType(type)) {
        skipped.push(name);
        continue;
      }
      const buffer = await file.read(dataStart + start, end - start);
      tensors.set(name, { shape, data: toFloat32(buffer, type) });
    }
    return { tensors, metadata, skipped };
  });
}

/** Where the tensors of float32 lie in the file, which is not read beyond its header. */
export function locateSafetensors(path: string) {
  return withFile(path, async (file) => {
    const { entries, dataStart } = await readHeader(file);
    const floats = entries.filter(({ type }) => type === 'F32');
    return new Map(
      floats.map(({ name, shape, start, end }) => {
        const place = { file: basename(path), offset: dataStart + start, length: end - start };
        return [name, { shape, place }] as const;
      }),
    );
  });
}

/**
 * Writes float32 tensors, sorted by name, to a temporary name and renames it.
 * @param metadata Python's transformers refuses a file without `format`
 */
export async function writeSafetensors(
  path: string,
  tensors: ReadonlyMap<string, Tensor>,
  metadata: Readonly<Record<string, string>> = { format: 'pt' },
): Promise<void> {
  const names = [...tensors.keys()].sort(byCodePoint);
  const sorted = names.map((name) => [name, tensors.get(name) as Tensor] as const);
  const header: Record<string, unknown> = { __metadata__: metadata };
  let offset = 0;
  for (const [name, { shape, data }] of sorted) {
    if (elementCount(shape) !== data.length) {
      throw new OtzyvError(
        'internal.tensor-shape',
        `tensor "${name}" has shape [${shape}] but ${data.length} values`,
        'This is a fault of Otzyv: please report it.',
      );
    }
    header[name] = { dtype: 'F32', shape, data_offsets: [offset, offset + data.byteLength] };
    offset += data.byteLength;
  }
  await writeFileAtomically(
    path,
    fileContent(
      JSON.stringify(header),
      sorted.map(([, tensor]) => tensor),
    ),
  );
}

function* fileContent(header: string, tensors: readonly Tensor[]): Generator<Uint8Array> {
  const json = Buffer.from(header);
  const padded = Buffer.alloc(Math.ceil(json.length / 8) * 8, ' '); // the numbers start at a multiple of 8
  json.copy(padded);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  yield length;
  yield padded;
  for (const { data } of tensors) yield new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

async function readHeader(file: OpenFile) {
  if (file.size < 8) throw broken(file.path, `has only ${file.size} bytes`);
  const length = Number(new DataView(await file.read(0, 8)).getBigUint64(0, true));
  if (length > Math.min(LONGEST_HEADER, file.size - 8)) {
    throw broken(file.path, `claims a header of ${length} bytes in a file of ${file.size}`);
  }
  const json = parseHeader(await file.read(8, length), file.path);
  const { __metadata__: metadata = {}, ...rest } = json;
  const parsedMetadata = metadataSchema.safeParse(metadata);
  if (!parsedMetadata.success) throw broken(file.path, 'has a __metadata__ that is not a map of strings');
  const parsed = headerSchema.safeParse(rest);
  if (!parsed.success) {
    const [name = '?', ...field] = parsed.error.issues[0]?.path ?? [];
    throw broken(
      file.path,
      `tensor "${String(name)}": ${field.join('.') || 'its entry'} is missing or malformed`,
    );
  }
  const entries = Object.entries(parsed.data).map(
    ([
      name,
      {
        dtype,
        shape,
        data_offsets: [start, end],
      },
    ]) => {
      if (!isElementType(dtype)) {
        throw broken(
          file.path,
          `tensor "${name}" has the type "${dtype}", which Otzyv does not read`,
          'Save the model as float32, float16 or bfloat16.',
        );
      }
      return { name, type: dtype, shape, start, end };
    },
  );
  const dataStart = 8 + length;
  checkPlaces(entries, file.size - dataStart, file.path);
  return { entries, metadata: parsedMetadata.data, dataStart };
}

function parseHeader(bytes: ArrayBuffer, path: string): Record<string, unknown> {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw broken(path, `has a header that is not JSON: ${(error as Error).message}`);
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw broken(path, 'has a header that is not a JSON object');
  }
  return json as Record<string, unknown>;
}

/** Tensors must lie end to end and fill the file: the format allows neither overlaps nor holes. Sorts the entries. */
function checkPlaces(entries: Entry[], dataSize: number, path: string): void {
  entries.sort((a, b) => a.start - b.start || a.end - b.end);
  let expected = 0;
  for (const { name, type, shape, start, end } of entries) {
    if (end < start || end > dataSize) {
      throw broken(path, `tensor "${name}" claims bytes ${start} to ${end} of ${dataSize}`);
    }
    if (elementCount(shape) * bytesPerElement(type) !== end - start) {
      throw broken(
        path,
        `tensor "${name}" of shape [${shape}] and type ${type} cannot take ${end - start} bytes`,
      );
    }
    if (start !== expected) {
      throw broken(
        path,
        `tensor "${name}" ${start < expected ? 'overlaps the one before it' : 'follows a hole'}`,
      );
    }
    expected = end;
  }
  if (expected !== dataSize) {
    throw broken(path, `has ${dataSize - expected} bytes after the last tensor`);
  }
}

/** The order Python sorts in, by code points; JavaScript's own is by UTF-16 units. */
function byCodePoint(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

export function broken(path: string, fault: string, hint = AGAIN): OtzyvError {
  return new OtzyvError('model.broken-safetensors', `${path} ${fault}`, hint);
}

/**
 * `pytorch_model.bin`: a state dict as `torch.save` writes it, in its two formats: since 1.6 a zip with a pickle and
 * one entry a storage; before that, pickles and storages end to end. The pickle says for each tensor which part of
 * which storage it is; nothing in it is executed.
 * Reference: https://github.com/pytorch/pytorch/blob/v2.5.0/torch/serialization.py
 */
import { OtzyvError } from '@otzyv/core';
import { PickleFault, unpickle } from './pickle.ts';
import type { Tensor } from './safetensors.ts';
import { isStoredTensor, type Storage, type StoredTensor, stateDictHost } from './torch-checkpoint-pickle.ts';
import { contentStart, readZipDirectory, ZipFault } from './torch-checkpoint-zip.ts';
import {
  bytesPerElement,
  elementCount,
  isFloatType,
  type OpenFile,
  toFloat32,
  withFile,
} from './weights-file-bytes.ts';

export interface TorchCheckpoint {
  /** Tensors that are the same whole storage in the file (tied weights) share their data here too, as in PyTorch. */
  readonly tensors: Map<string, Tensor>;
  /** Names of integer and boolean tensors, which are left out. */
  readonly skipped: readonly string[];
}

interface OpenCheckpoint {
  readonly stateDict: unknown;
  /** @returns where in the file the storage's numbers begin */
  readonly locate: (storage: Storage) => Promise<number>;
}

/** @throws OtzyvError `model.broken-checkpoint`, or `model.refused-pickle` for a pickle that wants to call something */
export function readTorchCheckpoint(path: string): Promise<TorchCheckpoint> {
  return withFile(path, async (file) => {
    try {
      const { stateDict, locate } = (await isZip(file)) ? await openZip(file) : await openLegacy(file);
      return await readTensors(file, stateDict, locate);
    } catch (error) {
      if (error instanceof PickleFault || error instanceof ZipFault) throw broken(file, error.message);
      throw error;
    }
  });
}

async function isZip(file: OpenFile): Promise<boolean> {
  if (file.size < 4) throw broken(file, `has only ${file.size} bytes`);
  return new DataView(await file.read(0, 4)).getUint32(0) === 0x504b0304; // PK␃␄
}

/** `<name>/data.pkl`, `<name>/data/<key>` for each storage, `<name>/byteorder` since 2.1. */
async function openZip(file: OpenFile): Promise<OpenCheckpoint> {
  const entries = await readZipDirectory(file);
  const pickleName = [...entries.keys()].find((name) => /^[^/]+\/data\.pkl$/.test(name));
  if (pickleName === undefined) throw broken(file, 'is a zip file without data.pkl');
  const root = pickleName.slice(0, -'data.pkl'.length);

  const readEntry = async (name: string): Promise<Uint8Array | undefined> => {
    const entry = entries.get(root + name);
    return entry && new Uint8Array(await file.read(await contentStart(file, entry), entry.size));
  };
  const byteOrder = await readEntry('byteorder');
  if (byteOrder && new TextDecoder().decode(byteOrder) !== 'little') throw bigEndian(file);
  const pickle = (await readEntry('data.pkl')) as Uint8Array; // found above
  return {
    stateDict: unpickle(pickle, 0, stateDictHost(file.path)).value,
    locate: async (storage) => {
      const entry = entries.get(`${root}data/${storage.key}`);
      const needed = storage.length * bytesPerElement(storage.type);
      if (!entry) throw broken(file, `has no storage "${storage.key}"`);
      if (entry.size < needed)
        throw broken(file, `has ${entry.size} of ${needed} bytes of storage "${storage.key}"`);
      return contentStart(file, entry);
    },
  };
}

const LEGACY_MAGIC = 0x1950a86a20f9469cfc6cn;
const LEGACY_PROTOCOL = 1001;

/** The pickles of a state dict take some hundred bytes a tensor; they are looked for in this much of the file. */
const LEGACY_PICKLES = 2 ** 24;

/** Pickles of a magic number, the protocol, the machine, the state dict and the storages' keys; then the storages. */
async function openLegacy(file: OpenFile): Promise<OpenCheckpoint> {
  const bytes = new Uint8Array(await file.read(0, Math.min(file.size, LEGACY_PICKLES)));
  if (bytes[0] !== 0x80) throw broken(file, 'is not a PyTorch checkpoint');
  const storages = new Map<string, Storage>();
  const host = stateDictHost(file.path);
  let position = 0;
  const next = (): unknown => {
    const { value, end } = unpickle(bytes, position, {
      ...host,
      persistent: (id) => {
        const storage = host.persistent(id) as Storage;
        storages.set(storage.key, storage);
        return storage;
      },
    });
    position = end;
    return value;
  };

  const [magic, protocol, machine, stateDict, keys] = [next(), next(), next(), next(), next()];
  if (magic !== LEGACY_MAGIC || protocol !== LEGACY_PROTOCOL)
    throw broken(file, 'is not a PyTorch checkpoint');
  if (machine instanceof Map && machine.get('little_endian') === false) throw bigEndian(file);
  const places = await locateStorages(file, position, Array.isArray(keys) ? keys : [], storages);
  return {
    stateDict,
    locate: async ({ key }) => {
      const place = places.get(key);
      if (place === undefined) throw broken(file, `has no storage "${key}"`);
      return place;
    },
  };
}

/** Each storage is preceded by its length in elements, as a 64-bit integer. */
async function locateStorages(
  file: OpenFile,
  position: number,
  keys: readonly unknown[],
  storages: ReadonlyMap<string, Storage>,
): Promise<Map<string, number>> {
  const places = new Map<string, number>();
  for (const key of keys) {
    const storage = storages.get(String(key));
    if (!storage) throw broken(file, `has a storage "${String(key)}" that no tensor uses`);
    const end = position + 8 + storage.length * bytesPerElement(storage.type);
    if (end > file.size) throw broken(file, `ends in the middle of storage "${storage.key}"`);
    const length = Number(new DataView(await file.read(position, 8)).getBigInt64(0, true));
    if (length !== storage.length) {
      throw broken(
        file,
        `says that storage "${storage.key}" has ${storage.length} numbers, and then ${length}`,
      );
    }
    places.set(storage.key, position + 8);
    position = end;
  }
  return places;
}

async function readTensors(file: OpenFile, stateDict: unknown, locate: OpenCheckpoint['locate']) {
  if (!(stateDict instanceof Map)) throw broken(file, 'holds no state dict', NO_STATE_DICT);
  const named = [...stateDict].filter((entry): entry is [string, StoredTensor] => isStoredTensor(entry[1]));
  if (named.length === 0) {
    const keys = [...stateDict.keys()].slice(0, 5).map(String).join(', ');
    throw broken(file, `holds no tensors by name${keys && `, but: ${keys}`}`, NO_STATE_DICT);
  }

  // one storage after another, so that only one is held beside the tensors made of it
  const byStorage = new Map<string, [string, StoredTensor][]>();
  for (const [name, tensor] of named) {
    const key = `${tensor.storage.type} ${tensor.storage.key}`;
    byStorage.set(key, [...(byStorage.get(key) ?? []), [name, tensor]]);
  }
  const made = new Map<string, Tensor>();
  for (const users of byStorage.values()) {
    const { storage } = (users[0] as [string, StoredTensor])[1]; // a group has a member
    const { type, length } = storage;
    if (!isFloatType(type)) continue;
    const numbers = toFloat32(await file.read(await locate(storage), length * bytesPerElement(type)), type);
    for (const [name, tensor] of users) made.set(name, { shape: tensor.shape, data: view(tensor, numbers) });
  }

  const tensors = new Map<string, Tensor>();
  const skipped: string[] = [];
  for (const [name] of named) {
    const tensor = made.get(name);
    if (tensor) tensors.set(name, tensor);
    else skipped.push(name);
  }
  return { tensors, skipped };
}

/** The tensor's numbers in row-major order: the storage itself where it is just that, else a copy. */
function view({ shape, strides, offset }: StoredTensor, numbers: Float32Array): Float32Array {
  const count = elementCount(shape);
  if (isRowMajor(shape, strides)) {
    return count === numbers.length ? numbers : numbers.slice(offset, offset + count);
  }
  const data = new Float32Array(count);
  let filled = 0;
  const copy = (axis: number, from: number): void => {
    if (axis === shape.length) {
      data[filled++] = numbers[from] as number; // inside: checked when the tensor was described
      return;
    }
    const stride = strides[axis] ?? 0;
    for (let i = 0; i < (shape[axis] ?? 0); i++) copy(axis + 1, from + i * stride);
  };
  copy(0, offset);
  return data;
}

function isRowMajor(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1;
  return shape.every((_, i) => {
    const axis = shape.length - 1 - i;
    const isInPlace = shape[axis] === 1 || strides[axis] === expected;
    expected *= shape[axis] ?? 1;
    return isInPlace;
  });
}

const NO_STATE_DICT = 'Save the weights alone: torch.save(model.state_dict(), "pytorch_model.bin").';

function bigEndian(file: OpenFile): OtzyvError {
  return broken(file, 'was written on a big-endian machine', 'Save it again on a common one.');
}

function broken(
  file: OpenFile,
  fault: string,
  hint = 'The file is damaged or cut short: download or save it again.',
) {
  return new OtzyvError('model.broken-checkpoint', `${file.path} ${fault}`, hint);
}

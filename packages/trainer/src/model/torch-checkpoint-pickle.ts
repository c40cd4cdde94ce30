/**
 * What the pickle of a state dict may name: ordered dictionaries, storages, and the functions that make a tensor out
 * of a part of a storage. Everything else is refused by name, which is what makes a stranger's file safe to open.
 */
import { OtzyvError } from '@otzyv/core';
import { z } from 'zod';
import { PickleFault, type PickleHost } from './pickle.ts';
import { type ElementType, elementCount } from './weights-file-bytes.ts';

/** A stretch of numbers in the file that tensors are views of. */
export interface Storage {
  readonly kind: 'storage';
  readonly key: string;
  readonly type: ElementType;
  /** in elements */
  readonly length: number;
  /** Legacy files have storages that are a part of another: where that part begins, in elements. */
  readonly start: number;
}

export interface StoredTensor {
  readonly kind: 'tensor';
  readonly storage: Storage;
  /** in elements, from the beginning of the whole storage */
  readonly offset: number;
  readonly shape: readonly number[];
  /** in elements */
  readonly strides: readonly number[];
}

const STORAGE_TYPES: Readonly<Record<string, ElementType>> = {
  DoubleStorage: 'F64',
  FloatStorage: 'F32',
  HalfStorage: 'F16',
  BFloat16Storage: 'BF16',
  LongStorage: 'I64',
  IntStorage: 'I32',
  ShortStorage: 'I16',
  CharStorage: 'I8',
  ByteStorage: 'U8',
  BoolStorage: 'BOOL',
};

// Dictionaries of a pickle come as Maps, so an object with a `kind` can only be one of ours.
const natural = z.int().nonnegative();
const storage = z.custom<Storage>((value) => (value as Storage | null)?.kind === 'storage');
const tensor = z.custom<StoredTensor>((value) => isStoredTensor(value));
const storageType = z.object({ kind: z.literal('storage type'), type: z.custom<ElementType>() });

const tensorArguments = z.tuple([storage, natural, z.array(natural), z.array(natural)], z.unknown());
const storageId = z.tuple([z.literal('storage'), storageType, z.string(), z.string(), natural], z.unknown());
const viewOfStorage = z.tuple([z.string(), natural, natural]);

export const isStoredTensor = (value: unknown): value is StoredTensor =>
  (value as StoredTensor | null | undefined)?.kind === 'tensor';

/** @param path for the error that refuses a name */
export function stateDictHost(path: string): PickleHost {
  const rebuildParameter = (...args: unknown[]) => parse(tensor, args[0], 'a parameter');
  const globals: Readonly<Record<string, unknown>> = {
    'collections.OrderedDict': () => new Map(),
    'torch._utils._rebuild_tensor': rebuildTensor,
    'torch._utils._rebuild_tensor_v2': rebuildTensor,
    'torch._utils._rebuild_parameter': rebuildParameter,
    'torch._utils._rebuild_parameter_with_state': rebuildParameter,
    ...Object.fromEntries(
      Object.entries(STORAGE_TYPES).map(([name, type]) => [`torch.${name}`, { kind: 'storage type', type }]),
    ),
  };
  return {
    global: (module, name) => {
      const known = `${module}.${name}`;
      if (Object.hasOwn(globals, known)) return globals[known];
      throw new OtzyvError(
        'model.refused-pickle',
        `${path} asks for "${known}", which no plain state dict needs; it was not executed`,
        'Only state dicts of tensors are read. If you trust the file, save model.state_dict() from it, or better a model.safetensors.',
      );
    },
    persistent: (id) => {
      const [, { type }, key, , length, view] = parse(storageId, id, 'a storage') as z.infer<
        typeof storageId
      >;
      const start = view == null ? 0 : (parse(viewOfStorage, view, 'a part of a storage')[1] as number);
      return { kind: 'storage', key, type, length, start } satisfies Storage;
    },
  };
}

function rebuildTensor(...args: unknown[]): StoredTensor {
  const [storage, offset, shape, strides] = parse(tensorArguments, args, 'a tensor');
  if (shape.length !== strides.length)
    throw new PickleFault('has a tensor with more dimensions than strides');
  const tensor = { kind: 'tensor', storage, offset: storage.start + offset, shape, strides } as const;
  const last = shape.reduce((index, dim, axis) => index + (dim - 1) * (strides[axis] ?? 0), tensor.offset);
  const isEmpty = shape.includes(0);
  if (!isEmpty && (last >= storage.length || elementCount(shape) > 2 ** 31)) {
    throw new PickleFault(
      `has a tensor of shape [${shape}] that reaches beyond its storage of ${storage.length}`,
    );
  }
  return tensor;
}

function parse<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new PickleFault(`describes ${what} in an unknown way`);
  return parsed.data;
}

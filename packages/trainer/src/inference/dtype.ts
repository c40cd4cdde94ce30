/** In what numbers a BERT computes. Named as here, or as transformers.js names it. */
import { OtzyvError } from '@otzyv/core';

export type Dtype = 'float32' | 'int8';
export type DtypeName = Dtype | 'fp32' | 'q8';

const DTYPES: ReadonlyMap<string, Dtype> = new Map([
  ['float32', 'float32'],
  ['fp32', 'float32'],
  ['int8', 'int8'],
  ['q8', 'int8'],
]);

/** @throws OtzyvError `options.dtype` */
export function resolveDtype(name: string): Dtype {
  const dtype = DTYPES.get(name);
  if (dtype !== undefined) return dtype;
  throw new OtzyvError('options.dtype', `there is no dtype "${name}"`, 'Choose float32 (fp32) or int8 (q8).');
}

/** Flags of commands that answer with a finished model. */
import type { OnnxDevice } from '@otzyv/trainer';
import { Option } from 'commander';

export interface AnsweringFlags {
  device?: OnnxDevice;
}

export function dtypeOption(): Option {
  return new Option(
    '--dtype <name>',
    'float32 or int8, as transformers.js says fp32 or q8 (default: float32)',
  );
}

/** Where a finished BERT answers. */
export function answeringDevice(): Option {
  return new Option('--device <name>', 'where a BERT answers (default: cpu)').choices([
    'cpu',
    'webgpu',
    'cuda',
  ]);
}

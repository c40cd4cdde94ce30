/** Flags of commands that answer with a finished model. */
import type { OnnxDevice } from '@otzyv/trainer';
import { Option } from 'commander';
import { share } from './values.ts';

export interface AnsweringFlags {
  device?: OnnxDevice;
}

export interface CautionFlags {
  minConfidence?: number;
  targetPrecision?: number;
}

/** Which answers are none. */
export function cautionOptions(): Option[] {
  return [
    new Option(
      '--min-confidence <n>',
      'answer «не уверен» below it; 0 answers everything (default: as otzyv calibrate stored it)',
    )
      .argParser(share)
      .conflicts('targetPrecision'),
    new Option(
      '--target-precision <n>',
      'answer only as many as surely give this precision, by what the model was calibrated on',
    ).argParser(share),
  ];
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

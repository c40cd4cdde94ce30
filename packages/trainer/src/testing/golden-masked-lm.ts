/** The tiny masked language model of the goldens, in a folder of ours: what transformers and PyTorch make of it. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { DEFAULT_ADAMW } from '../engine/adamw.ts';
import type { EngineOptions, LabelledBatch } from '../engine/engine.ts';
import { parseBertConfig } from '../model/bert-config.ts';
import { readSafetensors } from '../model/safetensors.ts';
import type { Step } from './golden-bert.ts';

export const MASKED_LM_FOLDER = fileURLToPath(
  new URL('../../../../test-fixtures/goldens/masked-lm/', import.meta.url),
);
const golden = (name: string) => JSON.parse(readFileSync(`${MASKED_LM_FOLDER}${name}`, 'utf8'));

export const maskedTensorsOf = async (name: string) =>
  (await readSafetensors(`${MASKED_LM_FOLDER}${name}`)).tensors;

/** What transformers puts where nothing is asked. */
const IGNORED = -100;

interface GoldenBatch {
  input_ids: number[][];
  attention_mask: number[][];
  labels: number[][];
}

export const maskedBatches: LabelledBatch[] = golden('batches.json').map(
  ({ input_ids: inputIds, attention_mask: attentionMask, labels }: GoldenBatch): LabelledBatch => {
    const integers = (rows: number[][]) => BigInt64Array.from(rows.flat(), BigInt);
    const places = labels.flat().flatMap((label, place) => (label === IGNORED ? [] : [place]));
    return {
      ...{ batch: inputIds.length, time: inputIds[0]?.length ?? 0 },
      ...{ inputIds: integers(inputIds), attentionMask: integers(attentionMask) },
      tokenTypeIds: new BigInt64Array(inputIds.flat().length),
      positions: BigInt64Array.from(places, BigInt),
      labels: BigInt64Array.from(places, (place) => BigInt(labels.flat()[place] as number)),
    };
  },
);

export const expectedOfMasked: {
  logits: number[][];
  loss: number;
  training: Step[];
  accumulation: Step[];
} = golden('expected.json');

export const maskedConfig = parseBertConfig(golden('config.json'), 'config.json');

export const maskedOptions: EngineOptions = {
  config: maskedConfig,
  objective: { kind: 'masked-lm' },
  weights: await maskedTensorsOf('model.safetensors'),
  optimizer: DEFAULT_ADAMW,
  maxGradNorm: 1,
  seed: 42,
};

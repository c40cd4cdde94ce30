/**
 * A model of 8 bits is only worth having with its price on it: the file is made, the model answers labelled texts with
 * it and without it, and where too much is lost it is refused.
 */
import { OtzyvError } from '@otzyv/core';
import { weightsHash, writeQuantizedOnnx } from '../model/export-onnx.ts';
import { MODEL_FILE, type ModelCard, readModelCard, writeModelCard } from '../model/model-folder.ts';
import { measure } from '../training/evaluate.ts';
import { loadClassifier } from './classifier.ts';
import type { Dtype } from './dtype.ts';
import { memberFolder } from './ensemble.ts';
import { type LabelledFile, readLabelledFile } from './evaluate-file.ts';
import { findHeldOut } from './held-out.ts';

/** What is asked of a quantised model. */
export interface QuantizeOptions {
  /** Labelled texts to measure on; absent: those that the run held out. */
  readonly validation?: LabelledFile | undefined;
  /** The weighted F1 that may be lost. */
  readonly maxF1Drop: number;
  /** Keep the file even if more is lost. */
  readonly force?: boolean;
}

/** What 8 bits cost, measured. */
export type QuantizationCost = Omit<NonNullable<ModelCard['quantization']>, 'dtype' | 'madeFrom'>;

/** A BERT that 8 bits can be made of: a model's folder, or one inside it. */
interface QuantizableBert {
  readonly folder: string;
  readonly card: ModelCard;
}

/**
 * @returns the folder itself, or of an ensemble those of its BERTs
 * @throws OtzyvError `options.quantize` where there is none, or one was not written by Otzyv
 */
export async function quantizableBerts(folder: string, card: ModelCard): Promise<readonly QuantizableBert[]> {
  if (card.kind === 'bert') return [{ folder, card }];
  const berts: QuantizableBert[] = [];
  for (const { name } of card.kind === 'ensemble' ? card.members : []) {
    const member = memberFolder(folder, name);
    const own = await readModelCard(member);
    if (own === undefined) throw notOurs(member);
    if (own.kind !== 'linear') berts.push(...(await quantizableBerts(member, own)));
  }
  if (berts.length > 0) return berts;
  throw notQuantizable(
    `${folder} is ${card.kind === 'linear' ? 'a linear model' : 'an ensemble of linear models'}: ` +
      'it has no dense layers to quantise, and is small and fast as it is',
  );
}

export function notOurs(model: string): OtzyvError {
  return notQuantizable(
    `${model} was not written by Otzyv: it has no ${MODEL_FILE} to note in what int8 costs`,
  );
}

function notQuantizable(reason: string): OtzyvError {
  return new OtzyvError('options.quantize', reason, 'Leave --quantize out.');
}

/**
 * Adds `onnx/model_quantized.onnx` to a folder, and to its card what it cost; of an ensemble, which is measured as a whole,
 * to the folder of each BERT.
 * @throws OtzyvError `model.quantization-loss` where it costs more than it may: the folder is not to be kept then
 */
export async function quantizeModel(
  folder: string,
  card: ModelCard,
  { maxF1Drop, force = false }: QuantizeOptions,
  validation: LabelledFile,
): Promise<QuantizationCost> {
  const berts = await quantizableBerts(folder, card);
  for (const bert of berts) {
    await writeQuantizedOnnx(bert.folder);
    await noteCost(bert, UNKNOWN_COST); // so that it may be loaded
  }
  const cost = await measureCost(folder, validation);
  const { float32, int8 } = cost.f1Weighted;
  if (float32 - int8 > maxF1Drop && !force) {
    throw new OtzyvError(
      'model.quantization-loss',
      `int8 costs too much: weighted F1 ${float32.toFixed(4)} becomes ${int8.toFixed(4)} on ${cost.rows} texts ` +
        `of ${validation.file}, and ${maxF1Drop} may be lost; nothing was written`,
      'Stay with float32 (leave --quantize out), allow more with --max-f1-drop, or keep it regardless with --force.',
    );
  }
  for (const bert of berts) await noteCost(bert, cost);
  return cost;
}
async function noteCost({ folder, card }: QuantizableBert, cost: QuantizationCost): Promise<void> {
  const madeFrom = await weightsHash(folder);
  await writeModelCard(folder, { ...card, quantization: { dtype: 'int8', madeFrom, ...cost } });
}

const UNKNOWN_COST = { rows: 0, f1Weighted: { float32: 0, int8: 0 }, agreement: 0, largestDifference: 0 };

/**
 * The texts that a run held out.
 * @param source the run's folder, or the model in it
 * @throws OtzyvError `options.missing` where there are none, or the model has learned from them since
 */
export async function heldOutTexts(source: string, card: ModelCard): Promise<LabelledFile> {
  const found = await findHeldOut(source, card);
  if (typeof found === 'string') throw noTexts(found);
  return { file: found.file, textColumn: 'text', labelColumn: 'label' };
}

function noTexts(reason: string): OtzyvError {
  return new OtzyvError(
    'options.missing',
    `--validation-file is missing: what int8 costs is measured on labelled texts, and ${reason}`,
    'Name a labelled file the model has not learned from: --validation-file FILE --text-column text --label-column label.',
  );
}

async function measureCost(folder: string, validation: LabelledFile): Promise<QuantizationCost> {
  const measured = async (dtype: Dtype) => {
    const classifier = await loadClassifier(folder, { dtype });
    try {
      const { texts, labelIds } = await readLabelledFile(classifier.labels, validation);
      return await measure(classifier, texts, labelIds);
    } finally {
      await classifier.dispose();
    }
  };
  const [float32, int8] = [await measured('float32'), await measured('int8')];
  const { rows, labels, metrics } = float32.result;
  return {
    rows,
    f1Weighted: {
      float32: metrics['f1_weighted'] as number,
      int8: int8.result.metrics['f1_weighted'] as number,
    },
    ...difference(float32.probabilities, int8.probabilities, labels.length),
  };
}

/** @param a [rows × classes] @param b [rows × classes] */
function difference(a: Float32Array, b: Float32Array, classes: number) {
  const answer = (probabilities: Float32Array, row: number) => {
    const scores = probabilities.subarray(row * classes, (row + 1) * classes);
    return scores.indexOf(Math.max(...scores));
  };
  const rows = a.length / classes;
  let [equal, largestDifference] = [0, 0];
  for (let row = 0; row < rows; row++) if (answer(a, row) === answer(b, row)) equal++;
  a.forEach((value, i) => {
    largestDifference = Math.max(largestDifference, Math.abs(value - (b[i] as number)));
  });
  return { agreement: equal / rows, largestDifference };
}

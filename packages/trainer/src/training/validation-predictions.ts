/** `validation_pred.csv`: what the best model answered to the rows it was chosen by. */
import { openTableWriter } from '../data/write.ts';
import type { LabelledTexts } from './dataset.ts';

/** @param probabilities [rows × classes] */
export async function writeValidationPredictions(
  path: string,
  { originals, labelIds, rows }: LabelledTexts,
  labels: readonly string[],
  probabilities: Float32Array,
): Promise<void> {
  const writer = await openTableWriter(path, ['row', 'text', 'label', 'predicted_label', 'confidence']);
  for (const [i, text] of originals.entries()) {
    const row = probabilities.subarray(i * labels.length, (i + 1) * labels.length);
    const confidence = Math.max(...row);
    await writer.write({
      row: String(rows[i]),
      text,
      label: labels[labelIds[i] as number] as string,
      predicted_label: labels[row.indexOf(confidence)] as string,
      confidence: confidence.toFixed(6),
    });
  }
  await writer.close();
}

/** What became of corrections. */
import type { TrainingFileSummary } from '@otzyv/feedback';
import { counted } from './format.ts';

export function describeFeedback(
  summary: TrainingFileSummary,
  output: string,
  trainFile: string | undefined,
): string {
  const { corrections, texts, disputed, rows, relabelled, confirmed, added, newLabels } = summary;
  const lines = [`${counted(corrections, 'correction')} of ${counted(texts, 'text')}`];
  if (disputed > 0) lines.push(`${counted(disputed, 'text')} with several labels: the latest counts`);
  if (trainFile !== undefined) {
    lines.push(
      `${trainFile}: ${counted(relabelled, 'row')} relabelled, ${confirmed} confirmed, ${added} added`,
      ...(newLabels.length > 0 ? [`labels that it did not have: ${newLabels.join(', ')}`] : []),
    );
  }
  return [
    ...lines,
    `${counted(rows, 'row')} written to ${output}`,
    '',
    'Next:',
    `  npx otzyv train --train ${output} --output runs/corrected`,
  ].join('\n');
}

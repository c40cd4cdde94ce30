/** What came of a pre-training. */
import type { PretrainingOutcome } from '@otzyv/trainer';
import { resumeCommand } from '../resumption.ts';
import { colors } from './colors.ts';
import { percent } from './format.ts';

type Finished = Exclude<PretrainingOutcome, { status: 'interrupted' }>;

export function describePretraining(
  { status, metrics, baseline, modelFolder }: Finished,
  folder: string,
): string {
  const next = `npx otzyv train --train FILE --model ${folder} --output FOLDER`;
  return [
    '',
    `perplexity ${metrics.perplexity.toFixed(1)} on texts held out (by frequency alone: ${baseline.perplexity.toFixed(1)})`,
    `${percent(metrics.accuracy)} of masked tokens found at once`,
    '',
    `model  ${modelFolder}`,
    `next   ${colors.bold(next)}`,
    ...(status === 'stopped' ? [`go on  ${resumeCommand('pretrain', folder)}`] : []),
  ].join('\n');
}

/** What a dry run found out. */
import type { DryRunResult } from '@otzyv/trainer';
import { bytes, count, duration, percent } from './format.ts';

export function describeDryRun(result: DryRunResult): string {
  const { steps } = result;
  return [
    `${count(result.train)} rows to train on, ${count(result.validation)} to validate on, ${result.classes} classes`,
    ...(steps === undefined
      ? ['a linear model: seconds, or a minute or two on hundreds of thousands of rows']
      : [
          `${count(steps.total)} steps; the one that was tried took ${duration(steps.stepMs)}`,
          `about ${duration(steps.estimatedMs)} in all, ${bytes(steps.memoryBytes)} of memory`,
          `${percent(steps.truncatedShare)} of texts cut at the length limit`,
        ]),
    'nothing was written',
  ].join('\n');
}

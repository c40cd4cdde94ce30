/** What a dry run found out. */
import type { DryRunResult } from '@otzyv/trainer';
import { bytes, count, duration, percent } from './format.ts';

export function printDryRun(result: DryRunResult, asJson: boolean): void {
  if (asJson) {
    process.stdout.write(`${JSON.stringify(result)}\n`);
    return;
  }
  process.stdout.write(
    [
      `${count(result.train)} rows to train on, ${count(result.validation)} to validate on, ${result.classes} classes`,
      ...(result.steps === undefined
        ? ['a linear model: seconds, or a minute or two on hundreds of thousands of rows']
        : [
            `${count(result.steps.total)} steps; the one that was tried took ${duration(result.steps.stepMs)}`,
            `about ${duration(result.steps.estimatedMs)} in all, ${bytes(result.steps.memoryBytes)} of memory`,
            `${percent(result.steps.truncatedShare)} of texts cut at the length limit`,
          ]),
      'nothing was written',
      '',
    ].join('\n'),
  );
}

/**
 * `@otzyv/trainer/runs`: the runs of a folder, followed and steered. What only watches loads this alone, and none of the engines.
 * @example
 * for await (const changes of followRun('runs/tiny', { signal })) console.log(changes);
 */
export type { RunCommand } from '../control/command-file.ts';
export { sendCommand } from '../control/send-command.ts';
export { type FoundRun, findRuns } from './find-runs.ts';
export { type FollowOptions, followRun, type RunChange } from './follow-run.ts';
export type { LogPosition } from './read-log.ts';
export { openRunCatalogue, type RunCatalogue, type RunOverview } from './run-catalogue.ts';

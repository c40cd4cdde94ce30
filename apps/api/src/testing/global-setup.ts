/** One linear model for all tests, which the fixtures' reviews teach in a second. */
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { trainLinear } from './train-linear.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Its run's folder; not to be changed. */
    trainedRun: string;
  }
}

export default async function setup(project: TestProject) {
  const folder = mkdtempSync(join(tmpdir(), 'otzyv-api-model-'));
  await trainLinear(join(folder, 'run'));
  project.provide('trainedRun', join(folder, 'run'));
  return () => rm(folder, { recursive: true });
}

/** The trainings that a server follows, or why there is none to tell of. */
import { OtzyvError } from '@otzyv/core';
import type { RunCatalogue } from '@otzyv/trainer';

/** @throws OtzyvError `run.unknown` */
export function followed(catalogue: RunCatalogue | undefined): RunCatalogue {
  if (catalogue !== undefined) return catalogue;
  throw new OtzyvError('run.unknown', 'this server follows no trainings', 'Start it with --runs FOLDER.');
}

export function unknown(id: string): never {
  throw new OtzyvError(
    'run.unknown',
    `there is no run "${id}"`,
    'See GET /v1/runs for those that there are.',
  );
}

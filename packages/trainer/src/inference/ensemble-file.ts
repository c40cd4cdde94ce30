/** `ensemble.json` beside an ensemble's `best/`: of what it was made, by which weights, and how its members did alone. */
import { join } from 'node:path';
import { z } from 'zod';
import { writeJson } from '../files.ts';
import { readPart } from '../training/run-parts.ts';
import { OTZYV_VERSION } from '../version.ts';

export const ENSEMBLE_FILE = 'ensemble.json';

const ensembleSchema = z.object({
  createdAt: z.string(),
  otzyvVersion: z.string(),
  weights: z.enum(['learned', 'given']),
  /** null: the rows that all members' runs held out */
  validationFile: z.string().nullable(),
  /** on which it was measured; 0 where it was not */
  rows: z.int(),
  members: z.array(
    z.object({
      /** as it was asked for */
      model: z.string(),
      weight: z.number(),
      metrics: z.record(z.string(), z.number()).optional(),
    }),
  ),
});

export type EnsembleFile = z.infer<typeof ensembleSchema>;

export function writeEnsembleFile(
  folder: string,
  content: Omit<EnsembleFile, 'createdAt' | 'otzyvVersion'>,
): Promise<void> {
  return writeJson(join(folder, ENSEMBLE_FILE), {
    schemaVersion: 1,
    createdAt: new Date().toISOString(),
    otzyvVersion: OTZYV_VERSION,
    ...content,
  });
}

/** @returns undefined where the folder is no ensemble's @throws OtzyvError `run.broken-file` */
export function readEnsembleFile(folder: string): Promise<EnsembleFile | undefined> {
  return readPart(folder, ENSEMBLE_FILE, ensembleSchema);
}

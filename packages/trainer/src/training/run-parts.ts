/** Files of a run that a report shows where they are, and can do without: runs of earlier versions lack some. */
import { join } from 'node:path';
import { OtzyvError } from '@otzyv/core';
import type { z } from 'zod';
import { readJson } from '../files.ts';
import { exists } from '../model/model-folder.ts';

/**
 * @returns undefined where the run has no such file
 * @throws OtzyvError `run.broken-file` for one that was changed
 */
export async function readPart<T>(run: string, name: string, schema: z.ZodType<T>): Promise<T | undefined> {
  const path = join(run, name);
  if (!(await exists(path))) return undefined;
  const parsed = schema.safeParse(await readJson(path));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new OtzyvError(
    'run.broken-file',
    `${path}: ${issue?.path.join('.') || 'as a whole'}: ${issue?.message}`,
    'The file was changed: remove it, and the report is made without what it holds.',
  );
}

/** A batch as it stands in its folder: what was asked, how far it is, how it ended. */
import { type LabellingProgress, readJson, writeJson } from '@otzyv/trainer';
import { z } from 'zod';

const progressSchema = z.object({
  lastRow: z.int(),
  bytes: z.int(),
  tally: z.object({
    rows: z.int(),
    emptyTexts: z.int(),
    truncatedTexts: z.int(),
    uncertainTexts: z.int(),
    counts: z.record(z.string(), z.int()),
  }),
}) satisfies z.ZodType<LabellingProgress>;

export const BATCH_STATUSES = ['waiting', 'running', 'done', 'failed'] as const;

const recordSchema = z.object({
  id: z.string(),
  /** The name of a key; absent where there are none. */
  owner: z.string().optional(),
  model: z.string(),
  format: z.enum(['csv', 'tsv', 'jsonl']),
  textColumn: z.string(),
  skipBadRows: z.boolean(),
  allScores: z.boolean(),
  minConfidence: z.number().optional(),
  createdAt: z.string(),
  /** Of the file that was sent. */
  bytes: z.int(),
  rows: z.int(),
  badRows: z.int(),
  status: z.enum(BATCH_STATUSES),
  progress: progressSchema.optional(),
  /** That of the model which made the progress. */
  modelVersion: z.string().optional(),
  finishedAt: z.string().optional(),
  fault: z.object({ code: z.string(), detail: z.string(), hint: z.string() }).optional(),
});

export type BatchRecord = Readonly<z.infer<typeof recordSchema>>;

/** @throws where it is missing or malformed */
export async function readRecord(path: string): Promise<BatchRecord> {
  return recordSchema.parse(await readJson(path));
}

export const writeRecord: (path: string, record: BatchRecord) => Promise<void> = writeJson;

export function isFinished({ status }: BatchRecord): boolean {
  return status === 'done' || status === 'failed';
}

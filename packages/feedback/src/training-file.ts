/**
 * Corrections as a file to train on. Of one text the latest correction counts; texts are one when they differ in white
 * space only. Beside a training file, its rows keep their order and their columns, those that were corrected get the right label,
 * and texts that it lacks come after them.
 */
import { OtzyvError } from '@otzyv/core';
import { openTable, openTableWriter, refuseSameFile, requireColumn } from '@otzyv/trainer';
import type { FeedbackStore } from './store.ts';

export interface TrainingFileOptions {
  /** CSV, TSV or JSONL by its ending. */
  readonly output: string;
  /** The file that was trained on; absent: the corrections alone. */
  readonly trainFile?: string | undefined;
  readonly textColumn: string;
  readonly labelColumn: string;
  readonly skipBadRows?: boolean;
  readonly onBadRow?: (message: string) => void;
}

export interface TrainingFileSummary {
  /** In the store. */
  readonly corrections: number;
  /** Different ones among them. */
  readonly texts: number;
  /** Texts that were given several labels: the latest counts. */
  readonly disputed: number;
  /** Written. */
  readonly rows: number;
  /** Rows of the training file that got another label. */
  readonly relabelled: number;
  /** Rows of the training file whose label was found right. */
  readonly confirmed: number;
  /** Texts that the training file lacks. */
  readonly added: number;
  /** Labels that the training file lacks. */
  readonly newLabels: readonly string[];
}

/** @throws OtzyvError `data.*`, `options.same-file`. Nothing is written then. */
export async function writeTrainingFile(
  store: FeedbackStore,
  options: TrainingFileOptions,
): Promise<TrainingFileSummary> {
  const { output, trainFile, textColumn, labelColumn } = options;
  if (trainFile !== undefined) await refuseSameFile(trainFile, output);
  const { latest, corrections, disputed } = await latestByText(store);
  if (corrections === 0)
    throw new OtzyvError('data.no-corrections', 'nothing was corrected yet', 'Try again when something was.');
  const table = trainFile === undefined ? undefined : await openTraining(trainFile, options);
  const writer = await openTableWriter(output, table?.columns ?? [textColumn, labelColumn]);
  const [seen, labels] = [new Set<string>(), new Set<string>()];
  let [rows, relabelled, confirmed, added] = [0, 0, 0, 0];
  try {
    for await (const { values, original } of table?.rows ?? []) {
      const key = keyOf(values[textColumn] ?? '');
      const label = values[labelColumn]?.trim() ?? '';
      const corrected = latest.get(key)?.label ?? label;
      if (latest.has(key)) seen.add(key);
      labels.add(label);
      if (corrected !== label) relabelled++;
      else if (latest.has(key)) confirmed++;
      await writer.write(corrected === label ? original : { ...original, [labelColumn]: corrected });
      rows++;
    }
    for (const [key, { text, label }] of latest) {
      if (seen.has(key)) continue;
      await writer.write({ [textColumn]: text, [labelColumn]: label });
      rows++;
      added++;
    }
    await writer.close();
  } catch (error) {
    await writer.discard();
    throw error;
  }
  const newLabels = [...new Set([...latest.values()].map(({ label }) => label))].filter(
    (label) => table !== undefined && !labels.has(label),
  );
  const counts = { corrections, texts: latest.size, disputed, rows, relabelled, confirmed, added };
  return { ...counts, newLabels: newLabels.toSorted() };
}

interface Latest {
  readonly text: string;
  readonly label: string;
}

async function latestByText(store: FeedbackStore) {
  const latest = new Map<string, Latest>();
  const disputed = new Set<string>();
  let corrections = 0;
  for await (const { text, label } of store.corrections()) {
    corrections++;
    const key = keyOf(text);
    const before = latest.get(key);
    if (before !== undefined && before.label !== label) disputed.add(key);
    latest.set(key, { text, label });
  }
  return { latest, corrections, disputed: disputed.size };
}

function keyOf(text: string): string {
  return text.trim().replaceAll(/\s+/g, ' ');
}

async function openTraining(
  path: string,
  { textColumn, labelColumn, skipBadRows = false, onBadRow }: TrainingFileOptions,
) {
  const table = await openTable(path, {
    textColumn,
    skipBadRows,
    onBadRow: ({ message }) => onBadRow?.(message),
  });
  requireColumn(table.columns, textColumn, path, '--text-column', 'texts');
  requireColumn(table.columns, labelColumn, path, '--label-column', 'labels');
  return table;
}

/** What a session begins with: the reviews in the order of their worth, as the journal keeps them, and where they come from. */
import { createHash } from 'node:crypto';
import { type AuditFinding, findingItems } from './audit-findings.ts';
import type { JournalBegin } from './journal.ts';
import type { FileRow } from './labelling-file.ts';
import type { LabellingOptions } from './labelling-options.ts';
import { leastCertainFirst } from './order.ts';
import type { Decision, LabellingItem } from './session.ts';
import { modelOpinions } from './suggest.ts';

/** @returns what the order and the suggestions hang on, in short */
export function sourceOf(
  { model, labelColumn, textColumn, all = false, limit }: LabellingOptions,
  classes: readonly string[],
  findings: readonly AuditFinding[] | undefined,
): string {
  const asked = findings?.map(({ decided: _, ...finding }) => finding);
  const parts = { labelColumn, textColumn, all, limit, classes, model: model?.name, findings: asked };
  return createHash('sha256')
    .update(JSON.stringify({ ...parts, card: model?.classifier.card }))
    .digest('hex');
}

/** What is to be looked at, the first one first; what was decided before stays among it. */
export async function orderedItems(
  options: LabellingOptions,
  rows: readonly FileRow[],
  findings: readonly AuditFinding[] | undefined,
  decided: ReadonlyMap<number, Decision>,
): Promise<LabellingItem[]> {
  const { limit = Number.POSITIVE_INFINITY, audit, file } = options;
  const items =
    findings === undefined || audit === undefined
      ? leastCertainFirst(await suggestedItems(options, rows))
      : await findingItems(audit.file, findings, rows, file);
  const shown = items.slice(0, limit);
  const places = new Set(shown.map(({ row }) => row));
  const others = rows.filter(({ row }) => decided.has(row) && !places.has(row)).map((row) => plainItem(row));
  return [...shown, ...others];
}

async function suggestedItems(
  { model, all = false, signal, onPredicted }: LabellingOptions,
  rows: readonly FileRow[],
): Promise<LabellingItem[]> {
  const unlabelled = rows.filter(({ label }) => label === undefined);
  const asked = all || unlabelled.length === 0 ? rows : unlabelled;
  if (model === undefined) return asked.map((row) => plainItem(row));
  const opinions = await modelOpinions(model.classifier, asked, {
    signal,
    onProgress: (done) => onPredicted?.(done, asked.length),
  });
  return asked.map((row, index) => ({ ...plainItem(row), ...opinions[index] }));
}

function plainItem({ row, text, label, suggestions }: FileRow): LabellingItem {
  return { row, text, label, labelProbability: undefined, suggestions, note: '', second: undefined };
}

export function beginOf(
  items: readonly LabellingItem[],
  rest: Pick<JournalBegin, 'sha256' | 'source' | 'classes'>,
): JournalBegin {
  return {
    ...{ type: 'begin', version: 1 },
    ...rest,
    items: items.map(({ row, note, labelProbability, suggestions }) => ({
      ...{ row, note, labelProbability: rounded(labelProbability) },
      suggestions: suggestions.map(({ label, probability }) => ({
        label,
        probability: rounded(probability),
      })),
    })),
  };
}

function rounded(probability: number | undefined): number | null {
  return probability === undefined ? null : Number(probability.toFixed(6));
}

/** The reviews of a journal, with what the files have for them now. */
export function withTexts(
  { items }: JournalBegin,
  rows: readonly FileRow[],
  second: ReadonlyMap<number, string>,
): LabellingItem[] {
  const known = new Map(rows.map((one) => [one.row, one]));
  return items.flatMap(({ row, note, labelProbability, suggestions }) => {
    const review = known.get(row);
    if (review === undefined) return [];
    return {
      ...{ row, note, text: review.text, label: review.label, second: second.get(row) },
      labelProbability: labelProbability ?? undefined,
      suggestions: suggestions.map(({ label, probability }) => ({
        label,
        probability: probability ?? undefined,
      })),
    };
  });
}

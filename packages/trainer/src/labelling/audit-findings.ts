/** An audit's findings as reviews to look at, and its table with what a person decided. */
import { OtzyvError } from '@otzyv/core';
import { lookOf, openTable } from '../data/table.ts';
import { openTableWriter } from '../data/write.ts';
import { isSameText, readRowDecisions } from '../training/audit-file.ts';
import type { FileRow } from './labelling-file.ts';
import type { LabellingItem, Verdict } from './session.ts';

/** What the audit says of a row. */
export interface AuditFinding {
  readonly row: number;
  readonly suggestedLabel: string | undefined;
  /** the probability of the label that the row has, by a model that had not seen it */
  readonly quality: number | undefined;
  readonly note: string;
  /** What stands in its column `decision`: to leave the row out, or another label. */
  readonly decided: Exclude<Verdict, { kind: 'skip' }> | undefined;
}

const KINDS: Readonly<Record<string, string>> = {
  label: 'its label is probably wrong',
  conflict: 'the same text has another label elsewhere',
  leak: 'it stands in the validation file too',
};

/** Worst first, as the audit has them. @throws OtzyvError `data.*` where it is no audit's file */
export async function readFindings(path: string): Promise<AuditFinding[]> {
  const { byRow } = await readRowDecisions(path); // checks all that has to be right
  const findings: AuditFinding[] = [];
  const { rows } = await openTable(path);
  for await (const { values } of rows) {
    const row = Number(values['row']);
    const decision = byRow.get(row)?.decision;
    const others = values['other_rows'] ?? '';
    const kinds = (values['kind'] ?? '').split('+').flatMap((kind) => KINDS[kind] ?? []);
    findings.push({
      row,
      suggestedLabel: values['suggested_label']?.trim() || undefined,
      quality: values['quality'] ? Number(values['quality']) : undefined,
      note: kinds.join('; ') + (others === '' ? '' : ` (rows ${others})`),
      decided:
        decision?.kind === 'relabel'
          ? { kind: 'label', label: decision.label }
          : decision?.kind === 'exclude'
            ? decision
            : undefined,
    });
  }
  return findings;
}

/** @throws OtzyvError `data.other-file` where the audit speaks of other texts than the file has */
export async function findingItems(
  path: string,
  findings: readonly AuditFinding[],
  rows: readonly FileRow[],
  file: string,
): Promise<LabellingItem[]> {
  const { byRow } = await readRowDecisions(path);
  const known = new Map(rows.map((one) => [one.row, one]));
  return findings.map(({ row, suggestedLabel, quality, note, decided }) => {
    const review = known.get(row);
    if (review === undefined || !isSameText(byRow.get(row)?.text ?? '', review.text)) {
      throw new OtzyvError(
        'data.other-file',
        `${path} speaks of row ${row}, and ${file} has ${review === undefined ? 'no text' : 'another text'} there`,
        `It belongs to another file, or to an earlier state of this one: run otzyv audit on ${file} as it is now.`,
      );
    }
    const proposal =
      decided === undefined
        ? ''
        : decided.kind === 'exclude'
          ? 'the audit leaves it out'
          : `decided: ${decided.label}`;
    return {
      ...{ row, text: review.text, label: review.label, labelProbability: quality, second: undefined },
      suggestions: suggestedLabel === undefined ? [] : [{ label: suggestedLabel, probability: undefined }],
      note: [note, proposal].filter((part) => part !== '').join('; '),
    };
  });
}

/**
 * The audit's table again, with its column `decision` filled in: `keep` where a person gave the row the label that it has.
 * Rows that nobody decided stay as they are.
 * @param labels that the rows of the training file have
 */
export async function writeDecisions(
  path: string,
  output: string,
  verdicts: ReadonlyMap<number, Verdict>,
  labels: ReadonlyMap<number, string | undefined>,
): Promise<void> {
  const { columns, rows } = await openTable(path);
  const writer = await openTableWriter(output, columns, await lookOf(path));
  try {
    for await (const { original, values } of rows) {
      const row = Number(values['row']);
      const word = decisionWord(verdicts.get(row), labels.get(row));
      await writer.write(word === undefined ? original : { ...original, decision: word });
    }
    await writer.close();
  } catch (error) {
    await writer.discard();
    throw error;
  }
}

function decisionWord(verdict: Verdict | undefined, label: string | undefined): string | undefined {
  switch (verdict?.kind) {
    case 'exclude':
      return 'exclude';
    case 'label':
      return verdict.label === label ? 'keep' : verdict.label;
    default:
      return undefined;
  }
}

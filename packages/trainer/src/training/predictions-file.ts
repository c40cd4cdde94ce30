/**
 * What a model answered to texts whose label is known, as a table for people and programs: `validation_pred.csv` of a
 * run. Scores are the model's own, before any calibration, with digits enough to be read back bit for bit.
 */
import { encoderOf, OtzyvError } from '@otzyv/core';
import { openTable } from '../data/table.ts';
import { openTableWriter } from '../data/write.ts';

/** Answers to labelled texts, row by row. */
export interface LabelledPredictions {
  /** The class names, by class id. */
  readonly labels: readonly string[];
  /** Data rows of the file the texts come from, from 1. */
  readonly rows: readonly number[];
  /** As they stand in that file. */
  readonly texts: readonly string[];
  readonly labelIds: readonly number[];
  /** [rows × classes] */
  readonly probabilities: Float32Array;
  /** What else is known of each row, by column: its fold, its product. */
  readonly columns: Readonly<Record<string, readonly string[]>>;
}

const SCORE = 'score_';
const OWN_COLUMNS = ['row', 'text', 'label', 'predicted_label', 'confidence'];

export async function writePredictions(
  path: string,
  { labels, rows, texts, labelIds, probabilities, columns }: LabelledPredictions,
): Promise<void> {
  const scoreColumns = labels.map((label) => SCORE + label);
  const further = Object.entries(columns).filter(([name]) => !OWN_COLUMNS.includes(name));
  const writer = await openTableWriter(path, [
    ...OWN_COLUMNS,
    ...further.map(([name]) => name),
    ...scoreColumns,
  ]);
  try {
    for (const [i, text] of texts.entries()) {
      const scores = probabilities.subarray(i * labels.length, (i + 1) * labels.length);
      const confidence = Math.max(...scores);
      await writer.write({
        row: String(rows[i]),
        text,
        label: labels[labelIds[i] as number] as string,
        predicted_label: labels[scores.indexOf(confidence)] as string,
        confidence: confidence.toFixed(6),
        ...Object.fromEntries(further.map(([name, values]) => [name, values[i] as string])),
        ...Object.fromEntries(scoreColumns.map((name, id) => [name, inFull(scores[id] as number)])),
      });
    }
    await writer.close();
  } catch (error) {
    await writer.discard();
    throw error;
  }
}

/** Nine digits tell all float32 numbers apart. */
function inFull(value: number): string {
  return String(Number(value.toPrecision(9)));
}

/** @throws OtzyvError `data.missing-column` for a table that has no scores, `data.bad-row` for one that is damaged */
export async function readPredictions(path: string): Promise<LabelledPredictions> {
  const table = await openTable(path, {});
  const scoreColumns = table.columns.filter((name) => name.startsWith(SCORE));
  const labels = scoreColumns.map((name) => name.slice(SCORE.length));
  const lacking = OWN_COLUMNS.find((name) => !table.columns.includes(name));
  if (lacking !== undefined || labels.length < 2) {
    throw new OtzyvError(
      'data.missing-column',
      `${path} has no column "${lacking ?? `${SCORE}<label>`}" (found: ${table.columns.join(', ')})`,
      'Name a validation_pred.csv or oof_pred.csv that this version of Otzyv wrote.',
    );
  }
  const encoder = encoderOf(labels);
  const [rows, texts, labelIds, scores]: [number[], string[], number[], number[]] = [[], [], [], []];
  const further = table.columns.filter((name) => !OWN_COLUMNS.includes(name) && !name.startsWith(SCORE));
  const columns: Record<string, string[]> = Object.fromEntries(further.map((name) => [name, []]));
  for await (const { values, row, line } of table.rows) {
    rows.push(Number(values['row']));
    texts.push(values['text'] as string);
    labelIds.push(encoder.encode(values['label'] as string, row));
    for (const name of scoreColumns) {
      const value = Number(values[name]);
      if (values[name] === '' || !Number.isFinite(value)) {
        throw new OtzyvError(
          'data.bad-row',
          `${path}, line ${line}: "${name}" is "${values[name]}", not a number`,
          'The file was changed: measure the model again.',
        );
      }
      scores.push(value);
    }
    for (const name of further) columns[name]?.push(values[name] ?? '');
  }
  return { labels, rows, texts, labelIds, probabilities: Float32Array.from(scores), columns };
}

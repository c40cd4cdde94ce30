/**
 * The rows of a file with answers beside them, block by block: what is done with them is the caller's. Columns and order
 * stay; added are `label` and `confidence`, where not everything is answered the `guess` that «не уверен» hides, and
 * scores where they are asked for.
 */
import type { TableFormat } from '../data/format.ts';
import { requireColumn } from '../data/read.ts';
import { openTable, type TableRow } from '../data/table.ts';
import { freeColumnName } from '../data/write.ts';
import type { Classifier } from './classifier.ts';
import { type Answer, type AnswerRule, answerRule, type Caution, decide } from './decision.ts';

const BLOCK_ROWS = 1024;

export interface LabelRowsOptions extends Caution {
  readonly input: string;
  readonly textColumn: string;
  /** Of what is made of the rows: JSONL has numbers. */
  readonly format: TableFormat;
  readonly skipBadRows?: boolean;
  /** One column `score_<label>` per class. */
  readonly allScores?: boolean;
  /** Rows up to this one were labelled before. */
  readonly afterRow?: number;
  /** @param bytes read of the file, some ahead of the rows */
  readonly onRead?: (bytes: number) => void;
  readonly onBadRow?: (message: string) => void;
  readonly signal?: AbortSignal;
}

export interface LabelledRows {
  /** Those of the file, and those that are added. */
  readonly columns: readonly string[];
  /** the column that holds the answer: `label`, or `predicted_label` where the file has a `label` */
  readonly labelColumn: string;
  readonly rule: AnswerRule;
  readonly blocks: AsyncIterable<LabelledBlock>;
}

export interface LabelledBlock {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  readonly texts: readonly string[];
  readonly answers: readonly Answer[];
  readonly truncated: readonly boolean[];
  readonly empty: readonly boolean[];
  /** Data row of the file, from 1, up to which all is labelled. */
  readonly lastRow: number;
  /** The model's time. */
  readonly elapsedMs: number;
}

/** @throws OtzyvError `data.*`; the signal's reason when aborted */
export async function labelRows(classifier: Classifier, options: LabelRowsOptions): Promise<LabelledRows> {
  const { input, textColumn, format, skipBadRows = false, afterRow = 0, onRead, onBadRow, signal } = options;
  const rule = answerRule(classifier.card?.decision, options);
  const table = await openTable(input, {
    ...{ textColumn, onRead, skipBadRows },
    onBadRow: ({ message }) => onBadRow?.(message),
  });
  requireColumn(table.columns, textColumn, input, '--text-column', 'texts');
  const labelColumn = freeColumnName(table.columns, 'label');
  const confidenceColumn = freeColumnName(table.columns, 'confidence');
  const guessColumns = rule.minConfidence === undefined ? [] : [freeColumnName(table.columns, 'guess')];
  const scoreColumns = options.allScores
    ? classifier.labels.map((label) => freeColumnName(table.columns, `score_${label}`))
    : [];
  const asNumber = (value: number) => (format === 'jsonl' ? Number(value.toFixed(6)) : value.toFixed(6));
  const classes = classifier.labels.length;

  const answered = async (block: readonly TableRow[]): Promise<LabelledBlock> => {
    const texts = block.map(({ values }) => values[textColumn] ?? '');
    const started = performance.now();
    const { probabilities, truncated, empty } = await classifier.predict(texts, { signal });
    const elapsedMs = performance.now() - started;
    const answers = decide(probabilities, classifier.labels, rule);
    const rows = block.map(({ original }, i) => {
      const { label, confidence, isUncertain } = answers[i] as Answer;
      const row: Record<string, unknown> = { ...original };
      row[labelColumn] = isUncertain ? rule.uncertainLabel : label;
      row[confidenceColumn] = asNumber(confidence);
      for (const column of guessColumns) row[column] = label;
      scoreColumns.forEach((column, id) => {
        row[column] = asNumber(probabilities[i * classes + id] as number);
      });
      return row;
    });
    return { rows, texts, answers, truncated, empty, lastRow: block.at(-1)?.row ?? 0, elapsedMs };
  };

  async function* blocks(): AsyncGenerator<LabelledBlock> {
    let block: TableRow[] = [];
    for await (const row of table.rows) {
      if (row.row <= afterRow) continue;
      block.push(row);
      if (block.length < BLOCK_ROWS) continue;
      yield await answered(block);
      block = [];
    }
    if (block.length > 0) yield await answered(block);
  }

  const columns = [...table.columns, labelColumn, confidenceColumn, ...guessColumns, ...scoreColumns];
  return { columns, labelColumn, rule, blocks: { [Symbol.asyncIterator]: blocks } };
}

/** What was answered so far. */
export interface LabelTally {
  readonly rows: number;
  readonly emptyTexts: number;
  readonly truncatedTexts: number;
  /** texts whose label is «не уверен» */
  readonly uncertainTexts: number;
  /** answers by label, those that are none left out */
  readonly counts: Readonly<Record<string, number>>;
}

/** @param labels each is counted, if with 0 */
export function emptyTally(labels: readonly string[]): LabelTally {
  const counts = Object.fromEntries(labels.map((label) => [label, 0]));
  return { rows: 0, emptyTexts: 0, truncatedTexts: 0, uncertainTexts: 0, counts };
}

export function addToTally(tally: LabelTally, { answers, truncated, empty }: LabelledBlock): LabelTally {
  const counts: Record<string, number> = { ...tally.counts };
  for (const { label, isUncertain } of answers) if (!isUncertain) counts[label] = (counts[label] ?? 0) + 1;
  const trueOf = (claims: readonly boolean[]) => claims.filter((isTrue) => isTrue).length;
  return {
    rows: tally.rows + answers.length,
    emptyTexts: tally.emptyTexts + trueOf(empty),
    truncatedTexts: tally.truncatedTexts + trueOf(truncated),
    uncertainTexts: tally.uncertainTexts + trueOf(answers.map(({ isUncertain }) => isUncertain)),
    counts,
  };
}

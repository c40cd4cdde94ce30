/**
 * What was labelled, as a file. Rows and columns stay as they were, in their order; the label is put into its column, which is
 * added where there is none. Rows that were excluded are left out of a table, and so are those that nobody labelled, as a
 * training file has none; Label Studio's tasks all stay, to be gone on with there.
 */
import { fieldText, tableFormat } from '../data/format.ts';
import { lookOf, openTable } from '../data/table.ts';
import { openTableWriter } from '../data/write.ts';
import {
  type GivenStudioNames,
  labelOf,
  readStudioTasks,
  type StudioTask,
  studioNames,
  withAnnotation,
  withPrediction,
  writeStudioTasks,
} from './label-studio.ts';
import { fieldsOf, isStudioFile, type LabellingColumns } from './labelling-file.ts';
import type { Decision, Suggestion } from './session.ts';

export interface LabelledOutput extends Pick<LabellingColumns, 'textColumn' | 'labelColumn' | 'skipBadRows'> {
  /** What was labelled. */
  readonly input: string;
  /** CSV, TSV, JSONL, or JSON for Label Studio. */
  readonly output: string;
  /** by row */
  readonly decisions: ReadonlyMap<number, Decision>;
  /** Rows without a label as well. */
  readonly keepUnlabelled: boolean;
  /** What a model suggests, by row, for Label Studio. */
  readonly predictions:
    | { readonly model: string; readonly byRow: ReadonlyMap<number, Suggestion> }
    | undefined;
  /** Of Label Studio's labelling interface; those that are not given are those that the tasks use. */
  readonly names: GivenStudioNames;
}

/** @returns rows or tasks with a label */
export async function writeLabelled(options: LabelledOutput): Promise<number> {
  if (isStudioFile(options.output)) return writeTasks(options);
  return writeTable(options);
}

interface Row {
  readonly row: number;
  readonly values: Readonly<Record<string, unknown>>;
  /** that the file has for it; empty where it has none */
  readonly label: string;
}

async function writeTable(options: LabelledOutput): Promise<number> {
  const { input, output, labelColumn, decisions, keepUnlabelled } = options;
  const { columns, rows } = await rowsOf(options);
  const isAlike = !isStudioFile(input) && tableFormat(input) === tableFormat(output);
  const writer = await openTableWriter(
    output,
    columns.includes(labelColumn) ? columns : [...columns, labelColumn],
    isAlike ? await lookOf(input) : {},
  );
  let labelled = 0;
  try {
    for await (const { row, values, label } of rows) {
      const verdict = decisions.get(row)?.verdict;
      if (verdict?.kind === 'exclude') continue;
      const given = verdict?.kind === 'label' ? verdict.label : label;
      if (given === '' && !keepUnlabelled) continue;
      if (given !== '') labelled++;
      // of a label that stays, the spaces around it do too
      const isThere = fieldText(values[labelColumn]).trim() === given;
      await writer.write(isThere ? values : { ...values, [labelColumn]: given });
    }
    await writer.close();
    return labelled;
  } catch (error) {
    await writer.discard();
    throw error;
  }
}

async function rowsOf({ input, textColumn, labelColumn, skipBadRows = false }: LabelledOutput): Promise<{
  columns: readonly string[];
  rows: AsyncIterable<Row> | Iterable<Row>;
}> {
  if (isStudioFile(input)) {
    const tasks = await readStudioTasks(input);
    const rows = tasks.map((task, index) => ({
      ...{ row: index + 1, values: task.data },
      label: labelOf(task, labelColumn, input, index) ?? '',
    }));
    return { columns: fieldsOf(tasks), rows };
  }
  const table = await openTable(input, { textColumn, skipBadRows });
  async function* rows() {
    for await (const { row, original, values } of table.rows)
      yield { row, values: original, label: values[labelColumn]?.trim() ?? '' };
  }
  return { columns: table.columns, rows: rows() };
}

async function writeTasks(options: LabelledOutput): Promise<number> {
  const { input, output, decisions, predictions } = options;
  const tasks = isStudioFile(input) ? await readStudioTasks(input) : undefined;
  const names = studioNames(tasks ?? [], options.names);
  const { rows } = await rowsOf(options);
  const written: StudioTask[] = [];
  let labelled = 0;
  for await (const { row, values, label } of rows) {
    const decision = decisions.get(row);
    const suggested = predictions?.byRow.get(row);
    let task = tasks?.[row - 1] ?? { data: values };
    if (suggested !== undefined && predictions !== undefined)
      task = withPrediction(task, suggested, predictions.model, names);
    if (decision !== undefined) task = withAnnotation(task, decision.verdict, names, decision.time);
    else if (tasks === undefined && label !== '')
      task = withAnnotation(task, { kind: 'label', label }, names);
    if (decision?.verdict.kind === 'label' || (label !== '' && decision?.verdict.kind !== 'exclude'))
      labelled++;
    written.push(task);
  }
  await writeStudioTasks(output, written);
  return labelled;
}

/**
 * Label Studio's JSON: a list of tasks, each with its `data`, what models predicted and what people annotated. Read from its
 * exports (JSON and JSON-MIN's plain objects) and from files that it imports, and written so that it imports them. An
 * annotation of ours names nobody: Label Studio takes it for that of the person who imports it.
 *
 * Reference: https://labelstud.io/guide/task_format, https://labelstud.io/guide/predictions
 */
import { OtzyvError } from '@otzyv/core';
import { z } from 'zod';
import { fieldText } from '../data/format.ts';
import { readJson, writeJson } from '../files.ts';
import type { Suggestion, Verdict } from './session.ts';

const resultSchema = z.looseObject({
  from_name: z.string().optional(),
  to_name: z.string().optional(),
  type: z.string().optional(),
  value: z.looseObject({ choices: z.array(z.string()).optional() }).optional(),
});

const answerSchema = z.looseObject({
  result: z.array(resultSchema),
  was_cancelled: z.boolean().nullish(),
  score: z.number().nullish(),
  model_version: z.string().nullish(),
});

/** Exports name predictions by ids of their own, which mean nothing elsewhere. */
const withoutIds = (answers: unknown) =>
  Array.isArray(answers) ? answers.filter((answer) => typeof answer !== 'number') : answers;
const answersSchema = z.preprocess(withoutIds, z.array(answerSchema).optional());

const taskSchema = z.looseObject({
  data: z.record(z.string(), z.unknown()),
  annotations: answersSchema,
  predictions: answersSchema,
});

type StudioAnswer = z.infer<typeof answerSchema>;
export type StudioTask = z.infer<typeof taskSchema>;

/** Of a labelling interface: what its tags for the choice and the text are called. */
export interface StudioNames {
  readonly fromName: string;
  readonly toName: string;
}

/** Those of them that a person has named. */
export type GivenStudioNames = { readonly [Name in keyof StudioNames]?: string | undefined };

/** As in Label Studio's own template for text classification, but for the choice, which is called after what it is. */
const USUAL_NAMES: StudioNames = { fromName: 'label', toName: 'text' };

/** @throws OtzyvError `data.bad-json`, `data.bad-task` with the number of the task, `data.empty-file` */
export async function readStudioTasks(path: string): Promise<StudioTask[]> {
  const json = await readJson(path);
  const list = Array.isArray(json) ? json : [json];
  if (list.length === 0)
    throw new OtzyvError('data.empty-file', `${path} has no tasks`, 'The file needs a list of tasks.');
  return list.map((task, index) => {
    // what has no "data" is taken for the data itself, as Label Studio does
    const hasData = typeof task === 'object' && task !== null && 'data' in task;
    const parsed = taskSchema.safeParse(hasData ? task : { data: task });
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    throw badTask(path, index, `${issue?.path.join('.')}: ${issue?.message}`);
  });
}

/**
 * @param labelColumn the field of `data` that counts where nobody has annotated the task: as in JSON-MIN
 * @returns the label of the latest annotation that is not a cancelled one. @throws OtzyvError `data.bad-task` of several labels
 */
export function labelOf(
  { data, annotations = [] }: StudioTask,
  labelColumn: string,
  path: string,
  index: number,
): string | undefined {
  if (annotations.length === 0) return fieldText(data[labelColumn]).trim() || undefined;
  const [latest] = annotations.flatMap((one) => (one.was_cancelled ? [] : [choicesOf(one)])).toReversed();
  if (latest !== undefined && latest.length > 1) {
    throw badTask(path, index, `is annotated with several labels (${latest.join(', ')})`);
  }
  return latest?.[0];
}

/** @returns what the latest prediction says */
export function predictedLabel({ predictions = [] }: StudioTask): Suggestion[] {
  const latest = predictions.at(-1);
  const label = latest === undefined ? undefined : choicesOf(latest)[0];
  return label === undefined ? [] : [{ label, probability: latest?.score ?? undefined }];
}

/** Of those that are not given, the ones that the file's own answers use, or else the usual ones. */
export function studioNames(tasks: readonly StudioTask[], given: GivenStudioNames): StudioNames {
  const used = usedNames(tasks) ?? USUAL_NAMES;
  return { fromName: given.fromName ?? used.fromName, toName: given.toName ?? used.toName };
}

function usedNames(tasks: readonly StudioTask[]): StudioNames | undefined {
  for (const { annotations = [], predictions = [] } of tasks) {
    for (const { result } of [...annotations, ...predictions]) {
      const choice = result.find(({ value }) => value?.choices !== undefined);
      if (choice?.from_name !== undefined && choice.to_name !== undefined)
        return { fromName: choice.from_name, toName: choice.to_name };
    }
  }
  return undefined;
}

/**
 * A task with what a person says of it after what was said before.
 * @param time ms since 1970, where it is known
 */
export function withAnnotation(
  task: StudioTask,
  verdict: Verdict,
  names: StudioNames,
  time?: number,
): StudioTask {
  if (verdict.kind === 'skip') return task;
  const annotation = {
    result: verdict.kind === 'label' ? [choiceResult(verdict.label, names)] : [],
    // Label Studio's own word for a task that nobody is to learn from
    was_cancelled: verdict.kind === 'exclude',
    ground_truth: false,
    ...(time !== undefined && { created_at: new Date(time).toISOString() }),
  };
  return { ...task, annotations: [...(task.annotations ?? []), annotation] };
}

/** A task with a suggestion as its prediction. */
export function withPrediction(
  task: StudioTask,
  { label, probability }: Suggestion,
  modelVersion: string,
  names: StudioNames,
): StudioTask {
  const prediction = {
    model_version: modelVersion,
    ...(probability !== undefined && { score: Number(probability.toFixed(6)) }),
    result: [choiceResult(label, names)],
  };
  return { ...task, predictions: [...(task.predictions ?? []), prediction] };
}

export function writeStudioTasks(path: string, tasks: readonly StudioTask[]): Promise<void> {
  return writeJson(path, tasks);
}

function choiceResult(label: string, { fromName, toName }: StudioNames) {
  return { from_name: fromName, to_name: toName, type: 'choices', value: { choices: [label] } };
}

function choicesOf({ result }: StudioAnswer): string[] {
  return result.flatMap(({ value }) => value?.choices ?? []).map((label) => label.trim());
}

function badTask(path: string, index: number, fault: string): OtzyvError {
  return new OtzyvError(
    'data.bad-task',
    `${path}: task ${index + 1} ${fault}`,
    'Correct the task; each needs "data" with a text, and one label at most.',
  );
}

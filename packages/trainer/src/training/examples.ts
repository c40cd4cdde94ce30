/**
 * The answers worth reading: where the model is sure and wrong, and where it is torn between two classes; each with the
 * words that it hung on. `examples.json` of a run, so that a report can be made from files alone.
 */
import { join } from 'node:path';
import { z } from 'zod';
import { writeJson } from '../files.ts';
import type { Classifier } from '../inference/classifier.ts';
import { logOddsFor, occlude } from '../inference/explain.ts';
import type { LabelledPredictions } from './predictions-file.ts';
import { readPart } from './run-parts.ts';

const FILE = 'examples.json';

const scored = z.object({ label: z.string(), probability: z.number() });

const exampleSchema = z.object({
  kind: z.enum(['sure-and-wrong', 'torn']),
  /** of the file the text comes from, from 1 */
  row: z.int(),
  text: z.string(),
  label: z.string(),
  answer: scored,
  /** What the answer is held against: the true label of a sure mistake, the second most probable one of a close call. */
  other: scored,
  /** ln of the factor by which each word raises the odds of the answer against the other; absent where there was no time to find it out. */
  words: z.array(z.object({ start: z.int(), end: z.int(), logOdds: z.number() })).optional(),
});

/** A review with its answer, and why it was given. */
export type Example = z.infer<typeof exampleSchema>;

/** Where the two most probable classes lie farther apart, the model is not torn. */
const WIDEST_GAP = 0.3;

/** How many of each a report shows. */
export const [SURE_AND_WRONG, TORN] = [12, 8];

/** The most confident mistakes, then the smallest gaps between the two most probable classes. No text stands twice. */
export function chooseExamples({
  labels,
  rows,
  texts,
  labelIds,
  probabilities,
}: Omit<LabelledPredictions, 'columns'>): Example[] {
  const classes = labels.length;
  const answered = texts.map((text, at) => {
    const scores = probabilities.subarray(at * classes, (at + 1) * classes);
    const [first, second] = Array.from(scores.keys()).sort(
      (a, b) => (scores[b] as number) - (scores[a] as number) || a - b,
    ) as [number, number];
    const truth = labelIds[at] as number;
    const scoredClass = (id: number) => ({ label: labels[id] as string, probability: scores[id] as number });
    const [answer, next] = [scoredClass(first), scoredClass(second)];
    return {
      isWrong: first !== truth,
      gap: answer.probability - next.probability,
      truth: scoredClass(truth),
      next,
      example: { row: rows[at] as number, text, label: labels[truth] as string, answer },
    };
  });
  const taken = new Set<string>();
  const take = (kind: Example['kind'], ranked: typeof answered, most: number): Example[] => {
    const chosen: Example[] = [];
    for (const { example, truth, next } of ranked) {
      if (chosen.length === most) break;
      if (taken.has(example.text)) continue;
      taken.add(example.text);
      chosen.push({ kind, ...example, other: kind === 'torn' ? next : truth });
    }
    return chosen;
  };
  const wrong = answered.filter(({ isWrong }) => isWrong);
  return [
    ...take(
      'sure-and-wrong',
      wrong.sort((a, b) => b.example.answer.probability - a.example.answer.probability || byRow(a, b)),
      SURE_AND_WRONG,
    ),
    ...take(
      'torn',
      answered.filter(({ gap }) => gap < WIDEST_GAP).sort((a, b) => a.gap - b.gap || byRow(a, b)),
      TORN,
    ),
  ];
}

interface InRow {
  readonly example: Pick<Example, 'row'>;
}

function byRow(a: InRow, b: InRow): number {
  return a.example.row - b.example.row;
}

/** @param deadline by `performance.now()`: examples that are not begun by then stay without their words */
export async function explainExamples(
  classifier: Classifier,
  examples: readonly Example[],
  { signal, deadline }: { signal?: AbortSignal | undefined; deadline: number },
): Promise<Example[]> {
  const explained: Example[] = [];
  for (const example of examples) {
    if (performance.now() > deadline) {
      explained.push(example);
      continue;
    }
    const occlusion = await occlude(classifier, example.text, { signal });
    const idOf = ({ label }: { label: string }) => classifier.labels.indexOf(label);
    const logOdds = logOddsFor(occlusion, idOf(example.answer), idOf(example.other));
    const words = occlusion.pieces.map(({ start, end }, at) => ({
      start,
      end,
      logOdds: Number((logOdds[at] as number).toFixed(4)),
    }));
    explained.push({ ...example, words });
  }
  return explained;
}

export function writeExamples(run: string, examples: readonly Example[]): Promise<void> {
  return writeJson(join(run, FILE), { schemaVersion: 1, examples });
}

/** @returns none where the run has no such file, as those of earlier versions */
export async function readExamples(run: string): Promise<Example[]> {
  return (await readPart(run, FILE, z.object({ examples: z.array(exampleSchema) })))?.examples ?? [];
}

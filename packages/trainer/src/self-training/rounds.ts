/**
 * The rounds: the best model so far answers all texts anew, those that it is sure of join the rows of the run, and a model
 * is trained on both from where the run began. The first round that is no better on the validation rows is the last.
 */
import { rm } from 'node:fs/promises';
import { loadClassifier } from '../inference/classifier.ts';
import { answerRule, decide } from '../inference/decision.ts';
import { exists } from '../model/model-folder.ts';
import { throttled } from '../throttled.ts';
import { bestFolder, requireWholeBest } from '../training/best-model.ts';
import { checkpointsFolder } from '../training/checkpoint.ts';
import type { RunOptions } from '../training/options.ts';
import { trainOrResume } from '../training/train.ts';
import type { PseudoLabelContext, PseudoLabelEnd, PseudoLabelRound, PseudoLabelSelection } from './events.ts';
import type { PseudoLabelOptions } from './options.ts';
import { weightColumnOf, writeRoundFile } from './round-file.ts';
import { selectConfident } from './select.ts';
import { readJournal, roundFile, roundFolder, writeJournal } from './self-training-folder.ts';
import type { UnlabelledText } from './unlabelled.ts';

/** A self-training with all that belongs to it. */
export interface SelfTraining {
  readonly options: PseudoLabelOptions;
  /** of the run that it began with, as its paths are called here */
  readonly base: RunOptions;
  /** of its metric */
  readonly before: number;
  readonly texts: readonly UnlabelledText[];
  /** rows that the run was trained on, by class id */
  readonly classCounts: readonly number[];
  readonly context: PseudoLabelContext;
}

export type Rounds =
  | { readonly status: 'ended'; readonly end: PseudoLabelEnd; readonly rounds: readonly PseudoLabelRound[] }
  | { readonly status: 'interrupted'; readonly round: number };

export async function carryOutRounds(task: SelfTraining): Promise<Rounds> {
  const { options, base, before, context } = task;
  const weightColumn = await weightColumnOf(base);
  const rounds: PseudoLabelRound[] = [];
  for (let round = 1; round <= options.rounds; round++) {
    const interrupted = { status: 'interrupted', round } as const;
    const selection = await selectionOf(task, round, weightColumn).catch((error: unknown) => {
      if (context.signal?.aborted && error === context.signal.reason) return undefined;
      throw error;
    });
    if (selection === undefined) return interrupted;
    if (selection.joined === 0) return { status: 'ended', end: 'nothing-confident', rounds };
    const trained = await train(task, round, weightColumn);
    if (trained === undefined) return interrupted;
    const best = rounds.at(-1)?.value ?? before; // every round before this one was better than all before it
    const isBest = base.greaterIsBetter ? trained.value > best : trained.value < best;
    rounds.push({ ...selection, value: trained.value, isBest });
    context.listen({ type: 'round.finished', ...selection, ...trained, isBest });
    if (!isBest) return { status: 'ended', end: 'no-improvement', rounds };
  }
  return { status: 'ended', end: 'all-rounds', rounds };
}

/** What joins in a round, its file written; taken as it is where an earlier process had written it. */
async function selectionOf(
  task: SelfTraining,
  round: number,
  weightColumn: string,
): Promise<PseudoLabelSelection> {
  const { options, base, context } = task;
  const journal = await readJournal(options.output);
  const file = roundFile(options.output, round, base.trainFile);
  const noted = journal.find((selection) => selection.round === round);
  const selection =
    noted !== undefined && (noted.joined === 0 || (await exists(file)))
      ? noted
      : await select(task, round, file, weightColumn);
  if (selection !== noted)
    await writeJournal(options.output, [...journal.filter((one) => one.round !== round), selection]);
  context.listen({ type: 'round.selected', ...selection });
  return selection;
}

async function select(
  { options, base, texts, classCounts, context }: SelfTraining,
  round: number,
  file: string,
  weightColumn: string,
): Promise<PseudoLabelSelection> {
  const { listen, signal } = context;
  const model = round === 1 ? options.run : roundFolder(options.output, round - 1);
  const classifier = await loadClassifier(bestFolder(model));
  try {
    const total = texts.length;
    const { labels, card } = classifier;
    const { probabilities, empty } = await classifier.predict(
      texts.map(({ text }) => text),
      { signal, onProgress: throttled((done) => listen({ type: 'round.answering', round, done, total })) },
    );
    signal?.throwIfAborted();
    const { minConfidence, pseudoWeight } = options;
    const answers = decide(probabilities, labels, answerRule(card?.decision, { minConfidence })).map(
      (answer, index) => (empty[index] ? undefined : answer),
    );
    const { chosen, confident } = selectConfident(answers, { classCounts, pseudoWeight });
    if (chosen.length > 0) await writeRoundFile(file, base, weightColumn, { chosen, texts, labels });
    return {
      ...{ round, confident, joined: chosen.length },
      classes: labels.map((label, id) => ({
        label,
        count: chosen.filter(({ labelId }) => labelId === id).length,
      })),
    };
  } finally {
    await classifier.dispose();
  }
}

/** @returns undefined where it was stopped before its end */
async function train(
  { options, base, context }: SelfTraining,
  round: number,
  weightColumn: string,
): Promise<{ value: number; elapsedMs: number } | undefined> {
  const output = roundFolder(options.output, round);
  const trainFile = roundFile(options.output, round, base.trainFile);
  const outcome = await trainOrResume(
    { ...base, trainFile, weightColumn, output },
    {
      listen: (event) => context.listen({ type: 'round.event', round, event }),
      ...(context.signal && { signal: context.signal }),
      ...(context.fetch && { fetch: context.fetch }),
    },
  );
  if (outcome.status === 'interrupted' || outcome.status === 'stopped') return undefined;
  await requireWholeBest(output, `Remove ${output} and go on, which then trains this round again.`);
  // of a large model three times its size, which nothing needs any more
  await rm(checkpointsFolder(output), { recursive: true, force: true });
  return { value: outcome.evaluation.metrics[base.metric] as number, elapsedMs: outcome.elapsedMs };
}

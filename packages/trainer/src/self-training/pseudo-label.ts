/**
 * Self-training: a trained model labels texts that have no labels, those that it is sure of join the rows it was trained on,
 * with less weight, and a new model is trained on both; in rounds, as long as the validation rows, which no round changes,
 * say that it gets better. The run that it begins with is never written to.
 */
import { join, resolve, sep } from 'node:path';
import { OtzyvError } from '@otzyv/core';
import { fingerprintFile } from '../data/fingerprint.ts';
import { readModelCard } from '../model/model-folder.ts';
import { bestFolder, requireWholeBest } from '../training/best-model.ts';
import { loadDataset } from '../training/dataset.ts';
import { finishedEvent } from '../training/event-log.ts';
import { checkSameData, type DataFingerprints, optionsFromHere } from '../training/going-on.ts';
import { beginIn, settlePrevious } from '../training/previous-work.ts';
import { readResults } from '../training/results.ts';
import { RUN, readRunFile } from '../training/run-folder.ts';
import { refuseLocked, withRunLock } from '../training/run-lock.ts';
import { checkModel } from '../training/train.ts';
import { checkFolder, isWorkOf, settleFolder } from '../training/work-folder.ts';
import { conclude, concluded } from './conclude.ts';
import type { PseudoLabelContext, PseudoLabelOutcome } from './events.ts';
import type { PseudoLabelOptions } from './options.ts';
import { carryOutRounds, type SelfTraining } from './rounds.ts';
import { readSelfTrainingFile, SELF_TRAINING, writeSelfTrainingFile } from './self-training-folder.ts';
import { readUnlabelled } from './unlabelled.ts';

/**
 * Begins a self-training in a folder of its own.
 * @throws OtzyvError `run.not-a-run`, `run.not-finished`, `run.refitted` for a run that it cannot begin with; `run.exists`,
 *   `run.locked`, `options.same-folder` for a folder that cannot be used; `data.*`; the signal's reason when it is aborted while the data is read
 */
export async function pseudoLabel(
  options: PseudoLabelOptions,
  context: PseudoLabelContext,
  { overwrite = false }: { overwrite?: boolean } = {},
): Promise<PseudoLabelOutcome> {
  const { output, input, run } = options;
  for (const path of [run, input]) refuseInside(output, path);
  await checkFolder(SELF_TRAINING, output, overwrite);
  await refuseLocked(output);
  const { task, fingerprints } = await prepare(options, context);
  const runFile = join(run, RUN.marker);
  const data = {
    ...fingerprints,
    [input]: await fingerprintFile(input),
    [runFile]: await fingerprintFile(runFile), // one that is trained anew is another
  };
  return withRunLock(output, async () => {
    await checkFolder(SELF_TRAINING, output, overwrite); // another process may have been here meanwhile
    return beginIn(SELF_TRAINING, output, async () => {
      await writeSelfTrainingFile(options, data);
      return carryOut(task);
    });
  });
}

/**
 * Goes on with one that was interrupted: a round that is finished is not redone, one that was broken off goes on from its
 * checkpoint. Of one that is finished, tells the results again.
 * @throws OtzyvError `run.not-a-run`, `run.locked`, `run.data-changed`; the signal's reason as above
 */
export async function resumePseudoLabel(
  folder: string,
  context: PseudoLabelContext,
): Promise<PseudoLabelOutcome> {
  if (!(await isWorkOf(SELF_TRAINING, folder))) await readSelfTrainingFile(folder); // says so, and touches nothing
  return withRunLock(folder, async () => {
    await settlePrevious(SELF_TRAINING, folder);
    await settleFolder(SELF_TRAINING, folder);
    const file = await readSelfTrainingFile(folder);
    await checkSameData(`the self-training in ${folder}`, file);
    const told = await concluded(folder);
    if (told !== undefined) return told;
    const { task } = await prepare(file.options, context);
    return carryOut(task);
  });
}

async function carryOut(task: SelfTraining): Promise<PseudoLabelOutcome> {
  const { options, base, before, context } = task;
  context.listen({ type: 'pseudo-label.started', options, metric: base.metric, before });
  const rounds = await carryOutRounds(task);
  return rounds.status === 'interrupted' ? rounds : conclude(task, rounds);
}

/** What is read may not lie in what is written, which may take the place of something. */
function refuseInside(output: string, path: string): void {
  if (!resolve(path).startsWith(`${resolve(output)}${sep}`)) return;
  throw new OtzyvError(
    'options.same-folder',
    `${path} lies in ${output}, where everything goes`,
    'Choose another --output.',
  );
}

async function prepare(
  options: PseudoLabelOptions,
  context: PseudoLabelContext,
): Promise<{ task: SelfTraining; fingerprints: DataFingerprints }> {
  const { run } = options;
  const { base, before } = await openRun(run);
  await checkModel(base);
  const dataset = await loadDataset(base, context.listen, context.signal);
  const texts = await readUnlabelled(options, base, dataset, context);
  const { classCounts, fingerprints } = dataset;
  return { task: { options, base, before, texts, classCounts, context }, fingerprints };
}

async function openRun(run: string) {
  const file = await readRunFile(run);
  if ((await finishedEvent(run)) === undefined) {
    throw new OtzyvError(
      'run.not-finished',
      `the run in ${run} has not come to its end`,
      `Go on with it: otzyv train --resume ${run}.`,
    );
  }
  await checkSameData(`the run in ${run}`, file);
  await requireWholeBest(run, 'Train it again.');
  const card = await readModelCard(bestFolder(run));
  if (file.options.refit || card?.trainedOn.refitted) {
    throw new OtzyvError(
      'run.refitted',
      `${run} was trained once more on all rows, those held out too: its labels would tell what is measured`,
      'Train it without --refit.',
    );
  }
  const base = optionsFromHere(file);
  return { base, before: (await readResults(run)).metrics[base.metric] as number };
}

/**
 * Pre-training: a BERT learns from texts without labels what words mean here, before it is fine-tuned. A run of its own,
 * begun or gone on with: everything it has to say goes to `listen` and to `events.jsonl`.
 */
import { OtzyvError } from '@otzyv/core';
import { readTrainerState } from '../training/checkpoint.ts';
import { finishedEvent, logEvents } from '../training/event-log.ts';
import type { Listener, RunEvent } from '../training/events.ts';
import { type Computing, checkSameData, goneOnWith } from '../training/going-on.ts';
import { beginIn, settlePrevious } from '../training/previous-work.ts';
import { refuseLocked, withRunLock } from '../training/run-lock.ts';
import { checkModel, withEngine } from '../training/train.ts';
import type { RunContext } from '../training/trainer.ts';
import { checkFolder, isWorkOf } from '../training/work-folder.ts';
import { unlessAborted } from '../unless-aborted.ts';
import { type PretrainingOptions, resolvePretrainingOptions, toldOptions } from './options.ts';
import {
  PRETRAINING,
  pretrainingOptionsFromHere,
  readPretrainingFile,
  writePretrainingFile,
} from './pretraining-folder.ts';
import { loadTexts } from './texts.ts';
import { type PretrainingOutcome, trainMasked } from './train-masked.ts';

/** Begins in a folder of its own. */
export async function pretrain(
  asked: PretrainingOptions,
  context: RunContext,
  { overwrite = false }: { overwrite?: boolean } = {},
): Promise<PretrainingOutcome> {
  const options = await withEngine(asked);
  const { output } = options;
  // the texts are read before anything is written: a fault in them leaves no trace
  const heard: RunEvent[] = [];
  const listen: Listener = (event) => {
    heard.push(event);
    context.listen(event);
  };
  await checkFolder(PRETRAINING, output, overwrite);
  await refuseLocked(output);
  await checkModel(options);
  listen({ type: 'run.started', options: toldOptions(options) });
  const texts = await unlessAborted(context.signal, (signal) => loadTexts(options, listen, signal));
  if (texts === undefined) return { status: 'interrupted', step: 0 };
  return withRunLock(output, async () => {
    await checkFolder(PRETRAINING, output, overwrite); // another process may have been here meanwhile
    return beginIn(PRETRAINING, output, async () => {
      await writePretrainingFile(options, texts.fingerprints);
      heard.forEach(logEvents(output, () => undefined));
      return trainMasked({ options, texts, context }, false);
    });
  });
}

/**
 * Goes on from the newest checkpoint that is whole, with the options it was begun with.
 * @throws OtzyvError `run.not-a-run`, `run.finished`, `run.locked`, `run.data-changed`
 */
export async function resumePretraining(
  folder: string,
  context: RunContext,
  asked: Computing = {},
): Promise<PretrainingOutcome> {
  if (!(await isWorkOf(PRETRAINING, folder))) await readPretrainingFile(folder); // says so, and touches nothing
  return withRunLock(folder, async () => {
    await settlePrevious(PRETRAINING, folder);
    const file = await readPretrainingFile(folder);
    if (await finishedEvent(folder)) {
      throw new OtzyvError(
        'run.finished',
        `the pre-training in ${folder} has come to its end`,
        `Fine-tune its model: npx otzyv train --model ${folder} …`,
      );
    }
    await checkSameData(`the pre-training in ${folder}`, file);
    const options = resolvePretrainingOptions({
      ...pretrainingOptionsFromHere(file),
      output: folder,
      ...goneOnWith(file.options, asked),
    });
    await checkModel(options);
    const texts = await unlessAborted(context.signal, (signal) => loadTexts(options, context.listen, signal));
    if (texts === undefined) {
      const saved = await readTrainerState(folder).catch(() => undefined);
      return { status: 'interrupted', step: saved?.global_step ?? 0 };
    }
    return trainMasked({ options, texts, context }, true);
  });
}

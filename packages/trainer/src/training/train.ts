/**
 * One run, from files to a folder with the best model, its measurements and its predictions: begun, gone on with, or
 * whichever its folder asks for. Everything it has to say goes to `listen` and to `events.jsonl`; it prints nothing.
 */
import { join } from 'node:path';
import { OtzyvError } from '@otzyv/core';
import { chooseEngine } from '../engine/choose.ts';
import { checkModelName } from '../hub/fetch-model.ts';
import { exists } from '../model/model-folder.ts';
import { unlessAborted } from '../unless-aborted.ts';
import { bestFolder } from './best-model.ts';
import { carryOut, type RunOutcome } from './carry-out.ts';
import { readTrainerState } from './checkpoint.ts';
import { loadDataset } from './dataset.ts';
import { finishedEvent, logEvents } from './event-log.ts';
import type { Listener, RunEvent } from './events.ts';
import { type Computing, checkSameData, checkSameOptions, goneOnWith, optionsFromHere } from './going-on.ts';
import { isLinear, type RunOptions, resolveRunOptions } from './options.ts';
import { beginIn, settlePrevious } from './previous-work.ts';
import { readDecision, readResults } from './results.ts';
import { RUN, readRunFile, writeRunFile } from './run-folder.ts';
import { refuseLocked, removeStaleLock, withRunLock } from './run-lock.ts';
import type { RunContext } from './trainer.ts';
import { checkFolder, isWorkOf, PREVIOUS } from './work-folder.ts';

/**
 * What can be known to be wrong with a run before any of its data is read: its folder is taken, or another process
 * trains into it, or its model is neither a folder nor a name that the hub could know.
 */
export async function checkRun(
  options: RunOptions,
  { overwrite = false }: { overwrite?: boolean } = {},
): Promise<void> {
  await checkFolder(RUN, options.output, overwrite);
  await refuseLocked(options.output);
  await checkModel(options);
}

/** @throws OtzyvError `hub.*` for what is neither a folder nor a name that the hub could know */
export async function checkModel({ model, revision }: Pick<RunOptions, 'model' | 'revision'>): Promise<void> {
  if (model !== 'linear' && model !== 'micro' && !(await exists(model))) checkModelName(model, revision);
}

/** Begins a run in a folder of its own. */
export async function train(
  asked: RunOptions,
  context: RunContext,
  { overwrite = false }: { overwrite?: boolean } = {},
): Promise<RunOutcome> {
  const options = await withEngine(asked);
  // the data is read before anything is written: a fault in it leaves no trace
  const heard: RunEvent[] = [];
  const listen: Listener = (event) => {
    heard.push(event);
    context.listen(event);
  };
  await checkRun(options, { overwrite });
  listen({ type: 'run.started', options });
  const dataset = await unlessAborted(context.signal, (signal) => loadDataset(options, listen, signal));
  if (dataset === undefined) return { status: 'interrupted', step: 0 };
  return withRunLock(options.output, async () => {
    await checkFolder(RUN, options.output, overwrite); // another process may have been here meanwhile
    return beginIn(RUN, options.output, async () => {
      await writeRunFile(options.output, options, dataset.fingerprints);
      heard.forEach(logEvents(options.output, () => undefined));
      return carryOut({ options, dataset, context }, false);
    });
  });
}

/** An engine and a device in place of `auto`: a run that is resumed goes on with those that it was begun with. */
export async function withEngine<Options extends Pick<RunOptions, 'model' | 'engine' | 'device'>>(
  options: Options,
): Promise<Options> {
  return isLinear(options)
    ? options
    : { ...options, ...(await chooseEngine(options.engine, options.device)) };
}

/**
 * Goes on with a run that was interrupted, from its newest checkpoint that is whole, with the options it was begun with.
 * @throws OtzyvError `run.not-a-run`, `run.finished`, `run.locked`, `run.data-changed`
 */
export async function resume(
  folder: string,
  context: RunContext,
  asked: Computing = {},
): Promise<RunOutcome> {
  if (!(await isWorkOf(RUN, folder))) await readRunFile(folder); // says so, and touches nothing
  return withRunLock(folder, async () => {
    await settlePrevious(RUN, folder);
    const file = await readRunFile(folder);
    if (await finishedEvent(folder)) {
      throw new OtzyvError(
        'run.finished',
        `the run in ${folder} has come to its end`,
        `Use its model: npx otzyv predict --model ${folder} …`,
      );
    }
    await checkSameData(`the run in ${folder}`, file);
    const options = resolveRunOptions({
      ...optionsFromHere(file),
      output: folder,
      ...goneOnWith(file.options, asked),
    });
    await checkModel(options);
    const dataset = await unlessAborted(context.signal, (signal) =>
      loadDataset(options, context.listen, signal),
    );
    if (dataset === undefined) {
      const saved = await readTrainerState(folder).catch(() => undefined);
      return { status: 'interrupted', step: saved?.global_step ?? 0 };
    }
    return carryOut({ options, dataset, context }, true);
  });
}

/**
 * Begins the run, goes on with it, or takes its result, whichever its folder asks for: the same call made again
 * after an interruption leads to the same end.
 * @throws OtzyvError `run.other-options` when the run in the folder was begun with other options
 */
export async function trainOrResume(options: RunOptions, context: RunContext): Promise<RunOutcome> {
  const folder = options.output;
  if (await exists(join(folder, PREVIOUS))) await withRunLock(folder, () => settlePrevious(RUN, folder));
  if (!(await exists(join(folder, RUN.marker)))) return train(options, context);
  checkSameOptions(`the run in ${folder}`, optionsFromHere(await readRunFile(folder)), options);
  const finished = await finishedEvent(folder);
  if (finished === undefined) return resume(folder, context, options);
  await removeStaleLock(folder);
  return {
    status: finished.status,
    modelFolder: bestFolder(folder),
    evaluation: await readResults(folder),
    decision: await readDecision(folder),
    elapsedMs: finished.elapsedMs,
  };
}

/**
 * `--overwrite` takes nothing away before there is something in its place: the old run is put aside in `.previous/`,
 * comes back when the new one fails, and goes when that has a model of its own. `run.json` is the last to be moved,
 * either way, so that after a kill it is known which way was being gone.
 */
import { mkdir, rename, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder } from '../durability.ts';
import { settleReplacedFolders } from '../files.ts';
import { exists } from '../model/model-folder.ts';

export const PREVIOUS = '.previous';

/** What a run leaves in its folder: all that overwriting may remove. Last what tells that it is a run's folder. */
export const RUN_CONTENT = [
  'events.jsonl',
  'checkpoints',
  'best',
  'report.html',
  'data_profile.json',
  'examples.json',
  'answer_times.json',
  'validation_pred.csv',
  'trainer_state.json',
  'train_results.json',
  'eval_results.json',
  'test_pred.csv',
  'run.json',
];

/** Makes room in the folder. A run without a model that lies before an older one with a model is not worth keeping. */
export async function setAside(folder: string): Promise<void> {
  await settlePrevious(folder);
  await settleReplacedFolders(folder);
  if (await exists(join(folder, PREVIOUS))) return clear(folder);
  if (!(await exists(join(folder, 'run.json')))) return;
  await mkdir(join(folder, PREVIOUS));
  await move(folder, join(folder, PREVIOUS));
}

/** Takes back a run that ended before it had anything to keep, and brings back the one before it. */
export async function discardEmptyRun(folder: string): Promise<void> {
  await settleReplacedFolders(folder);
  if ((await exists(join(folder, 'best'))) || (await exists(join(folder, 'checkpoints')))) return;
  await clear(folder);
  await bringBack(folder);
}

/** Ends what a killed process had begun: a run that was being put aside comes back. */
export async function settlePrevious(folder: string): Promise<void> {
  const isReplaced =
    (await exists(join(folder, PREVIOUS, 'run.json'))) && (await exists(join(folder, 'run.json')));
  if (!isReplaced) await bringBack(folder);
}

/** The new run has a model. */
export async function forgetPrevious(folder: string): Promise<void> {
  if (!(await exists(join(folder, PREVIOUS)))) return;
  const doomed = join(folder, `${PREVIOUS}.otzyv-new`); // what is left of it by a kill is cleared up as unfinished
  await rename(join(folder, PREVIOUS), doomed);
  await rm(doomed, { recursive: true, force: true });
}

async function bringBack(folder: string): Promise<void> {
  if (!(await exists(join(folder, PREVIOUS)))) return;
  await move(join(folder, PREVIOUS), folder);
  await rmdir(join(folder, PREVIOUS));
}

async function move(from: string, to: string): Promise<void> {
  for (const name of RUN_CONTENT) {
    if (!(await exists(join(from, name)))) continue;
    await rm(join(to, name), { recursive: true, force: true });
    await rename(join(from, name), join(to, name));
  }
  await syncFolder(to);
  await syncFolder(from);
}

/** What tells that it is a run goes first here: half of one is none. */
async function clear(folder: string): Promise<void> {
  for (const name of RUN_CONTENT.toReversed()) {
    await rm(join(folder, name), { recursive: true, force: true });
  }
}

/** Asking a run that goes on, from another process, to pause, save or stop. */
import { join } from 'node:path';
import { OtzyvError } from '@otzyv/core';
import { exists } from '../model/model-folder.ts';
import { isPretraining } from '../pretraining/pretraining-folder.ts';
import { RUN } from '../training/run-folder.ts';
import { lockToken } from '../training/run-lock.ts';
import { appendCommand, type RunCommand } from './command-file.ts';

/**
 * The process hears it within a quarter of a second, and does it when the step it is in is over. Several are done in the
 * order in which they came.
 * @throws OtzyvError `run.not-a-run`; `run.not-running` where no process is at work in the folder
 */
export async function sendCommand(runFolder: string, command: RunCommand): Promise<void> {
  const isPre = await isPretraining(runFolder);
  if (!isPre && !(await exists(join(runFolder, RUN.marker)))) {
    throw new OtzyvError(
      'run.not-a-run',
      `${runFolder} holds no run`,
      "Name a run's folder; of a cross-validation or a search, that of the fold or trial that is being trained.",
    );
  }
  const token = await lockToken(runFolder);
  const goOn = `npx otzyv ${isPre ? 'pretrain' : 'train'} --resume ${runFolder}`;
  if (token === undefined) throw notRunning(runFolder, goOn);
  await appendCommand(runFolder, token, command);
  // it may have come to its end meanwhile, and have heard nothing
  if ((await lockToken(runFolder)) !== token) throw notRunning(runFolder, goOn);
}

function notRunning(folder: string, goOn: string): OtzyvError {
  return new OtzyvError(
    'run.not-running',
    `no process is at work on the run in ${folder}`,
    `If it has not come to its end, go on with it: ${goOn}`,
  );
}

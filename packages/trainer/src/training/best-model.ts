/**
 * `best/`: the best model so far, put in the place of the one before it when it is whole, with a manifest of the
 * files that stay as they are. `otzyv.json` is completed later, so it is compared with what it has to say instead.
 */
import { join } from 'node:path';
import { OtzyvError } from '@otzyv/core';
import { replaceFolder } from '../files.ts';
import { MODEL_FILE, type ModelCard, readModelCard, writeModelCard } from '../model/model-folder.ts';
import { faultOf, writeManifest } from './manifest.ts';
import { isCardOf } from './model-card.ts';
import { forgetPrevious } from './previous-work.ts';

export function bestFolder(run: string): string {
  return join(run, 'best');
}

/** @param fill writes the model's own files into the folder it is given */
export function saveBest(
  run: string,
  card: ModelCard,
  fill: (unfinished: string) => Promise<void>,
): Promise<void> {
  return replaceBest(run, async (unfinished) => {
    await fill(unfinished);
    await writeModelCard(unfinished, card);
  });
}

/** @param fill writes all that the folder is to hold, but its manifest */
export async function replaceBest(run: string, fill: (unfinished: string) => Promise<void>): Promise<void> {
  await replaceFolder(bestFolder(run), async (unfinished) => {
    await fill(unfinished);
    await writeManifest(unfinished, (name) => name !== MODEL_FILE);
  });
  await forgetPrevious(run);
}

/**
 * @param remedy what a person does where it is not
 * @throws OtzyvError `run.damaged-best` where the best model of a run is not what was saved
 */
export async function requireWholeBest(run: string, remedy: string): Promise<void> {
  const fault = await faultOf(bestFolder(run));
  if (fault === undefined) return;
  const message = `${bestFolder(run)} was damaged since it was saved: ${fault}`;
  throw new OtzyvError('run.damaged-best', message, remedy);
}

/** @returns what is wrong with the best model of a run, which has to say `expected` of itself; undefined where it is whole */
export async function faultOfBest(run: string, expected: ModelCard): Promise<string | undefined> {
  const folder = bestFolder(run);
  const fault = await faultOf(folder);
  if (fault !== undefined) return fault;
  const card = await readModelCard(folder).catch(() => undefined);
  return isCardOf(card, expected) ? undefined : `its ${MODEL_FILE} is damaged`;
}

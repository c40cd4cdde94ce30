/** The end of a self-training: the best of its models is put where that of a run is looked for, with its measurement. */
import { createReadStream } from 'node:fs';
import { copyFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder, replaceFolder, writeFileAtomically } from '../files.ts';
import { exists } from '../model/model-folder.ts';
import { writeReport } from '../report/report.ts';
import { bestFolder, requireWholeBest } from '../training/best-model.ts';
import { forgetPrevious } from '../training/previous-work.ts';
import type { PseudoLabelEnd, PseudoLabelOutcome, PseudoLabelResult, PseudoLabelRound } from './events.ts';
import type { SelfTraining } from './rounds.ts';
import { readResult, roundFolder, writeResult } from './self-training-folder.ts';

/** What of a run's folder is looked for beside its model. */
const MEASURED = ['eval_results.json', 'validation_pred.csv'];

export async function conclude(
  { options, base, before }: SelfTraining,
  { end, rounds }: { end: PseudoLabelEnd; rounds: readonly PseudoLabelRound[] },
): Promise<PseudoLabelOutcome> {
  const { output, run } = options;
  const found = rounds.findLast(({ isBest }) => isBest);
  const best = { round: found?.round ?? 0, value: found?.value ?? before };
  const winner = best.round === 0 ? run : roundFolder(output, best.round);
  await requireWholeBest(winner, 'Train it again.');
  // copied, not linked: nothing that is done to this folder later may reach the run it began with
  await replaceFolder(bestFolder(output), (unfinished) => copyFolder(bestFolder(winner), unfinished));
  await forgetPrevious(output);
  for (const name of MEASURED) await copyWhole(join(winner, name), join(output, name));
  const result: PseudoLabelResult = {
    ...{ status: 'completed', end, metric: base.metric, before, rounds, best },
  };
  await writeResult(output, result);
  await writeReport(output);
  return { ...result, modelFolder: bestFolder(output) };
}

/** What was concluded by an earlier process; undefined where none came so far. */
export async function concluded(folder: string): Promise<PseudoLabelOutcome | undefined> {
  const result = await readResult(folder);
  if (result === undefined) return undefined;
  await writeReport(folder); // the last thing to be written
  return { ...result, modelFolder: bestFolder(folder) };
}

async function copyFolder(from: string, to: string): Promise<void> {
  await makeFolder(to);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    await (entry.isDirectory() ? copyFolder(source, target) : copyFile(source, target));
  }
}

async function copyWhole(from: string, to: string): Promise<void> {
  if (await exists(from)) await writeFileAtomically(to, createReadStream(from));
}

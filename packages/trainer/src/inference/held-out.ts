/** The texts that a run held out, with their labels and its answers: where they lie, if they can be trusted. */
import { dirname, join, resolve } from 'node:path';
import { exists, type ModelCard } from '../model/model-folder.ts';

const RUN_FILES = ['run.json', 'ensemble.json', 'crossval.json', 'pseudo-label.json'];

/** A folder that was measured, and the file with what was answered there. */
export interface HeldOut {
  readonly run: string;
  readonly file: string;
}

/**
 * @param source a run's folder, or the model in it
 * @param names  of the files that will do, the best first
 * @returns a sentence about the fault where there are none, or the model has learned from them since
 */
export async function findHeldOut(
  source: string,
  card: ModelCard | undefined,
  names: readonly string[] = ['validation_pred.csv'],
): Promise<HeldOut | string> {
  const folder = resolve(source);
  for (const run of [folder, dirname(folder)]) {
    if (!(await anyExists(run, RUN_FILES))) continue;
    for (const name of names) {
      const file = join(run, name);
      if (!(await exists(file))) continue;
      if (card?.trainedOn.refitted) return `${source} was trained once more on all rows, those held out too`;
      return { run, file };
    }
  }
  return `${source} is no run with a ${names.join(' or ')}`;
}

async function anyExists(folder: string, names: readonly string[]): Promise<boolean> {
  for (const name of names) if (await exists(join(folder, name))) return true;
  return false;
}

/**
 * A self-training's folder: `pseudo-label.json` (what was asked for, of what), `data/` (the training file of each round),
 * the rounds' runs, `rounds.json` (what joined in each), and of the best of them what a run has of its own.
 */
import { extname, join } from 'node:path';
import { z } from 'zod';
import { readJson, writeJson } from '../files.ts';
import { exists } from '../model/model-folder.ts';
import { beginningOf, beginningShape, readBeginning } from '../training/beginning-file.ts';
import { calledHere, type DataFingerprints } from '../training/going-on.ts';
import type { FolderKind } from '../training/work-folder.ts';
import type { PseudoLabelResult, PseudoLabelSelection } from './events.ts';
import { type PseudoLabelOptions, pseudoLabelSchema } from './options.ts';

const FILE = 'pseudo-label.json';

/** What a self-training leaves in its folder. */
export const SELF_TRAINING: FolderKind = {
  what: 'self-training',
  marker: FILE,
  content:
    /^(round-\d+|data|best|rounds\.json|pseudo_label_results\.json|eval_results\.json|validation_pred\.csv|report\.html)$/,
  worth: /^round-\d+$/,
  goOn: (folder) => `otzyv pseudo-label --resume ${folder}`,
};

export function roundFolder(folder: string, round: number): string {
  return join(folder, `round-${round}`);
}

/** @param source the run's training file, whose format the round's has */
export function roundFile(folder: string, round: number, source: string): string {
  return join(folder, 'data', `round-${round}${extname(source)}`);
}

const fileSchema = z.object({ options: pseudoLabelSchema, ...beginningShape });

export async function writeSelfTrainingFile(
  options: PseudoLabelOptions,
  data: DataFingerprints,
): Promise<void> {
  await writeJson(join(options.output, FILE), await beginningOf(options, data));
}

/** @throws OtzyvError `run.not-a-run` when the folder holds none */
export async function readSelfTrainingFile(folder: string) {
  const file = await readBeginning(SELF_TRAINING, folder, fileSchema);
  const { run, input } = file.options;
  const paths = { run: calledHere(file, run), input: calledHere(file, input), output: folder };
  return { ...file, options: { ...file.options, ...paths } };
}

export function isSelfTraining(folder: string): Promise<boolean> {
  return exists(join(folder, FILE));
}

const classesSchema = z.array(z.object({ label: z.string(), count: z.int() }));
const selectionShape = { round: z.int(), confident: z.int(), joined: z.int(), classes: classesSchema };
const journalSchema = z.array(z.object(selectionShape));

/** @returns what joined in the rounds whose training files are written */
export async function readJournal(folder: string): Promise<PseudoLabelSelection[]> {
  const path = join(folder, 'rounds.json');
  return (await exists(path)) ? journalSchema.parse(await readJson(path)) : [];
}

export function writeJournal(folder: string, journal: readonly PseudoLabelSelection[]): Promise<void> {
  return writeJson(join(folder, 'rounds.json'), journal);
}

const resultSchema = z.object({
  status: z.literal('completed'),
  end: z.enum(['no-improvement', 'all-rounds', 'nothing-confident']),
  metric: z.string(),
  before: z.number(),
  rounds: z.array(z.object({ ...selectionShape, value: z.number(), isBest: z.boolean() })),
  best: z.object({ round: z.int(), value: z.number() }),
});

export function writeResult(folder: string, result: PseudoLabelResult): Promise<void> {
  return writeJson(resultPath(folder), result);
}

/** @returns undefined where it has not come to its end */
export async function readResult(folder: string): Promise<PseudoLabelResult | undefined> {
  const path = resultPath(folder);
  return (await exists(path)) ? resultSchema.parse(await readJson(path)) : undefined;
}

function resultPath(folder: string): string {
  return join(folder, 'pseudo_label_results.json');
}

/** @returns the folder of the best of its runs, which may be the one that it began with; undefined before its end */
export async function bestRunOf(folder: string): Promise<string | undefined> {
  const result = await readResult(folder);
  if (result === undefined) return undefined;
  const { options } = await readSelfTrainingFile(folder);
  return result.best.round === 0 ? options.run : roundFolder(folder, result.best.round);
}

/** `otzyv.json`: begun when a model is first saved, completed when what was saved has been measured. */
import { basename } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Decision } from '../model/decision-schema.ts';
import { type ModelCard, readModelCard, writeModelCard } from '../model/model-folder.ts';
import { OTZYV_VERSION } from '../version.ts';
import { readTrainerState } from './checkpoint.ts';
import type { DataProfile } from './data-profile.ts';
import type { Dataset } from './dataset.ts';
import type { EvaluationResult } from './evaluate.ts';
import { type CheckpointRow, writeModelReadme } from './model-readme.ts';
import { isLinear, type RunOptions } from './options.ts';

export function newModelCard(
  options: RunOptions,
  { labels, classCounts, train, fingerprints }: Dataset,
): ModelCard {
  return {
    schemaVersion: 1,
    kind: isLinear(options) ? 'linear' : 'bert',
    source: options.model,
    labels: [...labels],
    cleaning: options.cleaning,
    maxLength: options.maxLength,
    classCounts: [...classCounts],
    metrics: {},
    baseline: {},
    trainedOn: {
      file: basename(options.trainFile), // a model is given away, where it was trained is nobody's business
      sha256: fingerprints[options.trainFile]?.sha256 ?? '',
      rows: train.texts.length,
      refitted: false,
    },
    createdAt: new Date().toISOString(),
    otzyvVersion: OTZYV_VERSION,
  };
}

/** @param rows that it was trained on, those once held out with them */
export function refittedCard(card: ModelCard, rows: number): ModelCard {
  return { ...card, trainedOn: { ...card.trainedOn, rows, refitted: true } };
}

/** Whether a card says of its model what one of this run has to say, measured or not. */
export function isCardOf(card: ModelCard | undefined, expected: ModelCard): boolean {
  const unchanging = ({ labels, cleaning, maxLength, classCounts, trainedOn: { sha256 } }: ModelCard) =>
    JSON.parse(JSON.stringify({ labels, cleaning, maxLength, classCounts, sha256 }));
  return card !== undefined && isDeepStrictEqual(unchanging(card), unchanging(expected));
}

/** Completes the cards of the model in `folder`, for programs and for people. */
export async function recordMeasurement(
  folder: string,
  options: RunOptions,
  evaluation: EvaluationResult,
  profile: DataProfile,
  decision?: Decision,
): Promise<void> {
  const begun = await readModelCard(folder);
  if (begun === undefined) return;
  const card = {
    ...begun,
    metrics: { ...evaluation.metrics },
    baseline: { ...evaluation.baseline },
    ...(decision && { decision }),
  };
  await writeModelCard(folder, card);
  const checkpoints = isLinear(options) ? [] : await evaluatedCheckpoints(options.output);
  await writeModelReadme(folder, { card, options, evaluation, profile, checkpoints });
}

async function evaluatedCheckpoints(run: string): Promise<CheckpointRow[]> {
  const { log_history, best_global_step } = await readTrainerState(run);
  return log_history.flatMap((entry) =>
    entry['eval_loss'] === undefined
      ? []
      : {
          step: entry['step'] as number,
          epoch: entry['epoch'] as number,
          metrics: Object.fromEntries(
            Object.entries(entry).map(([name, value]) => [name.replace(/^eval_/, ''), value]),
          ),
          isSaved: entry['step'] === best_global_step,
        },
  );
}

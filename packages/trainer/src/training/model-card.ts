/** `otzyv.json`: begun when a model is first saved, completed when what was saved has been measured. */
import type { Decision } from '../model/decision-schema.ts';
import { type ModelCard, readModelCard, writeModelCard } from '../model/model-folder.ts';
import { OTZYV_VERSION } from '../version.ts';
import { readTrainerState } from './checkpoint.ts';
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
      file: options.trainFile,
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

/** Completes the cards of the model in `folder`, for programs and for people. */
export async function recordMeasurement(
  folder: string,
  options: RunOptions,
  evaluation: EvaluationResult,
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
  await writeModelReadme(folder, { card, options, evaluation, checkpoints });
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

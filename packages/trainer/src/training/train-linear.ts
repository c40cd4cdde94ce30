/**
 * A run of the linear model: one fit, which takes seconds. There are no checkpoints; an interrupted run is
 * begun anew when it is resumed.
 */
import { join } from 'node:path';
import { replaceFolder, writeJson } from '../files.ts';
import { linearModel } from '../inference/linear-model.ts';
import { type LinearModel, trainLinear } from '../linear/model.ts';
import { saveLinear } from '../linear/store.ts';
import { type ModelCard, readModelCard, writeModelCard } from '../model/model-folder.ts';
import { joined, type LabelledTexts } from './dataset.ts';
import { measure } from './evaluate.ts';
import { newModelCard } from './model-card.ts';
import { copyModelReadme } from './model-readme.ts';
import { bestFolder, type Trainer, type TrainingTask } from './train.ts';

export const linearTrainer: Trainer = {
  train: async (task) => {
    const { options, dataset, context } = task;
    const started = performance.now();
    const fitted = await fitLinear(task, dataset.train);
    if (fitted === undefined) return { status: 'interrupted', step: 0 };
    const { model, iterations } = fitted;
    const { validation, labels } = dataset;
    const { result } = await measure(linearModel(model, labels), validation.texts, validation.labelIds);
    await saveModel(bestFolder(options.output), model, newModelCard(options, dataset));
    const elapsedMs = performance.now() - started;
    context.listen({
      type: 'eval',
      step: iterations,
      epoch: 1,
      metrics: result.metrics,
      isBest: true,
      elapsedMs,
    });
    return { status: 'completed', bestStep: iterations };
  },

  refit: async (task) => {
    const { options, dataset } = task;
    const all = joined(dataset.train, dataset.validation);
    const fitted = await fitLinear(task, all);
    const folder = bestFolder(options.output);
    const card = await readModelCard(folder);
    if (fitted === undefined || card === undefined) return false;
    const trainedOn = { ...card.trainedOn, rows: all.texts.length, refitted: true };
    await saveModel(folder, fitted.model, { ...card, trainedOn });
    return true;
  },
};

/** @returns undefined when it was interrupted */
async function fitLinear(
  { options, dataset, context: { listen, signal } }: TrainingTask,
  data: LabelledTexts,
) {
  const { model, iterations, isConverged } = await trainLinear(data.texts, data.labelIds, {
    classes: dataset.labels.length,
    classWeights: options.classWeights,
    ...(signal && { signal }),
    onIteration: (progress) => listen({ type: 'linear.iteration', ...progress }),
  });
  if (signal?.aborted) return undefined;
  if (!isConverged)
    listen({ type: 'warning', message: `the fit had not converged after ${iterations} iterations` });
  return { model, iterations };
}

async function saveModel(folder: string, model: LinearModel, card: ModelCard): Promise<void> {
  await replaceFolder(folder, async (unfinished) => {
    await copyModelReadme(folder, unfinished);
    await saveLinear(model, unfinished);
    await writeJson(join(unfinished, 'config.json'), {
      model_type: 'otzyv-linear',
      problem_type: 'single_label_classification',
      id2label: Object.fromEntries(card.labels.map((label, id) => [id, label])),
      label2id: Object.fromEntries(card.labels.map((label, id) => [label, id])),
    });
    await writeModelCard(unfinished, card);
  });
}

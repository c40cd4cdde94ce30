/**
 * A run of the linear model: one fit, which takes seconds. There are no checkpoints; an interrupted run is
 * begun anew when it is resumed.
 */
import { linearModel } from '../inference/linear-model.ts';
import { type LinearModel, trainLinear } from '../linear/model.ts';
import { saveLinear } from '../linear/store.ts';
import { type ModelCard, writeOwnConfig } from '../model/model-folder.ts';
import { throttled } from '../throttled.ts';
import { saveBest } from './best-model.ts';
import { measureBriefly } from './evaluation-details.ts';
import type { LabelledTexts } from './labelled-texts.ts';
import { newModelCard, refittedCard } from './model-card.ts';
import type { Trainer, TrainingTask } from './trainer.ts';

export const linearTrainer: Trainer = {
  train: async (task, isResumed) => {
    const { options, dataset, context } = task;
    if (isResumed) context.listen({ type: 'run.resumed', step: 0 });
    const started = performance.now();
    const fitted = await fitLinear(task, dataset.train);
    if (fitted.status === 'interrupted') return { status: 'interrupted' };
    const { status, model, iterations } = fitted;
    const { validation, labels } = dataset;
    const total = validation.texts.length;
    const measured = await measureBriefly(linearModel(model, labels), validation, {
      onProgress: throttled((done) => context.listen({ type: 'eval.progress', done, total })),
    });
    await saveModel(options.output, model, newModelCard(options, dataset));
    const elapsedMs = performance.now() - started;
    context.listen({
      type: 'eval',
      step: iterations,
      epoch: 1,
      isBest: true,
      elapsedMs,
      ...measured,
    });
    return { status, bestStep: iterations };
  },

  refit: async (task) => {
    const { options, dataset } = task;
    const all = dataset.everything;
    const fitted = await fitLinear(task, all);
    if (fitted.status === 'completed') {
      const card = refittedCard(newModelCard(options, dataset), all.texts.length);
      await saveModel(options.output, fitted.model, card);
    }
    return fitted.status;
  },
};

/** Node's timers count in 31 bits: 25 days. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

type LinearOutcome =
  | { readonly status: 'interrupted' }
  | {
      readonly status: 'completed' | 'out-of-time';
      readonly model: LinearModel;
      readonly iterations: number;
    };

async function fitLinear(
  { options, dataset, context: { listen, signal } }: TrainingTask,
  data: LabelledTexts,
): Promise<LinearOutcome> {
  const { maxMinutes } = options;
  const deadline =
    maxMinutes === undefined
      ? undefined
      : AbortSignal.timeout(Math.min(LONGEST_TIMER_MS, Math.ceil(maxMinutes * 60_000)));
  const fit = await trainLinear(data.texts, data.labelIds, {
    classes: dataset.labels.length,
    classWeights: options.classWeights,
    exampleWeights: data.weights,
    signal,
    deadline,
    onFeatures: throttled((progress) => listen({ type: 'linear.features', ...progress })),
    onIteration: (progress) => listen({ type: 'linear.iteration', ...progress }),
  }).catch((error: unknown) => {
    if (signal?.aborted) return undefined;
    throw error;
  });
  if (fit === undefined) return { status: 'interrupted' };
  const { model, iterations, isConverged } = fit;
  if (!isConverged)
    listen({ type: 'warning', message: `the fit had not converged after ${iterations} iterations` });
  return { status: deadline?.aborted && !isConverged ? 'out-of-time' : 'completed', model, iterations };
}

async function saveModel(run: string, model: LinearModel, card: ModelCard): Promise<void> {
  await saveBest(run, card, async (unfinished) => {
    await saveLinear(model, unfinished);
    await writeOwnConfig(unfinished, card);
  });
}

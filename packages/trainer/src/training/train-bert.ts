/**
 * A run of a BERT, `micro` or pre-trained: tokenise, fit with evaluation after each epoch, keep the best in
 * `best/`, checkpoint, and at the end add the ONNX file of the best.
 */
import type { Engine } from '../engine/engine.ts';
import { bertModel } from '../inference/bert-model.ts';
import { writeOnnx } from '../model/export-onnx.ts';
import type { ModelCard } from '../model/model-folder.ts';
import { throttled } from '../throttled.ts';
import { readings } from '../tokenizer/subword-dropout.ts';
import { checkpointsOf, settleCheckpoints, takeUp, writeModel } from './bert-saving.ts';
import { createEngine, modelReady, paddingOf, prepare, tokenize } from './bert-setup.ts';
import { bestFolder, faultOfBest, saveBest } from './best-model.ts';
import { FRESH_STATE, type TrainerState } from './checkpoint.ts';
import type { CompactStart } from './compact-embeddings.ts';
import { type EvaluationDetails, measureBriefly } from './evaluation-details.ts';
import { findStart } from './find-start.ts';
import { fit, stepsPerEpoch, totalSteps } from './fit.ts';
import { newModelCard, refittedCard } from './model-card.ts';
import type { RunOptions } from './options.ts';
import { decayAfter } from './schedule.ts';
import type { Trainer } from './trainer.ts';
import { type Examples, labelledSet, type TrainingSet } from './training-set.ts';

export const bertTrainer: Trainer = {
  train: async (task, isResumed) => {
    const { options, dataset, context, steering } = task;
    const { listen, signal } = context;
    const goingOn = isResumed
      ? await findStart(
          options.output,
          await faultOfBest(options.output, newModelCard(options, dataset)),
          listen,
        )
      : undefined;
    const start = await prepare(task);
    const { examples, truncatedShare } = tokenize(dataset.train, start, options.maxLength);
    const total = totalSteps(examples.labelIds.length, options);
    listen(modelReady(start, { model: options.model, truncatedShare, totalSteps: total }));
    const engine = await createEngine(start, task);
    try {
      const keepBest = ({ global_step: step }: TrainerState) =>
        saveModel(
          options.output,
          start,
          engine,
          decayAfter(step, total, options),
          newModelCard(options, dataset),
        );
      const from = await takeUp(goingOn, engine, start, keepBest);

      const { tokenizer } = start;
      const live = bertModel(
        {
          tokenizer,
          labels: dataset.labels,
          maxLength: options.maxLength,
          maxPositions: start.config.maxPositions,
        },
        { logits: (batch) => engine.logits(batch), release: () => engine.dispose() },
      );
      let details: EvaluationDetails | undefined;
      const outcome = await fit({
        engine,
        train: trainingSet(examples, start, options),
        options,
        start: from,
        evaluate: async () => {
          const total = dataset.validation.texts.length;
          const onProgress = throttled((done: number) => listen({ type: 'eval.progress', done, total }));
          const { metrics, ...found } = await measureBriefly(live, dataset.validation, {
            signal,
            onProgress,
          });
          details = found;
          return metrics;
        },
        keepBest,
        saveCheckpoint: checkpointsOf(engine, start, options, listen),
        listen: (event) => listen(event.type === 'eval' ? { ...event, ...details } : event),
        signal,
        steering,
        now: () => steering?.now() ?? performance.now(),
      });
      if (outcome.status === 'interrupted') return { status: 'interrupted' };
      await settleCheckpoints(options, outcome.state);
      await writeOnnx(bestFolder(options.output));
      return {
        status: outcome.status,
        bestStep: outcome.state.best_global_step ?? outcome.state.global_step,
      };
    } finally {
      await engine.dispose();
    }
  },

  refit: async (task, bestStep) => {
    const { options, dataset, context, steering } = task;
    const all = dataset.everything;
    const start = await prepare(task);
    const { examples } = tokenize(all, start, options.maxLength);
    const engine = await createEngine(start, task);
    try {
      const { earlyStoppingPatience: _, ...rest } = options;
      const epochs = bestStep / stepsPerEpoch(dataset.train.texts.length, options);
      const outcome = await fit({
        engine,
        train: trainingSet(examples, start, options),
        options: { ...rest, epochs },
        start: FRESH_STATE,
        evaluate: async () => ({}), // nothing is left to measure on
        keepBest: async () => undefined,
        saveCheckpoint: async () => undefined,
        listen: ({ type, ...event }) => {
          if (type === 'step' && 'loss' in event) context.listen({ ...event, type: 'refit.step' } as const);
        },
        signal: context.signal,
        steering,
        now: () => steering?.now() ?? performance.now(),
      });
      if (outcome.status === 'completed') {
        const card = refittedCard(newModelCard(options, dataset), all.texts.length);
        const { global_step: step, max_steps: total } = outcome.state;
        await saveModel(options.output, start, engine, decayAfter(step, total, options), card, writeOnnx);
      }
      return outcome.status;
    } finally {
      await engine.dispose();
    }
  },
};

function trainingSet(examples: Examples, start: CompactStart, options: RunOptions): TrainingSet {
  return labelledSet(examples, paddingOf(start), readings(examples.tokenIds, start.tokenizer, options));
}

function saveModel(
  run: string,
  start: CompactStart,
  engine: Engine,
  decay: number,
  card: ModelCard,
  complete: (folder: string) => Promise<void> = async () => undefined,
): Promise<void> {
  return saveBest(run, card, async (unfinished) => {
    await writeModel(unfinished, start, engine, decay);
    await complete(unfinished);
  });
}

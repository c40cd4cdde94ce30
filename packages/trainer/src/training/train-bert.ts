/**
 * A run of a BERT, `micro` or pre-trained: tokenise, fit with evaluation after each epoch, keep the best in
 * `best/`, checkpoint, and at the end add the ONNX file of the best.
 */
import { join } from 'node:path';
import type { Engine } from '../engine/engine.ts';
import { replaceFolder, writeJson } from '../files.ts';
import { bertModel } from '../inference/bert-model.ts';
import { writeOnnx } from '../model/export-onnx.ts';
import { type ModelCard, readModelCard, writeModelCard } from '../model/model-folder.ts';
import { writeSafetensors } from '../model/safetensors.ts';
import type { StartingPoint } from '../model/starting-point.ts';
import { createEngine, prepare, tokenize } from './bert-setup.ts';
import {
  FRESH_STATE,
  loadCheckpoint,
  newestCheckpoint,
  pruneCheckpoints,
  readTrainerState,
  saveCheckpoint,
} from './checkpoint.ts';
import { joined } from './dataset.ts';
import { measure } from './evaluate.ts';
import { fit, stepsPerEpoch, totalSteps } from './fit.ts';
import { newModelCard } from './model-card.ts';
import { copyModelReadme } from './model-readme.ts';
import { bestFolder, type Trainer, type TrainingTask } from './train.ts';

export const bertTrainer: Trainer = {
  train: async (task, isResumed) => {
    const { options, dataset, context } = task;
    const { listen, signal } = context;
    const start = await prepare(task);
    const { examples, truncatedShare } = tokenize(dataset.train, start, options.maxLength);
    listen({
      type: 'model.ready',
      model: options.model,
      parameters: [...start.weights.values()].reduce((sum, { data }) => sum + data.length, 0),
      vocabulary: start.config.vocabularySize,
      truncatedShare,
      newWeights: options.model === 'micro' ? [] : [...start.newWeights],
      totalSteps: totalSteps(examples.labelIds.length, options),
    });
    const engine = createEngine(start, task);
    try {
      const checkpoint = isResumed ? await newestCheckpoint(options.output) : undefined;
      const saved = checkpoint === undefined ? undefined : await loadCheckpoint(checkpoint);
      if (saved !== undefined) engine.restore(saved.engineState);
      if (isResumed) listen({ type: 'run.resumed', step: saved?.trainer.global_step ?? 0 });

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
      const outcome = await fit({
        engine,
        train: examples,
        padTokenId: tokenizer.padTokenId,
        maxPositions: start.config.maxPositions,
        options,
        start: saved?.trainer ?? FRESH_STATE,
        evaluate: async () => {
          const { result } = await measure(live, dataset.validation.texts, dataset.validation.labelIds);
          return result.metrics;
        },
        keepBest: () => saveModel(bestFolder(options.output), start, engine, newModelCard(options, dataset)),
        saveCheckpoint: async (state) => {
          const folder = await saveCheckpoint(options.output, engine.state(), state);
          await writeJson(join(options.output, 'trainer_state.json'), state);
          await pruneCheckpoints(options.output, options.saveTotalLimit);
          listen({ type: 'checkpoint', step: state.global_step, folder });
        },
        listen,
        signal,
        now: () => performance.now(),
      });
      if (outcome.status === 'interrupted') return { status: 'interrupted', step: outcome.state.global_step };
      await writeOnnx(bestFolder(options.output));
      return {
        status: outcome.status,
        bestStep: outcome.state.best_global_step ?? outcome.state.global_step,
      };
    } finally {
      await engine.dispose();
    }
  },

  refit: async (task) => {
    const { options, dataset, context } = task;
    const folder = bestFolder(options.output);
    const card = await readModelCard(folder);
    if (card === undefined) return false;
    const all = joined(dataset.train, dataset.validation);
    const start = await prepare(task);
    const { examples } = tokenize(all, start, options.maxLength);
    const engine = createEngine(start, task);
    try {
      const { earlyStoppingPatience: _, ...rest } = options;
      const outcome = await fit({
        engine,
        train: examples,
        padTokenId: start.tokenizer.padTokenId,
        maxPositions: start.config.maxPositions,
        options: { ...rest, epochs: await bestEpochs(task) },
        start: FRESH_STATE,
        evaluate: async () => ({}), // nothing is left to measure on
        keepBest: async () => undefined,
        saveCheckpoint: async () => undefined,
        listen: ({ type, ...event }) => {
          if (type === 'step' && 'loss' in event) context.listen({ ...event, type: 'refit.step' } as const);
        },
        signal: context.signal,
        now: () => performance.now(),
      });
      if (outcome.status !== 'completed') return false;
      const trainedOn = { ...card.trainedOn, rows: all.texts.length, refitted: true };
      await saveModel(folder, start, engine, { ...card, trainedOn });
      await writeOnnx(folder);
      return true;
    } finally {
      await engine.dispose();
    }
  },
};

function saveModel(folder: string, start: StartingPoint, engine: Engine, card: ModelCard): Promise<void> {
  return replaceFolder(folder, async (unfinished) => {
    await copyModelReadme(folder, unfinished);
    await writeSafetensors(join(unfinished, 'model.safetensors'), engine.state().weights);
    await writeJson(join(unfinished, 'config.json'), start.configJson);
    await start.writeTokenizer(unfinished);
    await writeModelCard(unfinished, card);
  });
}

async function bestEpochs({ options, dataset }: TrainingTask): Promise<number> {
  const state = await readTrainerState(options.output);
  return (state.best_global_step ?? state.global_step) / stepsPerEpoch(dataset.train.texts.length, options);
}

/**
 * A run of a BERT, `micro` or pre-trained: tokenise, fit with evaluation after each epoch, keep the best in
 * `best/`, checkpoint, and at the end add the ONNX file of the best.
 */
import { join } from 'node:path';
import type { Engine } from '../engine/engine.ts';
import { replaceFolder, writeJson } from '../files.ts';
import { bertModel } from '../inference/bert-model.ts';
import { writeOnnx } from '../model/export-onnx.ts';
import { type ModelCard, writeModelCard } from '../model/model-folder.ts';
import { writeSafetensors } from '../model/safetensors.ts';
import { throttled } from '../throttled.ts';
import { createEngine, prepare, tokenize } from './bert-setup.ts';
import {
  FRESH_STATE,
  loadCheckpoint,
  newestCheckpoint,
  pruneCheckpoints,
  saveCheckpoint,
  writeTrainerState,
} from './checkpoint.ts';
import type { CompactStart } from './compact-embeddings.ts';
import { measure } from './evaluate.ts';
import { fit, stepsPerEpoch, totalSteps } from './fit.ts';
import { newModelCard, refittedCard } from './model-card.ts';
import { decayAfter } from './schedule.ts';
import { bestFolder, type Trainer } from './train.ts';

export const bertTrainer: Trainer = {
  train: async (task, isResumed) => {
    const { options, dataset, context } = task;
    const { listen, signal } = context;
    const start = await prepare(task);
    const { examples, truncatedShare } = tokenize(dataset.train, start, options.maxLength);
    const total = totalSteps(examples.labelIds.length, options);
    listen({
      type: 'model.ready',
      model: options.model,
      parameters: start.parameters.all,
      trainedParameters: start.parameters.trained,
      vocabulary: start.configJson['vocab_size'] as number,
      truncatedShare,
      newWeights: options.model === 'micro' ? [] : [...start.newWeights],
      totalSteps: total,
    });
    const engine = await createEngine(start, task);
    try {
      const checkpoint = isResumed ? await newestCheckpoint(options.output) : undefined;
      const saved =
        checkpoint === undefined ? undefined : await loadCheckpoint(checkpoint, start.fingerprint);
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
          const { texts, labelIds } = dataset.validation;
          const onProgress = throttled((done: number) =>
            listen({ type: 'eval.progress', done, total: texts.length }),
          );
          const { result } = await measure(live, texts, labelIds, { signal, onProgress });
          return result.metrics;
        },
        keepBest: ({ global_step: step }) => {
          const decay = decayAfter(step, total, options);
          return saveModel(options.output, start, engine, decay, newModelCard(options, dataset));
        },
        saveCheckpoint: async (state) => {
          const folder = await saveCheckpoint(options.output, await engine.state(), state, start.fingerprint);
          await writeTrainerState(options.output, state);
          await pruneCheckpoints(options.output, options.saveTotalLimit);
          listen({ type: 'checkpoint', step: state.global_step, folder });
        },
        listen,
        signal,
        now: () => performance.now(),
      });
      if (outcome.status === 'interrupted') return { status: 'interrupted' };
      await writeTrainerState(options.output, outcome.state); // a killed process may have left the one before
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
    const { options, dataset, context } = task;
    const all = dataset.everything;
    const start = await prepare(task);
    const { examples } = tokenize(all, start, options.maxLength);
    const engine = await createEngine(start, task);
    try {
      const { earlyStoppingPatience: _, ...rest } = options;
      const epochs = bestStep / stepsPerEpoch(dataset.train.texts.length, options);
      const outcome = await fit({
        engine,
        train: examples,
        padTokenId: start.tokenizer.padTokenId,
        maxPositions: start.config.maxPositions,
        options: { ...rest, epochs },
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

function saveModel(
  run: string,
  start: CompactStart,
  engine: Engine,
  decay: number,
  card: ModelCard,
  complete: (folder: string) => Promise<void> = async () => undefined,
): Promise<void> {
  return replaceFolder(bestFolder(run), async (unfinished) => {
    const weights = start.whole((await engine.state()).weights, decay);
    await writeSafetensors(join(unfinished, 'model.safetensors'), weights);
    await writeJson(join(unfinished, 'config.json'), start.configJson);
    await start.writeTokenizer(unfinished);
    await writeModelCard(unfinished, card);
    await complete(unfinished);
  });
}

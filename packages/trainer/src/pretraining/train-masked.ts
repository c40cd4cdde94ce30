/**
 * The way of a pre-training from its texts to its end: tokenise, mask anew each epoch, fit, measure on the texts held out
 * after each epoch, and keep the model with the lowest loss there in `best/`, a folder of BertForMaskedLM.
 *
 * `micro` is trained over its whole vocabulary. Of a model that exists only the tokens that the texts use take part, as
 * what is asked for, as what is answered and as replacements: rows of others would learn nothing but that they are
 * never right, and fine-tuning may meet them yet.
 */
import { join } from 'node:path';
import { OtzyvError } from '@otzyv/core';
import { paddedLength } from '../data/batches.ts';
import { writeJson } from '../files.ts';
import { throttled } from '../throttled.ts';
import { checkSubwordDropout, readings } from '../tokenizer/subword-dropout.ts';
import { wordsOf } from '../tokenizer/words.ts';
import { checkpointsOf, settleCheckpoints, takeUp, writeModel } from '../training/bert-saving.ts';
import { beginFrom, engineFor, inUse, modelReady, paddingOf } from '../training/bert-setup.ts';
import { bestFolder, replaceBest } from '../training/best-model.ts';
import type { TrainerState } from '../training/checkpoint.ts';
import { compacted } from '../training/compact-embeddings.ts';
import type { FinishStatus } from '../training/events.ts';
import { findStart } from '../training/find-start.ts';
import { fit, totalSteps } from '../training/fit.ts';
import { faultOf } from '../training/manifest.ts';
import { type Interrupted, recorded } from '../training/recorded.ts';
import { evalMetrics } from '../training/results.ts';
import { settleRun } from '../training/run-folder.ts';
import { decayAfter } from '../training/schedule.ts';
import type { RunContext } from '../training/trainer.ts';
import { type MaskingRules, maskedSet } from './masking.ts';
import { type MaskedMetrics, measureMasked, perplexityByFrequency } from './measure.ts';
import { type PretrainingOptions, toldOptions } from './options.ts';
import { PRETRAINING } from './pretraining-folder.ts';
import type { UnlabelledTexts } from './texts.ts';

export interface PretrainingTask {
  readonly options: PretrainingOptions;
  readonly texts: UnlabelledTexts;
  readonly context: RunContext;
}

/** How a pre-training ended. One that failed throws instead. */
export type PretrainingOutcome = Finished | Interrupted;

interface Finished {
  readonly status: FinishStatus;
  /** what it began with */
  readonly model: string;
  /** where the best model lies */
  readonly modelFolder: string;
  /** on the texts held out */
  readonly metrics: MaskedMetrics;
  /** of one who only knows how frequent each token is */
  readonly baseline: Pick<MaskedMetrics, 'perplexity'>;
  readonly elapsedMs: number;
}

export function trainMasked(task: PretrainingTask, isResumed: boolean): Promise<PretrainingOutcome> {
  const { options } = task;
  const { output } = options;
  const loop = toldOptions(options);
  const recording = { folder: output, context: task.context, isResumed, hasSteps: true };
  return recorded<PretrainingOutcome>(recording, async ({ context, steering, elapsedMs }) => {
    const { listen, signal } = context;
    await settleRun(output, PRETRAINING);
    const goingOn = isResumed
      ? await findStart(output, await faultOf(bestFolder(output)), listen)
      : undefined;
    const ready = await prepared({ ...task, context });
    const { start, train, validation, truncatedShare } = ready;
    const total = totalSteps(train.tokenIds.length, loop);
    listen(modelReady(start, { model: options.model, truncatedShare, totalSteps: total }));
    const engine = await engineFor(start, { kind: 'masked-lm' }, options, context);
    try {
      const keepBest = ({ global_step: step }: TrainerState) =>
        replaceBest(output, (unfinished) =>
          writeModel(unfinished, start, engine, decayAfter(step, total, options)),
        );
      const from = await takeUp(goingOn, engine, start, keepBest);
      const outcome = await fit({
        engine,
        train: train.set,
        options: loop,
        start: from,
        evaluate: async () => {
          const texts = validation.tokenIds.length;
          const onProgress = throttled((done: number) =>
            listen({ type: 'eval.progress', done, total: texts }),
          );
          const { batchSize } = options;
          return { ...(await measureMasked(engine, validation.set, { batchSize, signal, onProgress })) };
        },
        keepBest,
        saveCheckpoint: checkpointsOf(engine, start, options, listen),
        listen,
        signal,
        steering,
        now: steering.now,
      });
      if (outcome.status === 'interrupted') return 'interrupted';
      const result = await writtenUp(options, outcome.state, ready);
      await writeJson(join(output, 'train_results.json'), {
        train_runtime: elapsedMs() / 1000,
        train_samples: ready.train.tokenIds.length,
        status: outcome.status,
        best_step: outcome.state.best_global_step,
      });
      if (result.metrics.perplexity > result.baseline.perplexity * FAR_ENOUGH) {
        listen({ type: 'warning', message: TOO_SHORT });
      }
      const ended = { status: outcome.status, elapsedMs: elapsedMs() };
      listen({
        ...{ type: 'run.finished', ...ended, folder: result.modelFolder },
        bestStep: outcome.state.best_global_step ?? outcome.state.global_step,
        ...{ metric: loop.metric, value: result.metrics.loss },
      });
      return { ...result, ...ended };
    } finally {
      await engine.dispose();
    }
  });
}

/** Share of the perplexity by frequency alone. At 0.59 `micro` was worse to fine-tune than from nothing (docs/pretraining.md). */
const FAR_ENOUGH = 0.5;
const TOO_SHORT =
  'the model has learned little more than how frequent tokens are: fine-tuning may do worse from here than from where this ' +
  'began. Give it more epochs, or more texts.';

/** Writes what was measured of the best. */
async function writtenUp(
  options: PretrainingOptions,
  state: TrainerState,
  { start, train, validation }: Ready,
): Promise<Omit<Finished, 'status' | 'elapsedMs'>> {
  const { output, model } = options;
  await settleCheckpoints(options, state);
  const metrics = metricsOfBest(state);
  const baseline = { perplexity: perplexityByFrequency(train.tokenIds, validation.set, start.tokenizer) };
  await writeJson(join(output, 'eval_results.json'), {
    ...evalMetrics({ ...metrics }),
    eval_samples: validation.tokenIds.length,
    baseline,
  });
  return { model, modelFolder: bestFolder(output), metrics, baseline };
}

type Ready = Awaited<ReturnType<typeof prepared>>;

/** The model to begin with, and the texts as it reads them. */
async function prepared({ options, texts, context }: PretrainingTask) {
  const { model, maxLength, seed, mlmProbability: probability } = options;
  const whole = await beginFrom({ kind: 'masked-lm' }, options, texts.train, context);
  const { maskTokenId, roleOf, vocabularySize } = whole.tokenizer;
  if (maskTokenId === undefined) {
    throw new OtzyvError(
      'model.no-mask-token',
      `the tokenizer of ${model} has no token to mask with`,
      'Choose a model whose tokenizer_config.json names a mask_token, such as [MASK].',
    );
  }
  checkSubwordDropout(options, whole.tokenizer);
  const encode = (side: readonly string[]) => side.map((text) => whole.tokenizer.encode(text, maxLength));
  const [train, validation] = [encode(texts.train), encode(texts.validation)];
  // nothing can be asked of a text of which the vocabulary knows no word
  const withWords = (side: typeof train) =>
    side.flatMap(({ ids }) => (wordsOf(ids, roleOf).length > 0 ? [ids] : []));
  const [trainIds, validationIds] = [withWords(train), withWords(validation)];
  if (trainIds.length === 0 || validationIds.length === 0) {
    throw new OtzyvError(
      'data.unknown-words',
      `${options.trainFiles.join(', ')}: hardly a text has a word that the vocabulary of ${model} knows`,
      'Check the texts, or choose a model that knows their language.',
    );
  }
  const used =
    model === 'micro'
      ? [upTo(vocabularySize)]
      : [...inUse([...trainIds, ...validationIds], whole.tokenizer, options), [maskTokenId]];
  const start = compacted(whole, used, paddedLength(maxLength));
  const rules: MaskingRules = {
    maskTokenId: start.tokenizer.maskTokenId as number, // it is among those in use
    roleOf: start.tokenizer.roleOf,
    replacements: upTo(start.config.vocabularySize).filter((id) => start.tokenizer.roleOf(id) !== 'special'),
    probability,
  };
  const asRead = (ids: readonly (readonly number[])[]) => {
    const tokenIds = ids.map(start.rowsOf);
    const read = readings(tokenIds, start.tokenizer, options);
    return { tokenIds, set: maskedSet(tokenIds, rules, { seed, ...paddingOf(start) }, read) };
  };
  return {
    start,
    train: asRead(trainIds),
    validation: asRead(validationIds),
    truncatedShare: train.filter(({ isTruncated }) => isTruncated).length / train.length,
  };
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, id) => id);
}

function metricsOfBest({ log_history, best_global_step }: TrainerState): MaskedMetrics {
  const entry = log_history.find(
    ({ step, eval_loss: loss }) => step === best_global_step && loss !== undefined,
  );
  const metric = (name: keyof MaskedMetrics) => entry?.[`eval_${name}`] ?? Number.NaN;
  return { loss: metric('loss'), perplexity: metric('perplexity'), accuracy: metric('accuracy') };
}

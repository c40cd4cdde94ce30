/**
 * All that decides a run. A resolved `RunOptions` is saved with the run and can be fed back.
 */
import { OtzyvError, resolveMetric } from '@otzyv/core';
import { z } from 'zod';
import { DEVICES, ENGINES } from '../engine/choose.ts';
import { cleaningSpecSchema } from '../model/cleaning-schema.ts';
import { defaultsFor } from './defaults.ts';

export const SCHEDULES = ['linear', 'cosine', 'constant', 'constant_with_warmup'] as const;

const lossSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('cross-entropy'), labelSmoothing: z.number().min(0).lt(1).optional() }),
  z.strictObject({ kind: z.literal('focal'), gamma: z.number().min(0) }),
]);

/** Which rows a fold holds out follows from these, the seed and the data: see data/assign-folds.ts. */
const foldSchema = z.strictObject({
  /** from 1 */
  index: z.int().positive(),
  folds: z.int().min(2),
  /** from 1 */
  repeat: z.int().positive(),
  shuffle: z.boolean(),
  bindDuplicates: z.boolean(),
});

export const runOptionsSchema = z.strictObject({
  /** `linear`, `micro`, a folder, or the id of a model on the hub */
  model: z.string().min(1),
  revision: z.string().optional(),
  offline: z.boolean(),

  trainFile: z.string().min(1),
  /** absent: a stratified share of the training file is held out */
  validationFile: z.string().optional(),
  /** an audit's file, worked through: which rows of the training file are left out, or get another label */
  exclude: z.string().optional(),
  textColumn: z.string(),
  labelColumn: z.string(),
  /** rows of one group never stand on both sides of the split */
  groupColumn: z.string().optional(),
  /** what each row of the training file counts for in the loss; what is measured is not weighted */
  weightColumn: z.string().optional(),
  /** columns that the validation rows keep, and by which their measurement is sliced */
  sliceColumns: z.array(z.string()).optional(),
  validationFraction: z.number().gt(0).lt(1),
  /** one fold of a cross-validation is held out, in place of a share */
  fold: foldSchema.optional(),
  skipBadRows: z.boolean(),
  cleaning: cleaningSpecSchema,
  maxLength: z.int().min(4),

  loss: lossSchema,
  classWeights: z.enum(['balanced', 'clamped', 'none']),
  epochs: z.number().positive(),
  batchSize: z.int().positive(),
  gradientAccumulationSteps: z.int().positive(),
  learningRate: z.number().positive(),
  schedule: z.enum(SCHEDULES),
  /** below 1: a share of all steps */
  warmupSteps: z.number().min(0),
  weightDecay: z.number().min(0),
  maxGradNorm: z.number().min(0),
  /** absent: as the model's config.json says */
  dropout: z.number().min(0).lt(1).optional(),
  /** probability of a piece to be passed over when a word is split; the words are split anew in each epoch */
  subwordDropout: z.number().min(0).lt(1).default(0), // runs of earlier versions had none

  metric: z.string(),
  greaterIsBetter: z.boolean(),
  /** evaluations without improvement after which the run ends */
  earlyStoppingPatience: z.int().positive().optional(),
  /** updates after which a checkpoint is saved, besides those after each epoch */
  saveSteps: z.int().positive().optional(),
  /** checkpoints that are kept; with one alone, none is left when that is damaged */
  saveTotalLimit: z.int().positive(),
  /** train once more on all rows with what was chosen */
  refit: z.boolean(),
  seed: z.int(),
  /** which engine trains a BERT; `auto` until a run begins */
  engine: z.enum(ENGINES).default('onnx'), // runs of earlier versions had no other
  /** where it trains; `auto` until a run begins */
  device: z.enum(DEVICES).default('cpu'),
  threads: z.int().positive().optional(),
  /** a budget: the run ends in good order when it is spent */
  maxMinutes: z.number().positive().optional(),
  /** the run's folder */
  output: z.string().min(1),
});

/** A run's options, resolved: what `run.json` holds. Paths are as they were given. */
export type RunOptions = z.infer<typeof runOptionsSchema>;

type Given = Pick<RunOptions, 'model' | 'trainFile' | 'output'> & {
  [Key in keyof RunOptions]?: RunOptions[Key] | undefined;
};

/** @throws OtzyvError `options.*` naming the option, what is wrong with it and what it may be */
export function resolveRunOptions(given: Given): RunOptions {
  const metric = resolveMetric(given.metric ?? 'f1_weighted');
  const stated = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const parsed = runOptionsSchema.safeParse({
    ...defaultsFor(given.model),
    greaterIsBetter: metric.greaterIsBetter,
    ...stated,
    metric: metric.name,
  });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new OtzyvError(
    'options.invalid',
    `option ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'is not valid'}`,
    'See otzyv train --help.',
  );
}

/** `linear` is not trained by steps: the options that only concern steps do not apply to it. */
export function isLinear(options: Pick<RunOptions, 'model'>): boolean {
  return options.model === 'linear';
}

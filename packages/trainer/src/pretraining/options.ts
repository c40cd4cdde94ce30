/**
 * All that decides a pre-training, with the defaults: for `micro`, which starts from nothing, those that suit some
 * thousands of reviews; for a model that exists, those of transformers' `run_mlm.py`, with a warm-up.
 */
import { OtzyvError } from '@otzyv/core';
import { z } from 'zod';
import type { LoopOptions } from '../training/fit.ts';
import { runOptionsSchema } from '../training/options.ts';

const shared = runOptionsSchema.pick({
  ...{ model: true, revision: true, offline: true, output: true, seed: true },
  ...{ textColumn: true, validationFraction: true, skipBadRows: true, cleaning: true, maxLength: true },
  ...{ epochs: true, batchSize: true, gradientAccumulationSteps: true, learningRate: true, schedule: true },
  ...{ warmupSteps: true, weightDecay: true, maxGradNorm: true },
  ...{ dropout: true, subwordDropout: true },
  ...{ earlyStoppingPatience: true, saveSteps: true, saveTotalLimit: true, maxMinutes: true },
  ...{ engine: true, device: true, threads: true },
});

export const pretrainingOptionsSchema = z.strictObject({
  ...shared.shape,
  /** tables with texts; labels in them are not read */
  trainFiles: z.array(z.string().min(1)).min(1),
  /** whose texts are left out */
  excludeFiles: z.array(z.string().min(1)).optional(),
  /** share of the words of a text that are to be found out */
  mlmProbability: z.number().gt(0).lt(1),
});

/** A pre-training's options, resolved: what `pretrain.json` holds. Paths are as they were given. */
export type PretrainingOptions = z.infer<typeof pretrainingOptionsSchema>;

/** With what the best is chosen by, as every run tells of it. */
export type ToldPretrainingOptions = PretrainingOptions & Pick<LoopOptions, 'metric' | 'greaterIsBetter'>;

type Given = Pick<PretrainingOptions, 'model' | 'trainFiles' | 'output'> & {
  [Key in keyof PretrainingOptions]?: PretrainingOptions[Key] | undefined;
};

const COMMON = {
  offline: false,
  textColumn: 'text',
  validationFraction: 0.05,
  skipBadRows: false,
  cleaning: { preset: 'standard' },
  maxLength: 128,
  gradientAccumulationSteps: 1,
  schedule: 'linear',
  warmupSteps: 0.06,
  weightDecay: 0.01,
  maxGradNorm: 1,
  saveTotalLimit: 2,
  seed: 42,
  engine: 'auto',
  device: 'auto',
} as const;

const FROM_SCRATCH = {
  ...{ epochs: 80, batchSize: 32, learningRate: 1e-3 },
  ...{ mlmProbability: 0.2, subwordDropout: 0.1 },
} as const;
const GOING_ON = {
  ...{ epochs: 3, batchSize: 16, learningRate: 5e-5 },
  ...{ mlmProbability: 0.15, subwordDropout: 0 },
} as const;

/** @throws OtzyvError `options.*` naming the option, what is wrong with it and what it may be */
export function resolvePretrainingOptions(given: Given): PretrainingOptions {
  if (given.model === 'linear') {
    throw new OtzyvError(
      'options.model',
      'the linear model learns nothing from texts without labels',
      'Choose micro, a folder, or the id of a BERT on the hub.',
    );
  }
  const stated = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const defaults = given.model === 'micro' ? FROM_SCRATCH : GOING_ON;
  const parsed = pretrainingOptionsSchema.safeParse({ ...COMMON, ...defaults, ...stated });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new OtzyvError(
    'options.invalid',
    `option ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'is not valid'}`,
    'See otzyv pretrain --help.',
  );
}

/** The best is the one with the lowest loss on the texts held out. */
export function toldOptions(options: PretrainingOptions): ToldPretrainingOptions {
  return { ...options, metric: 'loss', greaterIsBetter: false };
}

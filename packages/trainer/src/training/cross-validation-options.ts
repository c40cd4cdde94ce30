/** All that decides a cross-validation: the options of its runs, and how rows are dealt out to them. */
import { join } from 'node:path';
import { OtzyvError } from '@otzyv/core';
import { z } from 'zod';
import { type RunOptions, resolveRunOptions, runOptionsSchema } from './options.ts';

const dealingSchema = z.strictObject({
  folds: z.int().min(2),
  /** how often everything is dealt anew */
  repeats: z.int().positive(),
  /** not: the folds that scikit-learn makes of the file's order */
  shuffle: z.boolean(),
  /** copies of a text, and near copies, stay in one fold, unless a column of groups decides */
  bindDuplicates: z.boolean(),
});

export const crossValidationSchema = runOptionsSchema
  .omit({ fold: true, validationFile: true, validationFraction: true, refit: true })
  .extend(dealingSchema.shape);

/** What `crossval.json` holds; `output` is the folder of the whole. */
export type CrossValidationOptions = z.infer<typeof crossValidationSchema>;

type Given = Parameters<typeof resolveRunOptions>[0] & {
  [Key in keyof z.infer<typeof dealingSchema>]?: z.infer<typeof dealingSchema>[Key] | undefined;
};

/** @throws OtzyvError `options.*` */
export function resolveCrossValidation({
  folds = 5,
  repeats = 1,
  shuffle = true,
  bindDuplicates = true,
  ...given
}: Given): CrossValidationOptions {
  const refuse = (option: string, why: string, hint: string) => {
    throw new OtzyvError('options.crossval', `${option} has no place in a cross-validation: ${why}`, hint);
  };
  if (given.validationFile !== undefined)
    refuse('--validation', 'each fold is held out once', 'Leave it out, or train one model on it.');
  if (given.validationFraction !== undefined)
    refuse('--validation-fraction', 'a fold holds out 1 / folds', 'Choose --folds.');
  if (given.refit)
    refuse(
      '--refit',
      'its models answer together',
      'Train one on all rows afterwards: otzyv train --refit with the same options.',
    );
  if (repeats > 1 && !shuffle)
    refuse('--no-shuffle', 'with --repeats every repeat would be the same', 'Leave out one of the two.');
  const dealing = dealingSchema.safeParse({ folds, repeats, shuffle, bindDuplicates });
  if (!dealing.success) {
    const [issue] = dealing.error.issues;
    throw new OtzyvError(
      'options.invalid',
      `option ${issue?.path.join('.')}: ${issue?.message}`,
      'See otzyv crossval --help.',
    );
  }
  const {
    validationFile: _,
    validationFraction: __,
    refit: ___,
    fold: ____,
    ...run
  } = resolveRunOptions(given);
  return { ...run, ...dealing.data };
}

/** One of the runs of a cross-validation. */
export interface FoldRun {
  /** From 1. */
  readonly repeat: number;
  /** From 1. */
  readonly fold: number;
  readonly options: RunOptions;
}

/** In the order in which they are trained: `fold-1`, …, then `repeat-2/fold-1`, … */
export function foldRuns(options: CrossValidationOptions): FoldRun[] {
  const { folds, repeats, shuffle, bindDuplicates, ...run } = options;
  return Array.from({ length: repeats * folds }, (_, i) => {
    const [repeat, fold] = [Math.floor(i / folds) + 1, (i % folds) + 1];
    const output = join(options.output, ...(repeat > 1 ? [`repeat-${repeat}`] : []), `fold-${fold}`);
    return {
      repeat,
      fold,
      options: {
        ...run,
        validationFraction: 1 / folds,
        refit: false,
        output,
        fold: { index: fold, folds, repeat, shuffle, bindDuplicates },
      },
    };
  });
}

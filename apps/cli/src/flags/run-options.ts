/** From flags to the options of a run. */
import { lossOptions } from './loss-flags.ts';
import type { TrainingFlags } from './training-flags.ts';
import { required } from './values.ts';

export function runOptionsFrom(flags: TrainingFlags, { model, output }: { model: string; output: string }) {
  const train = required(flags.train, '--train', 'the labelled file to learn from');
  return stripUndefined({
    model,
    output,
    trainFile: train,
    validationFile: flags.validation,
    exclude: flags.exclude,
    revision: flags.revision,
    offline: flags.offline,
    textColumn: flags.textColumn,
    labelColumn: flags.labelColumn,
    groupColumn: flags.groupColumn,
    weightColumn: flags.weightColumn,
    sliceColumns: flags.sliceColumn,
    validationFraction: flags.validationFraction,
    skipBadRows: flags.skipBadRows,
    cleaning: typeof flags.cleaning === 'string' ? { preset: flags.cleaning } : flags.cleaning,
    maxLength: flags.maxLength,
    ...lossOptions(flags),
    epochs: flags.epochs,
    batchSize: flags.batchSize,
    gradientAccumulationSteps: flags.gradientAccumulationSteps,
    learningRate: flags.lr,
    schedule: flags.schedule,
    warmupSteps: flags.warmupSteps,
    weightDecay: flags.weightDecay,
    maxGradNorm: flags.maxGradNorm,
    dropout: flags.dropout,
    subwordDropout: flags.subwordDropout,
    metric: flags.metric,
    greaterIsBetter: flags.greaterIsBetter === undefined ? undefined : flags.greaterIsBetter === 'true',
    earlyStoppingPatience: flags.earlyStoppingPatience,
    saveSteps: flags.saveSteps,
    saveTotalLimit: flags.saveTotalLimit,
    refit: flags.refit,
    seed: flags.seed,
    engine: flags.engine,
    device: flags.device,
    threads: flags.threads,
    maxMinutes: flags.maxMinutes,
  }) as Parameters<typeof import('@otzyv/trainer').resolveRunOptions>[0];
}

function stripUndefined<T extends object>(object: T): Partial<T> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Partial<T>;
}

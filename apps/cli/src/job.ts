/**
 * The whole job: train each model with each loss, compare them, let the best predict the test file.
 */
import { join } from 'node:path';
import type { DryRunResult, EvaluationResult, RunOptions } from '@otzyv/trainer';
import { checkLossFlags } from './flags/loss-flags.ts';
import { runOptionsFrom } from './flags/run-options.ts';
import { idleFlags, type TrainingFlags } from './flags/training-flags.ts';
import { required } from './flags/values.ts';
import { type Interruption, workOrNothing, workOrSave } from './interrupt.ts';
import { savedAt } from './resumption.ts';
import { colors } from './terminal/colors.ts';
import { describeDryRun } from './terminal/dry-run.ts';
import { describeEvaluation } from './terminal/evaluation.ts';
import { duration, score } from './terminal/format.ts';
import { describePrediction } from './terminal/prediction.ts';
import { type Progress, progressOfRows } from './terminal/progress.ts';
import { runReporter } from './terminal/run-reporter.ts';
import { table } from './terminal/table.ts';
import { checkJobFolder, type Variant, variantsOf } from './variants.ts';

export interface JobFlags extends TrainingFlags {
  test?: string;
  maxLatency?: number;
  resume?: boolean;
}

interface Prepared {
  readonly variant: Variant;
  readonly options: RunOptions;
}

interface Trained extends Variant {
  readonly evaluation: EvaluationResult;
  readonly modelFolder: string;
  readonly elapsedMs: number;
}

/**
 * @param again the command that goes on after an interruption
 * @param typed the flags without those of a config file
 */
export async function runJob(flags: JobFlags, again: string, typed: JobFlags = flags): Promise<void> {
  const during = flags.dryRun ? workOrNothing : workOrSave;
  await during(async (progress, interruption) => {
    const output = required(flags.output, '--output', 'the folder where everything goes');
    const test = required(flags.test, '--test', 'the file to predict');
    checkLossFlags(flags);
    const idle = idleFlags(typed, flags.model);
    if (idle !== undefined) progress.say(`  ${colors.yellow('!')} ${idle}`);
    const prepared = await prepare(flags, output, test);
    if (flags.dryRun) return tryOut(prepared, flags, progress, interruption);
    const work = async () => {
      const trained = await trainAll(prepared, flags, progress, interruption, again);
      if (trained !== undefined) await predictWithBest(trained, prepared, flags, progress, interruption);
    };
    await work().catch((error: unknown) => {
      if (error === interruption.signal.reason) progress.say(`stopped. Go on with:\n  ${again}`);
      throw error;
    });
  });
}

/** All that can be wrong is found before the first training begins. */
async function prepare(flags: JobFlags, output: string, test: string): Promise<Prepared[]> {
  const { checkRun, requireTextColumn, resolveRunOptions } = await import('@otzyv/trainer');
  await requireTextColumn(test, flags.textColumn ?? 'text');
  const variants = variantsOf(flags, output);
  await checkJobFolder(output, variants);
  const prepared = variants.map((variant) => ({
    variant,
    options: resolveRunOptions(runOptionsFrom(withLoss(flags, variant), variant)),
  }));
  for (const { options } of prepared)
    await checkRun(options, { overwrite: flags.overwrite === true || flags.resume === true });
  return prepared;
}

/** The variant's loss in place of the list that was typed: the linear model has none. */
function withLoss({ loss: _, ...others }: JobFlags, { loss }: Variant): JobFlags {
  return loss === undefined ? others : { ...others, loss };
}

async function tryOut(
  prepared: readonly Prepared[],
  { json, overwrite = false }: JobFlags,
  progress: Progress,
  { signal }: Interruption,
): Promise<void> {
  const { dryRun } = await import('@otzyv/trainer');
  const results: (DryRunResult & { name: string })[] = [];
  for (const { variant, options } of prepared) {
    const context = { listen: runReporter(progress, options.metric), signal };
    results.push({ name: variant.name, ...(await dryRun(options, context, { overwrite })) });
  }
  progress.clear();
  process.stdout.write(
    json
      ? `${JSON.stringify(results)}\n`
      : results.map((result) => `${colors.bold(result.name)}\n${describeDryRun(result)}\n`).join('\n'),
  );
}

/** @returns undefined when it was interrupted */
async function trainAll(
  prepared: readonly Prepared[],
  flags: JobFlags,
  progress: Progress,
  interruption: Interruption,
  again: string,
): Promise<Trained[] | undefined> {
  const { train, trainOrResume } = await import('@otzyv/trainer');
  const trained: Trained[] = [];
  for (const { variant, options } of prepared) {
    const context = { listen: runReporter(progress, options.metric), signal: interruption.signal };
    const outcome = flags.resume
      ? await trainOrResume(options, context)
      : await train(options, context, { overwrite: flags.overwrite === true });
    if (outcome.status === 'interrupted') {
      progress.say(`${savedAt(outcome.step)}\n  ${again}`);
      process.exitCode = interruption.exitCode();
      return undefined;
    }
    trained.push({ ...variant, ...outcome });
  }
  return trained;
}

async function predictWithBest(
  trained: readonly Trained[],
  prepared: readonly Prepared[],
  flags: JobFlags,
  progress: Progress,
  { signal }: Interruption,
): Promise<void> {
  const { loadClassifier, predictFile } = await import('@otzyv/trainer');
  const { metric, greaterIsBetter } = (prepared[0] as Prepared).options;
  const ranked = trained.toSorted(
    (a, b) => (metricOf(b, metric) - metricOf(a, metric)) * (greaterIsBetter ? 1 : -1),
  );
  const best = ranked[0] as Trained;
  const [output, test] = [flags.output as string, flags.test as string];
  const predictions = join(output, 'test_pred.csv');
  const classifier = await loadClassifier(best.modelFolder);
  const summary = await predictFile(classifier, {
    input: test,
    output: predictions,
    textColumn: flags.textColumn ?? 'text',
    skipBadRows: flags.skipBadRows === true,
    onProgress: progressOfRows(progress, 'predicting'),
    signal,
  }).finally(() => classifier.dispose());
  progress.clear();

  if (flags.json) {
    const result = { metric, best: best.name, trained: ranked, predictions, summary };
    process.stdout.write(`${JSON.stringify(result)}\n`);
    return;
  }
  const next = `npx otzyv predict --model ${best.modelFolder} --input FILE --output predictions.csv`;
  const sections = [
    `${colors.bold(`Best: ${best.name}`)}\n\n${describeEvaluation(best.evaluation)}`,
    ...(ranked.length > 1 ? [comparison(ranked, metric)] : []),
    `${colors.bold('Test file')}\n\n${describePrediction(summary, predictions, flags.maxLatency ?? 5)}`,
    [
      `model        ${best.modelFolder}`,
      `report       ${join(best.output, 'report.html')}`,
      `predictions  ${predictions}`,
      `next         ${colors.bold(next)}`,
    ].join('\n'),
  ];
  process.stdout.write(`\n${sections.join('\n\n')}\n`);
}

function comparison(ranked: readonly Trained[], metric: string): string {
  const baseline = ranked[0]?.evaluation.baseline ?? {};
  const shown = [...new Set([metric, 'f1_macro', 'accuracy'])];
  const rows = ranked.map((one) => [
    one.name,
    ...shown.map((name) => score(metricOf(one, name))),
    duration(one.elapsedMs),
  ]);
  rows.push(['always the largest class', ...shown.map((name) => score(baseline[name] ?? 0)), '–']);
  return table(['compared', ...shown, 'trained in'], rows);
}

function metricOf({ evaluation }: Trained, metric: string): number {
  return evaluation.metrics[metric] as number;
}

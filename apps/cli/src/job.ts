/**
 * The whole job: train each model with each loss, compare them, let the best predict the test file.
 */
import { join } from 'node:path';
import type { LossSpec } from '@otzyv/core';
import type { EvaluationResult, RunOutcome } from '@otzyv/trainer';
import { onInterrupt } from './interrupt.ts';
import { colors } from './terminal/colors.ts';
import { printDryRun } from './terminal/dry-run.ts';
import { describeEvaluation } from './terminal/evaluation.ts';
import { duration, score } from './terminal/format.ts';
import { describePrediction } from './terminal/prediction.ts';
import { createProgress } from './terminal/progress.ts';
import { runReporter } from './terminal/run-reporter.ts';
import { table } from './terminal/table.ts';
import { required, runOptionsFrom, type TrainingFlags } from './training-flags.ts';

export interface JobFlags extends TrainingFlags {
  test?: string;
  maxLatency?: number;
  resume?: boolean;
}

interface Variant {
  readonly name: string;
  readonly model: string;
  readonly loss: string | LossSpec | undefined;
  readonly output: string;
}

interface Trained extends Variant {
  readonly evaluation: EvaluationResult;
  readonly modelFolder: string;
  readonly elapsedMs: number;
}

/** @param again the command that goes on after an interruption */
export async function runJob(flags: JobFlags, again: string): Promise<void> {
  const output = required(flags.output, '--output', 'the folder where everything goes');
  const test = required(flags.test, '--test', 'the file to predict');
  const { dryRun, loadClassifier, predictFile, requireTextColumn, resolveRunOptions, train, trainOrResume } =
    await import('@otzyv/trainer');
  await requireTextColumn(test, flags.textColumn ?? 'text'); // a fault there should not wait until the training is over

  const progress = createProgress();
  const variants = variantsOf(flags, output);
  const prepared = variants.map((variant) => ({
    variant,
    options: resolveRunOptions(
      runOptionsFrom({ ...flags, ...(variant.loss && { loss: variant.loss }) }, variant),
    ),
  }));
  const interruption = onInterrupt('finishing the step and saving');

  const trained: Trained[] = [];
  for (const { variant, options } of prepared) {
    const context = { listen: runReporter(progress, options.metric), signal: interruption.signal };
    if (flags.dryRun) {
      printDryRun(await dryRun(options, context), flags.json === true);
      continue;
    }
    const outcome: RunOutcome = flags.resume
      ? await trainOrResume(options, context)
      : await train(options, context, { overwrite: flags.overwrite === true });
    if (outcome.status === 'interrupted') {
      progress.say(`saved at step ${outcome.step}. Go on with:\n  ${again}`);
      process.exitCode = interruption.exitCode();
      return;
    }
    trained.push({ ...variant, ...outcome });
  }
  if (flags.dryRun) return;
  interruption.stopListening();

  const [
    {
      options: { metric, greaterIsBetter },
    },
  ] = prepared as [(typeof prepared)[number]];
  const ranked = trained.toSorted(
    (a, b) => (metricOf(b, metric) - metricOf(a, metric)) * (greaterIsBetter ? 1 : -1),
  );
  const best = ranked[0] as Trained;
  const predictions = join(output, 'test_pred.csv');
  const classifier = await loadClassifier(best.modelFolder);
  const summary = await predictFile(classifier, {
    input: test,
    output: predictions,
    textColumn: flags.textColumn ?? 'text',
    skipBadRows: flags.skipBadRows === true,
  }).finally(() => classifier.dispose());
  progress.clear();

  if (flags.json) {
    process.stdout.write(
      `${JSON.stringify({ metric, best: best.name, trained: ranked, predictions, summary })}\n`,
    );
    return;
  }
  const maxLatency = flags.maxLatency ?? 5;
  process.stdout.write(`\n${colors.bold(`Best: ${best.name}`)}\n\n${describeEvaluation(best.evaluation)}\n`);
  if (ranked.length > 1) process.stdout.write(`\n${comparison(ranked, metric)}\n`);
  process.stdout.write(
    `\n${colors.bold('Test file')}\n\n${describePrediction(summary, predictions, maxLatency)}\n`,
  );
  process.stdout.write(
    `\nmodel        ${best.modelFolder}\nreport       ${join(best.output, 'report.html')}\npredictions  ${predictions}\n` +
      `next         ${colors.bold(`npx otzyv predict --model ${best.modelFolder} --input FILE --output predictions.csv`)}\n`,
  );
}

/** One model with one loss runs in the output folder itself; several have folders of their own below it. */
function variantsOf(flags: JobFlags, output: string): Variant[] {
  const models = (flags.model ?? 'linear').split(',').map((model) => model.trim());
  const losses =
    typeof flags.loss === 'string' ? flags.loss.split(',').map((loss) => loss.trim()) : [flags.loss];
  const variants = models.flatMap((model) =>
    // the linear model has one loss
    (model === 'linear' ? [undefined] : losses).map((loss) => {
      const name = [
        models.length > 1 || losses.length === 1 ? model : undefined,
        losses.length > 1 ? loss : undefined,
      ]
        .filter((part) => part !== undefined)
        .join(' ');
      return { name, model, loss };
    }),
  );
  return variants.map((variant) => ({
    ...variant,
    output: variants.length === 1 ? output : join(output, variant.name.replace(/[^\p{L}\p{N}.-]+/gu, '-')),
  }));
}

function comparison(ranked: readonly Trained[], metric: string): string {
  const rows = ranked.map((one) => [
    one.name,
    score(metricOf(one, metric)),
    score(one.evaluation.metrics['f1_macro'] as number),
    score(one.evaluation.metrics['accuracy'] as number),
    duration(one.elapsedMs),
  ]);
  const baseline = ranked[0]?.evaluation.baseline ?? {};
  rows.push([
    'always the largest class',
    score(baseline[metric] ?? 0),
    score(baseline['f1_macro'] ?? 0),
    score(baseline['accuracy'] ?? 0),
    '–',
  ]);
  return table(['compared', metric, 'f1_macro', 'accuracy', 'trained in'], rows);
}

function metricOf({ evaluation }: Trained, metric: string): number {
  return evaluation.metrics[metric] as number;
}

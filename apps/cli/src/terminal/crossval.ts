/** What a cross-validation found, as tables: each number with how much it wavers, beside the majority-class baseline. */
import type { CrossValidationResult, FoldScores } from '@otzyv/trainer';
import { SHOWN } from './evaluation.ts';
import { count, score } from './format.ts';
import { table } from './table.ts';
import { terminalWidth, wrapped } from './width.ts';

export function describeCrossValidation(result: CrossValidationResult): string {
  return [metricsTable(result), classTable(result), notes(result)].join('\n\n');
}

function metricsTable({ metrics, metric, pooled }: CrossValidationResult): string {
  const names = [...new Set([...SHOWN, metric])].filter((name) => metrics[name] !== undefined);
  const rows = names.map((name) => [
    name,
    ...summary(metrics[name] as FoldScores),
    name === 'log_loss' ? '–' : score(pooled.baseline[name] as number),
  ]);
  return table(['metric', 'mean', '±', '95 % interval', 'always the largest class'], rows);
}

function classTable({ classes, pooled }: CrossValidationResult): string {
  const rows = classes.map(({ label, precision, recall, f1 }, id) => [
    label,
    mean(precision),
    mean(recall),
    ...(f1 === null ? ['–', '–', '–'] : summary(f1)),
    count(pooled.report.classes[id]?.support ?? 0),
  ]);
  return table(['class', 'precision', 'recall', 'F1', '±', '95 % interval', 'rows'], rows);
}

function summary({ mean, deviation, interval: { low, high } }: FoldScores): string[] {
  return [score(mean), score(deviation), `${score(low)} – ${score(high)}`];
}

function mean(scores: FoldScores | null): string {
  return scores === null ? '–' : score(scores.mean);
}

function notes({ folds, repeats, metric, pooled }: CrossValidationResult): string {
  const times = repeats > 1 ? `, ${repeats} times` : '';
  return wrapped(
    `Mean of ${folds} folds${times} ± their standard deviation. The interval allows for folds being trained on mostly the ` +
      `same rows (Nadeau and Bengio). All ${count(pooled.rows)} out-of-fold answers together: ` +
      `${metric} ${score(pooled.metrics[metric] as number)}.`,
    terminalWidth(),
  );
}

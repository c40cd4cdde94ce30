/** Where a model errs: class by class, and which class it takes for which. */
import type { EvaluationResult } from '../training/evaluate.ts';
import type { Chart, Drawing } from './chart.ts';
import { confusionList, matrixChart } from './confusions.ts';
import { dotPlot } from './dot-plot.ts';
import { folded, type Html, quoted, scoreCell, section, table } from './html.ts';
import { count, score } from './numbers.ts';

/** More are neither drawn nor told apart at a glance: the most frequent are shown. */
const MOST_CLASSES = 40;
/** A longer table is for those who look something up. */
const MOST_ROWS = 25;

export function errorsSection(draw: Drawing, result: EvaluationResult): Html {
  const shown = mostFrequent(result);
  const left = result.labels.length - shown.length;
  const note =
    left === 0
      ? ''
      : `<p class="small">The ${shown.length} most frequent classes are drawn; ${left} more are in the table.</p>`;
  return section(
    'errors',
    'Where it errs',
    'Precision: of what the model called so, how much was. Recall: of what was so, how much it found. F1 is high only where both are.',
    note,
    draw(classChart(result, shown)),
    shown.length > MOST_ROWS ? folded('The scores of every class', classTable(result)) : classTable(result),
    draw(matrixChart(result, shown, 'counts'), matrixChart(result, shown, 'shares')),
    confusionList(result),
  );
}

function mostFrequent({ labels, report }: EvaluationResult): number[] {
  const support = (id: number) => report.classes[id]?.support ?? 0;
  const ids = [...labels.keys()];
  if (ids.length <= MOST_CLASSES) return ids;
  return ids
    .sort((a, b) => support(b) - support(a))
    .slice(0, MOST_CLASSES)
    .sort((a, b) => a - b);
}

function classTable(result: EvaluationResult): Html {
  const intervals = result.intervals;
  const rows = result.labels.map((label, id) => {
    const scores = result.report.classes[id];
    const ranges = intervals?.classes[id];
    return [
      quoted(label),
      scoreCell(scores?.f1, ranges?.f1),
      scoreCell(scores?.precision, ranges?.precision),
      scoreCell(scores?.recall, ranges?.recall),
      count(scores?.support ?? 0),
    ];
  });
  const columns = ['F1', 'precision', 'recall', 'reviews'].map((title) => ({ title, isNumber: true }));
  return table('Scores by class', [{ title: 'class' }, ...columns], rows, 'stacked');
}

function classChart(result: EvaluationResult, shown: readonly number[]): Chart {
  const { labels, report, intervals } = result;
  const dots = shown
    .map((id) => ({
      name: labels[id] as string,
      value: report.classes[id]?.f1 ?? 0,
      interval: intervals?.classes[id]?.f1,
      note: count(report.classes[id]?.support ?? 0),
    }))
    .sort((a, b) => b.value - a.value);
  const [best, worst] = [dots[0], dots.at(-1)];
  const said = `the number at the right is how many reviews it rests on`;
  return {
    title: 'F1 by class',
    description: `F1 by class, from ${score(worst?.value)} for ${worst?.name} to ${score(best?.value)} for ${best?.name}. All values stand in the table below.`,
    caption:
      intervals === undefined
        ? `The point is the score, ${said}.`
        : `The point is the score, the line its 95&nbsp;% interval; ${said}. Few reviews, long line.`,
    isWide: true,
    ...dotPlot(dots),
  };
}
